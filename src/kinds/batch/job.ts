import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { dropGatedFields } from '../core/lib/gated-fields.ts';
import { isNewGeneration, nameWarnings } from '../core/lib/pod-warnings.ts';
import { jobColumns } from './lib/job-columns.ts';
import { defaultJob, jobSpecWarnings, prepareJobForCreate } from './lib/job-strategy.ts';
import { validateJob } from './lib/validate-job.ts';
import { jobSpec, jobStatus } from './shapes/job.ts';

export const Job = defineKind({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status'],
  openApiName: 'io.k8s.api.batch.v1.Job',
  generation: true,
  orphansByDefault: true,
  deleteWarning:
    'child pods are preserved by default when jobs are deleted; ' +
    'set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  fields: {
    spec: object(2, jobSpec),
    status: object(3, jobStatus),
  },
  validate: validateJob,
  *warnings(job, old) {
    if (old === undefined) yield* nameWarnings(job.metadata, 'Pod names and hostnames');
    if (isNewGeneration(job, old)) yield* jobSpecWarnings(job.spec, 'spec');
  },
  defaults: defaultJob,
  prepareForCreate: prepareJobForCreate,
  prepareForUpdate: ({ spec }, old) => dropGatedFields(spec.template.spec, old.spec.template.spec),
  columns: jobColumns,
  selectableFields: { 'status.successful': ({ status }) => String(status.succeeded ?? 0) },
});
export interface Job extends ObjectOf<typeof Job> {}
