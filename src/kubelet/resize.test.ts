import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeletContext } from './context.ts';
import { sampleContainer, samplePod } from './lib/samples.ts';
import type { ObservedPod } from './observed.ts';
import { ResizeState } from './resize.ts';
import { containerResources } from './resources.ts';
import type { LinuxResources } from './runtime.ts';
import type { Pod, ResourceRequirements } from './types.ts';

const nodeMemoryBytes = 2 ** 30;
const requirements = (cpu: string, memory = '1Mi'): ResourceRequirements => ({ requests: { cpu, memory }, limits: { cpu, memory } });

/** A kubelet that has just started finds a pod that runs with `has`, whose spec asks for `asks` and whose status tells of `told`. */
function restarted({
  has,
  asks,
  told = has,
  policy = [],
}: Record<'has' | 'asks', ResourceRequirements> & { told?: ResourceRequirements; policy?: object[] }) {
  const updates: LinuxResources[] = [];
  const said: string[] = [];
  const context = {
    nodeMemoryBytes,
    fits: () => undefined,
    events: { event: (_: unknown, __: string, reason: string) => void said.push(reason) },
    runtime: { updateContainerResources: async (_: string, resources: LinuxResources) => void updates.push(resources) },
  } as unknown as KubeletContext;
  const app = (resources: ResourceRequirements) => sampleContainer('app', { resources, resizePolicy: policy });
  const status = { phase: 'Running', containerStatuses: [{ name: 'app', state: { running: {} }, resources: told }] };
  const pod = { ...samplePod({ containers: [app(asks)] }), status } as unknown as Pod;
  const before = samplePod({ containers: [app(has)] }) as unknown as Pod;
  const limits = containerResources(before, before.spec.containers[0]!, nodeMemoryBytes);
  const observed = { containers: [{ id: 'c1', name: 'app', state: 'RUNNING', resources: limits }] } as unknown as ObservedPod;
  const state = new ResizeState(context);
  return { state, granted: state.grant(pod), observed, updates, said };
}
const inProgress = (state: ResizeState) => state.verdicts().some(({ type }) => type === 'PodResizeInProgress');

test('a resize that was under way when the kubelet stopped goes on: what the container has counts', async () => {
  // The status of before, or one that was written when the change was granted.
  for (const told of [requirements('100m'), requirements('200m')]) {
    const { state, granted, observed, updates, said } = restarted({ has: requirements('100m'), asks: requirements('200m'), told });
    assert.equal(await state.apply(granted, observed), true);
    assert.deepEqual(
      updates.map(({ cpuQuota }) => cpuQuota),
      [20_000],
    );
    assert.deepEqual(state.resourcesOf('c1'), requirements('200m'));
    assert.deepEqual([inProgress(state), said], [false, ['ResizeCompleted']]);
  }
});

test('one that asks for a restart of the container gets it', async () => {
  const policy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
  const { state, granted, observed, updates } = restarted({ has: requirements('1', '1Mi'), asks: requirements('1', '2Mi'), policy });
  assert.deepEqual([...state.needRestart(granted, observed)], ['c1']);
  assert.equal(await state.apply(granted, observed), false);
  assert.deepEqual([updates, inProgress(state)], [[], true]);
});

test('a container that has what it should have is left alone', async () => {
  const { state, granted, observed, updates, said } = restarted({ has: requirements('100m'), asks: requirements('100m') });
  assert.equal(await state.apply(granted, observed), false);
  assert.deepEqual([updates, said, state.resourcesOf('c1')], [[], [], requirements('100m')]);
});
