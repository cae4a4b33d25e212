import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Event } from '../../src/kinds/core/event.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { PodDisruptionBudget } from '../../src/kinds/policy/pod-disruption-budget.ts';
import { PriorityClass } from '../../src/kinds/scheduling/priority-class.ts';
import { Node } from '../../src/kinds/core/node.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'default';

interface Wish {
  readonly cpu: string;
  readonly priority?: string;
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: object;
}

/** A cluster with classes of priority, and ways to ask for pods. */
async function withPriorities(nodes = 1) {
  const cluster = await SimulatedCluster.start({ nodes });
  const { client } = cluster;
  for (const [name, value] of [
    ['low', 1],
    ['middle', 50],
    ['high', 100],
  ] as const) {
    await client.create(PriorityClass, { metadata: { name }, value } as never);
  }
  await client.create(PriorityClass, { metadata: { name: 'polite' }, value: 100, preemptionPolicy: 'Never' } as never);
  const cpus = Number((await client.get(Node, { name: cluster.nodes[0]!.name })).status.allocatable?.cpu);
  const create = (name: string, { cpu, priority, node, labels = {}, spec = {} }: Wish) =>
    client.create(Pod, {
      metadata: { name, namespace, labels },
      spec: {
        ...(priority === undefined ? {} : { priorityClassName: priority }),
        ...(node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': node } }),
        containers: [{ name: 'c', image: 'app:1', resources: { requests: { cpu } } }],
        ...spec,
      },
    } as never);
  const find = async (name: string) => (await client.list(Pod, { namespace })).items.find(({ metadata }) => metadata.name === name);
  const running = (name: string) =>
    cluster.until(`${name} runs`, async () => {
      const pod = await find(name);
      return pod?.status.phase === 'Running' && pod;
    });
  const refusal = (name: string) =>
    cluster.until(`${name} is refused`, async () => {
      const condition = (await find(name))?.status.conditions?.find(({ type }) => type === 'PodScheduled');
      return condition?.status === 'False' && condition.message;
    });
  return { cluster, client, create, find, running, refusal, cpu: (share: number) => `${Math.floor(cpus * 1000 * share)}m` };
}

test('a pod of higher priority gets the place of one of lower, which ends in good order', async () => {
  const { cluster, client, create, find, running, cpu } = await withPriorities();
  await using _ = cluster;
  await create('victim', { cpu: cpu(0.7), priority: 'low', spec: { terminationGracePeriodSeconds: 30 } });
  await create('bystander', { cpu: cpu(0.1), priority: 'low' });
  await running('victim');
  await running('bystander');
  // Its end takes a while
  cluster.nodes[0]!.kubelet.kill();
  const { metadata } = await create('urgent', { cpu: cpu(0.6), priority: 'high' });
  const victim = await cluster.until('the victim is told to end', async () => {
    const pod = await find('victim');
    return pod?.metadata.deletionTimestamp !== undefined && pod;
  });
  const condition = victim.status.conditions?.find(({ type }) => type === 'DisruptionTarget');
  assert.equal(condition?.reason, 'PreemptionByScheduler');
  assert.equal(condition?.message, 'default-scheduler: preempting to accommodate a higher priority pod');
  await cluster.until('the pod is nominated', async () => (await find('urgent'))?.status.nominatedNodeName === cluster.nodes[0]!.name);
  await cluster.advance(5_000);
  assert.equal((await find('urgent'))?.spec.nodeName ?? '', '');
  await cluster.nodes[0]!.kubelet.start();
  const urgent = await running('urgent');
  assert.equal(urgent.status.nominatedNodeName ?? '', '');
  assert.ok(await find('bystander'), 'who is not in the way stays');
  const { message } = await cluster.until('there is an event', async () =>
    (await client.list(Event, { namespace })).items.find(({ reason }) => reason === 'Preempted'),
  );
  assert.equal(message, `Preempted by pod ${metadata.uid} on node ${cluster.nodes[0]!.name}`);
});

test('what preemption cannot help is said in upstream words', async () => {
  const { cluster, create, running, refusal, find, cpu } = await withPriorities();
  await using _ = cluster;
  await create('holder', { cpu: cpu(0.7), priority: 'middle' });
  await running('holder');
  const what = (why: string) => `0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: ${why}`;
  await create('equal', { cpu: cpu(0.6), priority: 'middle' });
  assert.equal(await refusal('equal'), what('0/1 nodes are available: 1 No preemption victims found for incoming pod.'));
  await create('huge', { cpu: cpu(2), priority: 'high' });
  assert.equal(await refusal('huge'), what('0/1 nodes are available: 1 Preemption is not helpful for scheduling.'));
  await create('polite', { cpu: cpu(0.6), priority: 'polite' });
  assert.equal(await refusal('polite'), what('not eligible due to preemptionPolicy=Never.'));
  await create('system', { cpu: cpu(0.2), priority: 'high' });
  await running('system');
  await create('mostly', { cpu: cpu(0.9), priority: 'high' });
  assert.equal(await refusal('mostly'), what('0/1 nodes are available: 1 Insufficient cpu.'));
  assert.equal((await find('holder'))?.metadata.deletionTimestamp, undefined);
});

test('budgets are kept where that is possible, and broken where it is not', async () => {
  const { cluster, client, create, find, running, cpu } = await withPriorities(2);
  await using _ = cluster;
  const [first, second] = cluster.nodes.map(({ name }) => name);
  const budget = { metadata: { name: 'guarded', namespace }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } } };
  await client.create(PodDisruptionBudget, budget);
  await create('guarded', { cpu: cpu(0.7), priority: 'low', node: first!, labels: { app: 'guarded' } });
  await create('free', { cpu: cpu(0.7), priority: 'low', node: second! });
  await running('guarded');
  await running('free');
  await cluster.until(
    'the budget counts',
    async () => (await client.get(PodDisruptionBudget, budget.metadata)).status.currentHealthy === 1,
  );
  await create('urgent', { cpu: cpu(0.6), priority: 'high' });
  assert.equal((await running('urgent')).spec.nodeName, second);
  assert.equal(await find('free'), undefined);
  assert.equal((await find('guarded'))?.metadata.deletionTimestamp, undefined);
  await create('next', { cpu: cpu(0.6), priority: 'high' });
  assert.equal((await running('next')).spec.nodeName, first);
  assert.equal(await find('guarded'), undefined);
});

test('the room that is being made is not for pods of lower priority', async () => {
  const { cluster, create, find, running, refusal, cpu } = await withPriorities();
  await using _ = cluster;
  await create('victim', { cpu: cpu(0.8), priority: 'low' });
  await running('victim');
  cluster.nodes[0]!.kubelet.kill();
  await create('urgent', { cpu: cpu(0.8), priority: 'high' });
  await cluster.until('the pod is nominated', async () => ((await find('urgent'))?.status.nominatedNodeName ?? '') !== '');
  await create('late', { cpu: cpu(0.7), priority: 'middle' });
  await refusal('late');
  await cluster.nodes[0]!.kubelet.start();
  await running('urgent');
  assert.equal((await find('late'))?.spec.nodeName ?? '', '');
});

test('one that is more urgent still takes over the room of another', async () => {
  const { cluster, create, find, running, cpu } = await withPriorities();
  await using _ = cluster;
  await create('victim', { cpu: cpu(0.8), priority: 'low' });
  await running('victim');
  cluster.nodes[0]!.kubelet.kill();
  await create('first', { cpu: cpu(0.8), priority: 'middle' });
  await cluster.until('the first is nominated', async () => ((await find('first'))?.status.nominatedNodeName ?? '') !== '');
  await create('second', { cpu: cpu(0.8), priority: 'high' });
  await cluster.until('the second is nominated', async () => ((await find('second'))?.status.nominatedNodeName ?? '') !== '');
  await cluster.until('the first is no more', async () => ((await find('first'))?.status.nominatedNodeName ?? '') === '');
  await cluster.nodes[0]!.kubelet.start();
  await running('second');
  assert.equal((await find('first'))?.spec.nodeName ?? '', '');
});
