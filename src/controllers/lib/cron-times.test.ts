import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CronJob } from '../../kinds/batch/cron-job.ts';
import { parseCronSchedule } from '../../kinds/batch/lib/cron-schedule.ts';
import { afterFinished, surplusJobs } from './cron-history.ts';
import { dueTime, nextRunInMs } from './cron-times.ts';

const jobOf = (spec: object, lastScheduleTime?: string) =>
  ({
    metadata: { creationTimestamp: '2026-01-01T10:05:00Z' },
    spec,
    status: lastScheduleTime === undefined ? {} : { lastScheduleTime },
  }) as unknown as CronJob;
const due = (schedule: string, now: string, last?: string, spec: object = {}) => {
  const { ms, tooManyMissed } = dueTime(jobOf(spec, last), parseCronSchedule(schedule, 'UTC'), Date.parse(`2026-01-01T${now}Z`));
  return `${ms === undefined ? '-' : new Date(ms).toISOString().slice(11, 19)}${tooManyMissed ? ' too many' : ''}`;
};

test('the run that is due is the latest one that was missed', () => {
  assert.equal(due('0 * * * *', '10:50:00'), '-');
  assert.equal(due('0 * * * *', '11:00:00'), '11:00:00');
  assert.equal(due('0 * * * *', '11:10:00'), '11:00:00');
  assert.equal(due('0 * * * *', '11:10:00', '2026-01-01T11:00:00Z'), '-');
  assert.equal(due('0 * * * *', '14:10:00', '2026-01-01T11:00:00Z'), '14:00:00');
  assert.equal(due('30 10,12,16 * * *', '17:00:00'), '16:30:00');
  assert.equal(due('*/1 * * * *', '14:10:30', '2026-01-01T11:00:00Z'), '14:10:00 too many');
});
test('a starting deadline leaves older runs behind', () => {
  assert.equal(due('0 * * * *', '14:10:00', '2026-01-01T11:00:00Z', { startingDeadlineSeconds: 60 }), '-');
  assert.equal(due('0 * * * *', '14:10:00', '2026-01-01T11:00:00Z', { startingDeadlineSeconds: 601 }), '14:00:00');
  assert.equal(due('*/1 * * * *', '14:10:30', '2026-01-01T11:00:00Z', { startingDeadlineSeconds: 300 }), '14:10:00');
});
test('when to look again', () => {
  const next = (schedule: string, now: string, last?: string) =>
    nextRunInMs(jobOf({}, last), parseCronSchedule(schedule, 'UTC'), Date.parse(`2026-01-01T${now}Z`));
  assert.equal(next('0 * * * *', '10:50:00'), 600_100);
  assert.equal(next('0 * * * *', '11:10:00', '2026-01-01T11:00:00Z'), 3_000_100);
  assert.equal(next('0 0 31 2 *', '11:10:00'), undefined);
});

const ended = (name: string, type: string, startTime: string) => ({
  metadata: { name },
  status: { startTime, conditions: [{ type, status: 'True' }], ...(type === 'Complete' ? { completionTime: startTime } : {}) },
});
test('the history keeps the newest of each sort', () => {
  const jobs = [
    ended('c', 'Complete', '2026-01-01T03:00:00Z'),
    ended('a', 'Complete', '2026-01-01T01:00:00Z'),
    ended('b', 'Complete', '2026-01-01T02:00:00Z'),
    ended('f', 'Failed', '2026-01-01T00:00:00Z'),
    { metadata: { name: 'running' }, status: {} },
  ] as never[];
  const surplus = (spec: object) => surplusJobs(jobOf(spec), jobs).map(({ metadata }) => metadata.name);
  assert.deepEqual(surplus({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1 }), ['a', 'b']);
  assert.deepEqual(surplus({ successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 0 }), ['a', 'b', 'c', 'f']);
  assert.deepEqual(surplus({}), []);
  const status = (last: string, job: object) => afterFinished({ lastSuccessfulTime: last }, job as never).lastSuccessfulTime;
  assert.equal(status('2026-01-01T02:30:00Z', jobs[0]!), '2026-01-01T03:00:00Z');
  assert.equal(status('2026-01-01T02:30:00Z', jobs[1]!), '2026-01-01T02:30:00Z');
});
