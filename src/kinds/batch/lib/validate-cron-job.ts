import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import { type Errors, invalidIf, nonNegative, required } from '../../lib/validate.ts';
import type { CronJobSpec, CronJobStatus } from '../shapes/cron-job.ts';
import type { JobTemplateSpec } from '../shapes/job.ts';
import { parseCronSchedule } from './cron-schedule.ts';
import { timeZoneProblems } from './time-zone.ts';
import { validateJobSpec } from './validate-job-spec.ts';

export interface CronJobLike extends ApiObject {
  readonly spec: CronJobSpec;
  readonly status: CronJobStatus;
}
/** A Job is named after its CronJob and the time, in 63 characters. */
const longestName = 52;

function* validateSchedule({ schedule, timeZone }: CronJobSpec, old: CronJobSpec | undefined): Errors {
  const path = 'spec.schedule';
  if (schedule === '') return yield fieldError.required(path);
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    yield fieldError.invalid(path, schedule, (error as Error).message);
  }
  if (!schedule.includes('TZ')) return;
  const hadZone = old?.schedule.includes('TZ') === true;
  if (!hadZone) yield fieldError.invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
  else if (timeZone !== undefined) yield fieldError.invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule');
}

function* validateTemplate({ spec }: JobTemplateSpec, path: string, old: JobTemplateSpec | undefined): Errors {
  yield* validateJobSpec(spec, `${path}.spec`, old?.spec);
  if (spec.selector !== undefined) yield fieldError.invalid(`${path}.spec.selector`, spec.selector, '`selector` will be auto-generated');
  if (spec.manualSelector === true) yield fieldError.notSupported(`${path}.spec.manualSelector`, true, ['nil', 'false'], 'as given');
}

/** pkg/apis/batch/validation ValidateCronJobCreate and -Update; a status may say anything. */
export function* validateCronJob(job: CronJobLike, { old, subresource }: ValidationContext<CronJobLike>): Errors {
  if (subresource === 'status') return;
  const { spec } = job;
  yield* validateSchedule(spec, old?.spec);
  yield* nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds);
  if (spec.timeZone !== undefined && old?.spec.timeZone !== spec.timeZone)
    yield* invalidIf(timeZoneProblems(spec.timeZone), 'spec.timeZone', spec.timeZone);
  yield* required('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']);
  yield* validateTemplate(spec.jobTemplate, 'spec.jobTemplate', old?.spec.jobTemplate);
  yield* nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit);
  yield* nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit);
  if (old === undefined && job.metadata.name.length > longestName)
    yield fieldError.invalid('metadata.name', job.metadata.name, `must be no more than ${longestName} characters`);
}
