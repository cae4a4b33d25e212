import type { ApiObject } from '../../../api/meta.ts';
import type { JobCondition, JobSpec, JobStatus } from '../shapes/job.ts';

/** Job as its rules see it. */
export interface JobLike extends ApiObject {
  readonly spec: JobSpec;
  readonly status: JobStatus;
}

export const jobNameLabel = 'batch.kubernetes.io/job-name';
export const controllerUidLabel = 'batch.kubernetes.io/controller-uid';
export const oldJobNameLabel = 'job-name';
export const oldControllerUidLabel = 'controller-uid';

type Conditions = readonly JobCondition[] | undefined;
export const hasCondition = (conditions: Conditions, type: string, status = 'True'): boolean =>
  conditions?.some((one) => one.type === type && one.status === status) === true;
export const isFinished = ({ status }: JobLike): boolean =>
  hasCondition(status.conditions, 'Complete') || hasCondition(status.conditions, 'Failed');
