import type { CronSchedule } from '../../kinds/batch/lib/cron-schedule.ts';
import type { CronJob } from '../../kinds/batch/cron-job.ts';
import { timeMs } from './times.ts';

/** When a CronJob should have run last, and when it runs next (pkg/controller/cronjob/utils.go). */
interface MostRecent {
  /** Last run, or creation, or what the starting deadline leaves of it. */
  readonly earliestMs: number;
  readonly mostRecentMs: number | undefined;
  readonly missed: number;
}
const manyMissed = 100;
/** Clocks differ a little. */
const paddingMs = 100;

function mostRecent(job: CronJob, schedule: CronSchedule, nowMs: number, withDeadline: boolean): MostRecent {
  const { lastScheduleTime } = job.status;
  let earliestMs = timeMs(lastScheduleTime ?? job.metadata.creationTimestamp);
  const deadline = job.spec.startingDeadlineSeconds;
  if (withDeadline && deadline !== undefined) earliestMs = Math.max(earliestMs, nowMs - deadline * 1000);
  const first = schedule.next(earliestMs);
  const second = first === undefined ? undefined : schedule.next(first);
  if (first !== undefined && nowMs < first) return { earliestMs, mostRecentMs: undefined, missed: 0 };
  if (first !== undefined && second !== undefined && nowMs < second) return { earliestMs, mostRecentMs: first, missed: 0 };
  const seconds = first === undefined || second === undefined ? 0 : Math.round((second - first) / 1000);
  if (seconds < 1) throw new Error('time difference between two schedules is less than 1 second');
  // Schedules are not always regular: begin one interval early and let the schedule tell the rest.
  const missed = Math.trunc((nowMs - first!) / 1000 / seconds) + 1;
  let mostRecentMs: number | undefined;
  for (let ms = schedule.next(first! + (missed - 2) * seconds * 1000); ms !== undefined && ms <= nowMs; ms = schedule.next(ms))
    mostRecentMs = ms;
  return { earliestMs, mostRecentMs, missed };
}

export interface DueTime {
  /** undefined: nothing is due. */
  readonly ms: number | undefined;
  readonly tooManyMissed: boolean;
}
/** The run that is due now. Throws an Error for a schedule that never comes. */
export function dueTime(job: CronJob, schedule: CronSchedule, nowMs: number): DueTime {
  const { mostRecentMs, missed } = mostRecent(job, schedule, nowMs, true);
  return { ms: mostRecentMs, tooManyMissed: mostRecentMs !== undefined && missed > manyMissed };
}

/** Milliseconds until the next run; undefined when there is none. */
export function nextRunInMs(job: CronJob, schedule: CronSchedule, nowMs: number): number | undefined {
  let fromMs = nowMs;
  try {
    const { earliestMs, mostRecentMs, missed } = mostRecent(job, schedule, nowMs, false);
    fromMs = mostRecentMs ?? (missed === 0 ? earliestMs : nowMs);
  } catch {
    // never comes as it is: look again at the next time it could
  }
  const next = schedule.next(fromMs);
  return next === undefined ? undefined : next + paddingMs - nowMs;
}
