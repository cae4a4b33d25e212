import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Job } from '../../src/kinds/batch/job.ts';
import { Event } from '../../src/kinds/core/event.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { fakeAnnotations } from '../../src/kubelet/runtime-fake.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'default';
const key = { namespace, name: 'work' };
const ends = (exitCode: number, afterSeconds = 1) => ({
  [fakeAnnotations.exitAfter]: String(afterSeconds),
  [fakeAnnotations.exitCode]: String(exitCode),
});
const job = (spec: object, annotations: object = ends(0)) =>
  ({
    metadata: { name: 'work', namespace },
    spec: {
      ...spec,
      template: { metadata: { annotations }, spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'work:1' }] } },
    },
  }) as never;

const podsOf = async ({ client }: SimulatedCluster) => (await client.list(Pod, { namespace })).items;
const ended = (cluster: SimulatedCluster, type: 'Complete' | 'Failed'): Promise<Job> =>
  cluster.until(`the job is ${type}`, async () => {
    const found = await cluster.client.get(Job, key);
    return found.status.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true && found;
  });
const conditions = ({ status }: Job) =>
  (status.conditions ?? []).map(({ type, reason, message }) => [type, reason ?? '', message ?? ''].join('|'));

test('a Job runs as many pods as it needs, so many at once', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(Job, job({ completions: 5, parallelism: 2 }));
  let most = 0;
  await cluster.until('it ends', async () => {
    const { status } = await client.get(Job, key);
    most = Math.max(most, status.active ?? 0);
    return status.completionTime !== undefined;
  });
  const done = await ended(cluster, 'Complete');
  assert.equal(most, 2);
  assert.deepEqual([done.status.succeeded, done.status.active ?? 0, done.status.terminating, done.status.ready], [5, 0, 0, 0]);
  assert.deepEqual(conditions(done), [
    'SuccessCriteriaMet|CompletionsReached|Reached expected number of succeeded pods',
    'Complete|CompletionsReached|Reached expected number of succeeded pods',
  ]);
  const pods = await podsOf(cluster);
  assert.equal(pods.length, 5);
  assert.ok(
    pods.every(({ metadata }) => metadata.finalizers === undefined),
    'finalizers are gone',
  );
  assert.ok(pods.every(({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] === 'work'));
  const { items } = await client.list(Event, { namespace });
  assert.ok(items.some(({ reason, message }) => reason === 'Completed' && message === 'Job completed'));
});

test('an indexed Job gives each pod its number, and lists what succeeded', async () => {
  await using cluster = await SimulatedCluster.start();
  await cluster.client.create(Job, job({ completions: 4, parallelism: 4, completionMode: 'Indexed' }));
  const { status } = await ended(cluster, 'Complete');
  assert.equal(status.completedIndexes, '0-3');
  const pods = await podsOf(cluster);
  assert.deepEqual(pods.map(({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-completion-index']).sort(), ['0', '1', '2', '3']);
  assert.deepEqual(pods.map(({ spec }) => spec.hostname).sort(), ['work-0', 'work-1', 'work-2', 'work-3']);
  const environment = pods[0]!.spec.containers[0]!.env?.find(({ name }) => name === 'JOB_COMPLETION_INDEX');
  assert.equal(environment?.valueFrom?.fieldRef?.fieldPath, "metadata.labels['batch.kubernetes.io/job-completion-index']");
});

test('an indexed Job grows and shrinks', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(Job, job({ completions: 2, parallelism: 2, completionMode: 'Indexed' }, ends(0, 600)));
  const running = async (count: number) =>
    await cluster.until(`${count} run`, async () => {
      const { status } = await client.get(Job, key);
      return status.ready === count && status.active === count && status.terminating === 0;
    });
  await running(2);
  await client.patch(Job, key, 'merge', { spec: { completions: 4, parallelism: 4 } });
  await running(4);
  await client.patch(Job, key, 'merge', { spec: { completions: 1, parallelism: 1 } });
  await running(1);
  const { status } = await ended(cluster, 'Complete');
  assert.deepEqual([status.completedIndexes, status.succeeded, status.failed ?? 0], ['0', 1, 0]);
});

test('a Job that another controller looks after is left alone', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(Job, job({ managedBy: 'example.com/own' }));
  await cluster.advance(60_000);
  assert.equal((await podsOf(cluster)).length, 0);
  assert.deepEqual((await client.get(Job, key)).status.conditions ?? [], []);
});

test('a Job whose pods fail tries again later and later, and gives up', async () => {
  await using cluster = await SimulatedCluster.start();
  const started = cluster.clock.now();
  await cluster.client.create(Job, job({ backoffLimit: 3 }, ends(1)));
  const failed = await ended(cluster, 'Failed');
  assert.equal(failed.status.failed, 4);
  assert.deepEqual(conditions(failed), [
    'FailureTarget|BackoffLimitExceeded|Job has reached the specified backoff limit',
    'Failed|BackoffLimitExceeded|Job has reached the specified backoff limit',
  ]);
  const seconds = (cluster.clock.now() - started) / 1000;
  assert.ok(seconds > 70 && seconds < 90, `waits of 10, 20 and 40 seconds: ${seconds}`);
});

test('each index has its own limit', async () => {
  await using cluster = await SimulatedCluster.start();
  const spec = { completions: 2, parallelism: 2, completionMode: 'Indexed', backoffLimitPerIndex: 1 };
  await cluster.client.create(Job, job(spec, ends(1)));
  const failed = await ended(cluster, 'Failed');
  assert.deepEqual([failed.status.failed, failed.status.failedIndexes, failed.status.completedIndexes ?? ''], [4, '0,1', '']);
  assert.deepEqual(conditions(failed).at(-1), 'Failed|FailedIndexes|Job has failed indexes');
});

test('a failure that its policy knows ends a Job at once, or does not count', async () => {
  await using cluster = await SimulatedCluster.start();
  const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }];
  await cluster.client.create(Job, job({ podFailurePolicy: { rules }, backoffLimit: 6 }, ends(42)));
  const failed = await ended(cluster, 'Failed');
  assert.equal(failed.status.failed, 1);
  const [pod] = await podsOf(cluster);
  assert.deepEqual(
    conditions(failed).at(-1),
    `Failed|PodFailurePolicy|Container work for pod default/${pod!.metadata.name} failed with exit code 42 matching FailJob rule at index 0`,
  );
});

test('a suspended Job has no pods, and time counts anew when it goes on', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(Job, job({ suspend: true, activeDeadlineSeconds: 100 }, ends(0, 3600)));
  await cluster.until('it is told so', async () => (await client.get(Job, key)).status.conditions?.[0]?.reason === 'JobSuspended');
  await cluster.advance(200_000);
  assert.equal((await podsOf(cluster)).length, 0);
  assert.equal((await client.get(Job, key)).status.startTime, undefined);
  await client.patch(Job, key, 'merge', { spec: { suspend: false } });
  await cluster.until('a pod runs', async () => (await client.get(Job, key)).status.ready === 1);
  await client.patch(Job, key, 'merge', { spec: { suspend: true } });
  await cluster.until('it is stopped', async () => {
    const { status } = await client.get(Job, key);
    return (status.active ?? 0) === 0 && (status.terminating ?? 0) === 0 && (await podsOf(cluster)).length === 0;
  });
  await client.patch(Job, key, 'merge', { spec: { suspend: false } });
  const failed = await ended(cluster, 'Failed');
  assert.deepEqual(conditions(failed).at(-1), 'Failed|DeadlineExceeded|Job was active longer than specified deadline');
});

test('a Job ends when its success policy is fulfilled', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  const spec = {
    completions: 3,
    parallelism: 3,
    completionMode: 'Indexed',
    successPolicy: { rules: [{ succeededIndexes: '1' }] },
  };
  await client.create(Job, job(spec, ends(0, 3600)));
  await cluster.until('all run', async () => (await client.get(Job, key)).status.ready === 3);
  const leader = (await podsOf(cluster)).find(({ spec }) => spec.hostname === 'work-1')!;
  const [container] = (await cluster.nodes[0]!.runtime.listContainers({ podUid: leader.metadata.uid }))!;
  cluster.nodes[0]!.runtime.endContainer(container!.id, 0);
  const done = await ended(cluster, 'Complete');
  assert.deepEqual(conditions(done).at(-1), 'Complete|SuccessPolicy|Matched rules at index 0');
  assert.equal(done.status.completedIndexes, '1');
});

test('finished Jobs are deleted when their time is over, with their pods', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(Job, job({ ttlSecondsAfterFinished: 60 }));
  await ended(cluster, 'Complete');
  await cluster.advance(50_000);
  assert.equal((await client.list(Job, { namespace })).items.length, 1);
  await cluster.until('it is gone', async () => (await client.list(Job, { namespace })).items.length === 0);
  assert.equal((await podsOf(cluster)).length, 0);
});
