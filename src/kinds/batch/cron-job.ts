import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { dropGatedFields } from '../core/lib/gated-fields.ts';
import { isNewGeneration, nameWarnings } from '../core/lib/pod-warnings.ts';
import { ageColumn, ago, formatSelector, nameColumn } from '../lib/columns.ts';
import { defaultJobTemplate, jobSpecWarnings } from './lib/job-strategy.ts';
import { validateCronJob } from './lib/validate-cron-job.ts';
import { cronJobSpec, cronJobStatus } from './shapes/cron-job.ts';

export const CronJob = defineKind({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status'],
  openApiName: 'io.k8s.api.batch.v1.CronJob',
  generation: true,
  fields: {
    spec: required(object(2, cronJobSpec)),
    status: object(3, cronJobStatus),
  },
  validate: validateCronJob,
  *warnings(job, old) {
    if (old === undefined) yield* nameWarnings(job.metadata, 'Pod names and hostnames');
    if (isNewGeneration(job, old)) yield* jobSpecWarnings(job.spec.jobTemplate.spec, 'spec.jobTemplate.spec');
    if (old !== undefined && job.spec.schedule.includes('TZ'))
      yield 'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
  },
  defaults({ spec }) {
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    defaultJobTemplate(spec.jobTemplate.spec);
  },
  prepareForCreate(job) {
    job.status = {};
    dropGatedFields(job.spec.jobTemplate.spec.template.spec);
  },
  prepareForUpdate: ({ spec }, old) => dropGatedFields(spec.jobTemplate.spec.template.spec, old.spec.jobTemplate.spec.template.spec),
  columns: [
    nameColumn,
    { name: 'Schedule', type: 'string', value: ({ spec }) => spec.schedule },
    { name: 'Timezone', type: 'string', value: ({ spec }) => spec.timeZone ?? '<none>' },
    { name: 'Suspend', type: 'boolean', value: ({ spec }) => (spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False') },
    { name: 'Active', type: 'integer', value: ({ status }) => status.active?.length ?? 0 },
    {
      name: 'Last Schedule',
      type: 'string',
      value: ({ status }, nowMs) => (status.lastScheduleTime === undefined ? '<none>' : ago(status.lastScheduleTime, nowMs)),
    },
    ageColumn,
    {
      name: 'Containers',
      type: 'string',
      priority: 1,
      description: 'Names of the containers of the template',
      value: ({ spec }) => spec.jobTemplate.spec.template.spec.containers.map((one) => one.name).join(','),
    },
    {
      name: 'Images',
      type: 'string',
      priority: 1,
      description: 'Images of the containers of the template',
      value: ({ spec }) => spec.jobTemplate.spec.template.spec.containers.map((one) => one.image ?? '').join(','),
    },
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => formatSelector(spec.jobTemplate.spec.selector) },
  ],
});
export interface CronJob extends ObjectOf<typeof CronJob> {}
