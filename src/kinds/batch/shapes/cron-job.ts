import { bool, int32, int64, list, object, of, opt, ptr, required, shape, type ShapeOf, string, time } from '../../../api/schema.ts';
import { jobTemplateSpec } from './job.ts';
import { objectReference } from '../../core/shapes/references.ts';

export const cronJobSpec = shape('io.k8s.api.batch.v1.CronJobSpec', {
  schedule: string(1),
  timeZone: ptr(string(8)),
  startingDeadlineSeconds: ptr(int64(2)),
  concurrencyPolicy: opt(string(3, { enum: ['Allow', 'Forbid', 'Replace'] })),
  suspend: ptr(bool(4)),
  jobTemplate: required(object(5, jobTemplateSpec)),
  successfulJobsHistoryLimit: ptr(int32(6)),
  failedJobsHistoryLimit: ptr(int32(7)),
});
export interface CronJobSpec extends ShapeOf<typeof cronJobSpec> {}

export const cronJobStatus = shape('io.k8s.api.batch.v1.CronJobStatus', {
  active: opt(list(1, of(objectReference), { listType: 'atomic' })),
  lastScheduleTime: ptr(time(4)),
  lastSuccessfulTime: ptr(time(5)),
});
export interface CronJobStatus extends ShapeOf<typeof cronJobStatus> {}
