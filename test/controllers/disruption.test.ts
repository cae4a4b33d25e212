import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatefulSet } from '../../src/kinds/apps/stateful-set.ts';
import { Job } from '../../src/kinds/batch/job.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { ReplicationController } from '../../src/kinds/core/replication-controller.ts';
import { PodDisruptionBudget } from '../../src/kinds/policy/pod-disruption-budget.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'default';
const labels = { app: 'x' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'x', image: 'x:1' }] } };
const budget = { metadata: { name: 'x', namespace }, spec: { maxUnavailable: '50%', selector: { matchLabels: labels } } };

test('budgets know how many pods StatefulSets and ReplicationControllers ask for', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(PodDisruptionBudget, budget);
  const spec = { replicas: 4, serviceName: 'x', podManagementPolicy: 'Parallel', selector: { matchLabels: labels }, template };
  await client.create(StatefulSet, { metadata: { name: 'set', namespace }, spec } as never);
  const replicas = {
    metadata: { name: 'rc', namespace },
    spec: { replicas: 2, selector: { ...labels, own: 'yes' }, template: { ...template, metadata: { labels: { ...labels, own: 'yes' } } } },
  };
  await client.create(ReplicationController, replicas as never);
  const { status } = await cluster.until('all are counted', async () => {
    const found = await client.get(PodDisruptionBudget, budget.metadata);
    return found.status.currentHealthy === 6 && found;
  });
  assert.deepEqual([status.expectedPods, status.desiredHealthy, status.disruptionsAllowed], [6, 3, 3]);
  const pods = (await client.list(Pod, { namespace })).items;
  const evict = (pod: Pod) => client.createSubresource(Pod, pod.metadata, 'eviction', { metadata: { name: pod.metadata.name } });
  for (const pod of pods.slice(0, 3)) await evict(pod);
  await assert.rejects(evict(pods[3]!), { code: 429, message: "Cannot evict pod as it would violate the pod's disruption budget." });
});

test('the pods of a Job can be counted by minAvailable only', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(PodDisruptionBudget, budget);
  const job = {
    metadata: { name: 'work', namespace },
    spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
  };
  await client.create(Job, job as never);
  const condition = await cluster.until('it says so', async () => {
    const { status } = await client.get(PodDisruptionBudget, budget.metadata);
    return status.conditions?.find(({ reason }) => reason === 'SyncFailed');
  });
  assert.equal(condition.message, 'jobs.batch does not implement the scale subresource');
});
