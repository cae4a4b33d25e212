import type { CronJob } from '../../kinds/batch/cron-job.ts';
import type { Job } from '../../kinds/batch/job.ts';
import { conditionOf } from './job-state.ts';
import { timeMs } from './times.ts';

/** How a Job ended; undefined while it goes on. */
export const finishedAs = (job: Job): 'Complete' | 'Failed' | undefined =>
  (['Complete', 'Failed'] as const).find((type) => conditionOf(job, type)?.status === 'True');

/** The status with the time of the Job's success, if it is the latest. */
export function afterFinished(status: CronJob['status'], job: Job): CronJob['status'] {
  const { completionTime } = job.status;
  if (finishedAs(job) !== 'Complete' || completionTime === undefined) return status;
  return timeMs(completionTime) > timeMs(status.lastSuccessfulTime) ? { ...status, lastSuccessfulTime: completionTime } : status;
}

function byStart(a: Job, b: Job): number {
  const [left, right] = [a.status.startTime, b.status.startTime];
  if (left === right) return a.metadata.name < b.metadata.name ? -1 : 1;
  if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
  return timeMs(left) - timeMs(right);
}

/** Finished Jobs beyond the limits of the history, the oldest of each sort. */
export function surplusJobs({ spec }: CronJob, jobs: readonly Job[]): readonly Job[] {
  const surplus = (type: 'Complete' | 'Failed', limit: number | undefined) => {
    const ended = jobs.filter((job) => finishedAs(job) === type).sort(byStart);
    return limit === undefined ? [] : ended.slice(0, Math.max(0, ended.length - limit));
  };
  return [...surplus('Complete', spec.successfulJobsHistoryLimit), ...surplus('Failed', spec.failedJobsHistoryLimit)];
}
