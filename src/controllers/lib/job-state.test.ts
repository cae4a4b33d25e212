import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Job } from '../../kinds/batch/job.ts';
import { made } from '../../kinds/lib/testing.ts';
import { jobPlan } from './job-plan.ts';
import { jobPodChanges, nextBackoff, noBackoff, waitMs } from './job-pods.ts';
import { failureVerdict } from './job-policies.ts';
import { isComplete, jobState, outcome } from './job-state.ts';
import { countReleased, finishedStatus, trackPods } from './job-tracking.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const jobOf = (spec: object, status: object = {}): Job =>
  made(Job, {
    metadata: { name: 'work', uid: 'job' },
    spec: { ...spec, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'work:1' }] } } },
    status,
  });
let count = 0;
interface PodOptions {
  readonly index?: number;
  readonly code?: number;
  readonly ending?: boolean;
  readonly tracked?: boolean;
  readonly failures?: number;
  readonly condition?: string;
  readonly uid?: string;
}
const podOf = (
  phase: string,
  { index, code, ending = false, tracked = true, failures, condition, uid = `pod-${count++}` }: PodOptions = {},
) =>
  ({
    metadata: {
      name: uid,
      uid,
      namespace: 'default',
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: {
        ...(index === undefined ? {} : { 'batch.kubernetes.io/job-completion-index': String(index) }),
        ...(failures === undefined ? {} : { 'batch.kubernetes.io/job-index-failure-count': String(failures) }),
      },
      ...(tracked ? { finalizers: ['batch.kubernetes.io/job-tracking'] } : {}),
      ...(ending ? { deletionTimestamp: '2026-01-01T00:59:50Z', deletionGracePeriodSeconds: 0 } : {}),
    },
    spec: { containers: [{ name: 'work' }] },
    status: {
      phase,
      conditions: condition === undefined ? [] : [{ type: condition, status: 'True' }],
      containerStatuses:
        code === undefined
          ? []
          : [{ name: 'work', restartCount: 0, state: { terminated: { exitCode: code, finishedAt: '2026-01-01T00:59:55Z' } } }],
    },
  }) as any;
const stateOf = (job: Job, pods: readonly any[]) => jobState(job, pods, noBackoff, nowMs);
const planned = (job: Job, pods: readonly any[]) => {
  const { remove, create, afterMs } = jobPlan(stateOf(job, pods));
  return { create, remove: remove.length, ...(afterMs === undefined ? {} : { afterMs }) };
};
const many = (n: number, phase: string, options: PodOptions = {}) => Array.from({ length: n }, () => podOf(phase, options));

test('how many pods a Job gets or loses', () => {
  const none = undefined;
  assert.deepEqual(planned(jobOf({ completions: 5, parallelism: 2 }), []), { create: [none, none], remove: 0 });
  assert.deepEqual(planned(jobOf({ completions: 5, parallelism: 2 }), many(1, 'Running')), { create: [none], remove: 0 });
  assert.deepEqual(planned(jobOf({ completions: 5, parallelism: 3 }, { succeeded: 4 }), []), { create: [none], remove: 0 });
  assert.deepEqual(planned(jobOf({ completions: 5, parallelism: 2 }), many(4, 'Running')), { create: [], remove: 2 });
  assert.deepEqual(planned(jobOf({ parallelism: 3 }), many(1, 'Running')), { create: [none, none], remove: 0 });
  assert.deepEqual(planned(jobOf({ parallelism: 3 }), [...many(1, 'Running'), podOf('Succeeded', { code: 0 })]), { create: [], remove: 0 });
  assert.deepEqual(planned(jobOf({ completions: 5, parallelism: 2, suspend: true }), many(2, 'Running')), { create: [], remove: 2 });
  assert.deepEqual(planned(jobOf({ completions: 5, parallelism: 0 }), many(2, 'Running')), { create: [], remove: 2 });
});

test('after a failure it waits before it tries again', () => {
  assert.deepEqual(planned(jobOf({ completions: 1 }), [podOf('Failed', { code: 1 })]), { create: [], remove: 0, afterMs: 5_000 });
  assert.equal(waitMs({ failures: 3, lastFailureMs: nowMs }, nowMs), 40_000);
  assert.equal(waitMs({ failures: 20, lastFailureMs: nowMs }, nowMs), 600_000);
  const failure = podOf('Failed', { code: 1 });
  assert.deepEqual(nextBackoff({ failures: 2, lastFailureMs: 1 }, [], [failure]), { failures: 3, lastFailureMs: nowMs - 5_000 });
  assert.deepEqual(nextBackoff({ failures: 2, lastFailureMs: 1 }, [podOf('Succeeded', { code: 0 })], []).failures, 0);
});

test('pods that are ending are replaced at once, or when they have failed', () => {
  const ending = () => [podOf('Running', { ending: true })];
  assert.equal(planned(jobOf({ completions: 1, podReplacementPolicy: 'Failed' }), ending()).create.length, 0);
  assert.equal(planned(jobOf({ completions: 1, podReplacementPolicy: 'TerminatingOrFailed' }), ending()).create.length, 1);
});

test('indexed Jobs fill the gaps, and one pod an index is enough', () => {
  const job = jobOf({ completions: 6, parallelism: 4, completionMode: 'Indexed' }, { completedIndexes: '0,3' });
  const pods = [podOf('Running', { index: 1 }), podOf('Succeeded', { index: 4, code: 0 })];
  assert.deepEqual(planned(job, pods), { create: [2, 5], remove: 0 });
  const doubled = [podOf('Running', { index: 1 }), podOf('Running', { index: 1 }), podOf('Running', { index: 9 }), podOf('Running')];
  assert.deepEqual(planned(job, doubled), { create: [], remove: 3 });
});

test('each index waits for itself', () => {
  const job = jobOf({ completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 3 });
  const failed = podOf('Failed', { index: 1, code: 1, failures: 0 });
  assert.deepEqual(planned(job, [failed, podOf('Running', { index: 0 })]), { create: [2], remove: 0 });
  assert.deepEqual(planned(job, [failed, podOf('Running', { index: 0 }), podOf('Running', { index: 2 })]), {
    create: [],
    remove: 0,
    afterMs: 5_000,
  });
  const changes = jobPodChanges(job, 1, failed);
  assert.deepEqual(
    [changes.generateName, changes.labels, changes.annotations],
    [
      'work-1-',
      { ...job.spec.template.metadata.labels, 'batch.kubernetes.io/job-completion-index': '1' },
      { 'batch.kubernetes.io/job-completion-index': '1', 'batch.kubernetes.io/job-index-failure-count': '1' },
    ],
  );
  assert.equal(changes.spec!.hostname, 'work-1');
});

const why = (job: Job, pods: readonly any[], startTime?: string) => {
  const condition = outcome(stateOf(job, pods), startTime);
  return condition && `${condition.type} ${condition.reason}: ${condition.message}`;
};
test('why a Job is over', () => {
  const indexed = { completions: 3, parallelism: 3, completionMode: 'Indexed' };
  assert.equal(why(jobOf({ backoffLimit: 1 }, { failed: 1 }), many(1, 'Running')), undefined);
  assert.equal(
    why(jobOf({ backoffLimit: 1 }, { failed: 1 }), [podOf('Failed', { code: 1 })]),
    'FailureTarget BackoffLimitExceeded: Job has reached the specified backoff limit',
  );
  assert.equal(
    why(jobOf({ activeDeadlineSeconds: 60 }), [], '2026-01-01T00:58:00Z'),
    'FailureTarget DeadlineExceeded: Job was active longer than specified deadline',
  );
  assert.equal(why(jobOf({ activeDeadlineSeconds: 60, suspend: true }), [], '2026-01-01T00:58:00Z'), undefined);
  assert.equal(
    why(jobOf({ ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 0 }, { failedIndexes: '1' }), []),
    'FailureTarget MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes',
  );
  assert.equal(
    why(jobOf({ ...indexed, backoffLimitPerIndex: 1 }, { failedIndexes: '1', completedIndexes: '0,2' }), []),
    'FailureTarget FailedIndexes: Job has failed indexes',
  );
  assert.equal(
    why(
      jobOf(
        { ...indexed, successPolicy: { rules: [{ succeededCount: 3 }, { succeededIndexes: '0-1', succeededCount: 1 }] } },
        { completedIndexes: '1' },
      ),
      [],
    ),
    'SuccessCriteriaMet SuccessPolicy: Matched rules at index 1',
  );
  const target = { type: 'FailureTarget', status: 'True', reason: 'R', message: 'M' };
  assert.equal(why(jobOf({}, { conditions: [target] }), []), 'Failed R: M');
  assert.ok(isComplete(stateOf(jobOf({ completions: 2 }, { succeeded: 2 }), []), 0));
  assert.ok(!isComplete(stateOf(jobOf({ completions: 2 }, { succeeded: 2 }), []), 1));
});

test('what the policy says of a failure', () => {
  const rules = [
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailIndex', onExitCodes: { operator: 'In', values: [3] } },
    { action: 'Count', onExitCodes: { operator: 'NotIn', values: [40, 41, 42] } },
    { action: 'FailJob', onExitCodes: { containerName: 'work', operator: 'In', values: [42] } },
  ];
  const job = jobOf({ podFailurePolicy: { rules } });
  const verdict = (options: PodOptions) => {
    const { action, counts } = failureVerdict(job, podOf('Failed', options));
    return `${action} ${counts}`;
  };
  assert.equal(verdict({ code: 42, condition: 'DisruptionTarget' }), 'Ignore false');
  assert.equal(verdict({ code: 3 }), 'FailIndex true');
  assert.equal(verdict({ code: 1 }), 'Count true');
  assert.equal(verdict({ code: 41 }), 'undefined true');
  assert.equal(
    failureVerdict(job, podOf('Failed', { code: 42, uid: 'p' })).message,
    'Container work for pod default/p failed with exit code 42 matching FailJob rule at index 3',
  );
});

test('pods that ended are noted, released and counted once', () => {
  const job = jobOf({ completions: 3, parallelism: 3 });
  const pods = [podOf('Succeeded', { uid: 'a', code: 0 }), podOf('Failed', { uid: 'b', code: 1 }), podOf('Running', { uid: 'c' })];
  const noted = trackPods(stateOf(job, pods), job.status, undefined);
  assert.deepEqual(noted.status.uncountedTerminatedPods, { succeeded: ['a'], failed: ['b'] });
  assert.deepEqual([noted.changed, noted.release.map(({ metadata }) => metadata.name)], [true, ['a', 'b']]);
  const again = trackPods(stateOf({ ...job, status: noted.status }, pods), noted.status, undefined);
  assert.deepEqual([again.changed, again.status.uncountedTerminatedPods], [false, { succeeded: ['a'], failed: ['b'] }]);
  const counted = countReleased(noted.status, new Set(['b', 'c']));
  assert.deepEqual(
    [counted.status.succeeded, counted.status.failed ?? 0, counted.status.uncountedTerminatedPods],
    [1, 0, { succeeded: [], failed: ['b'] }],
  );
});

test('the last condition waits for pods to be counted and gone', () => {
  const final = { type: 'Complete', status: 'True' } as never;
  assert.equal(finishedStatus({ uncountedTerminatedPods: { succeeded: ['a'] } } as never, final, nowMs), undefined);
  assert.equal(finishedStatus({ terminating: 1 } as never, final, nowMs), undefined);
  assert.equal(finishedStatus({} as never, final, nowMs)?.completionTime, '2026-01-01T01:00:00Z');
});

test('indexes that succeeded are written into the status', () => {
  const job = jobOf(
    { completions: 4, parallelism: 4, completionMode: 'Indexed', backoffLimitPerIndex: 0 },
    { completedIndexes: '3', succeeded: 1 },
  );
  const pods = [
    podOf('Succeeded', { index: 0, code: 0 }),
    podOf('Failed', { index: 1, code: 1, failures: 0 }),
    podOf('Succeeded', { index: 7, code: 0 }),
  ];
  const { status } = trackPods(stateOf(job, pods), job.status, undefined);
  assert.deepEqual([status.completedIndexes, status.failedIndexes, status.succeeded], ['0,3', '1', 2]);
});
