import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaemonSet } from '../../kinds/apps/daemon-set.ts';
import { made } from '../../kinds/lib/testing.ts';
import { boundTo, daemonTemplate, fitOf, targetNode } from './daemon-placement.ts';
import { type Daemons, daemonsByNode, daemonStatus, placementPlan, rollingPlan } from './daemon-plan.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const labels = { app: 'agent' };
const setOf = (rollingUpdate: object = {}, spec: object = {}): DaemonSet =>
  made(DaemonSet, {
    metadata: { name: 'agent', uid: 'set', annotations: { 'deprecated.daemonset.template.generation': '3' } },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate },
      template: { metadata: { labels }, spec: { containers: [{ name: 'agent', image: 'agent:1' }], ...spec } },
    },
  });
const nodeOf = (name: string, spec: object = {}, more: object = {}) => ({ metadata: { name, labels: more }, spec, status: {} }) as any;
let count = 0;
/** 'a:new:ready': on node a, of the revision, in the state. */
const podOf = (text: string) => {
  const [node, hash, state] = text.split(':') as [string, string, string];
  const phase = { failed: 'Failed', succeeded: 'Succeeded' }[state] ?? 'Running';
  const ready = state === 'ready' ? 'True' : 'False';
  const number = count++;
  return {
    metadata: {
      name: text,
      labels: { 'controller-revision-hash': hash },
      creationTimestamp: new Date(Date.parse('2026-01-01T00:00:00Z') + number * 1000).toISOString(),
      ...(state === 'ending' ? { deletionTimestamp: 'x' } : {}),
    },
    spec: { nodeName: node },
    status: { phase, conditions: [{ type: 'Ready', status: ready, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  } as any;
};
const daemonsOf = (set: DaemonSet, nodes: readonly string[], pods: readonly string[]): Daemons => ({
  set,
  nodes: nodes.map((name) => nodeOf(name)),
  pods: daemonsByNode(pods.map(podOf), false),
  hash: 'new',
  nowMs,
});
const told = ({ create, remove }: ReturnType<typeof placementPlan>) => ({ create, remove: remove.map(({ metadata }) => metadata.name) });
const placed = (set: DaemonSet, nodes: readonly string[], pods: readonly string[], mayRemove = true) =>
  told(placementPlan(daemonsOf(set, nodes, pods), () => mayRemove));
const rolled = (set: DaemonSet, nodes: readonly string[], pods: readonly string[]) => told(rollingPlan(daemonsOf(set, nodes, pods)));

test('where daemons belong', () => {
  const fit = (spec: object, node: any) => {
    const { runs, stays } = fitOf(setOf({}, spec), node);
    return `${runs} ${stays}`;
  };
  const taint = (effect: string, key = 'x') => nodeOf('a', { taints: [{ key, effect }] });
  assert.equal(fit({}, nodeOf('a')), 'true true');
  assert.equal(fit({ nodeSelector: { disk: 'ssd' } }, nodeOf('a')), 'false false');
  assert.equal(fit({ nodeSelector: { disk: 'ssd' } }, nodeOf('a', {}, { disk: 'ssd' })), 'true true');
  assert.equal(fit({ nodeName: 'b' }, nodeOf('a')), 'false false');
  assert.equal(fit({}, taint('NoSchedule')), 'false true');
  assert.equal(fit({}, taint('NoExecute')), 'false false');
  assert.equal(fit({}, taint('PreferNoSchedule')), 'true true');
  assert.equal(fit({}, taint('NoSchedule', 'node.kubernetes.io/unschedulable')), 'true true');
  assert.equal(fit({}, taint('NoExecute', 'node.kubernetes.io/not-ready')), 'true true');
  assert.equal(fit({}, taint('NoSchedule', 'node.kubernetes.io/network-unavailable')), 'false true');
  assert.equal(fit({ hostNetwork: true }, taint('NoSchedule', 'node.kubernetes.io/network-unavailable')), 'true true');
  assert.equal(fit({ tolerations: [{ operator: 'Exists' }] }, taint('NoExecute')), 'true true');
});

test('what a daemon is made from', () => {
  const { metadata, spec } = daemonTemplate(setOf({}, { tolerations: [{ key: 'x', operator: 'Exists' }] }), 'abc');
  assert.deepEqual(metadata.labels, { app: 'agent', 'pod-template-generation': '3', 'controller-revision-hash': 'abc' });
  assert.deepEqual(
    spec.tolerations!.map(({ key, effect }) => `${key} ${effect ?? ''}`),
    [
      'x ',
      'node.kubernetes.io/not-ready NoExecute',
      'node.kubernetes.io/unreachable NoExecute',
      'node.kubernetes.io/disk-pressure NoSchedule',
      'node.kubernetes.io/memory-pressure NoSchedule',
      'node.kubernetes.io/pid-pressure NoSchedule',
      'node.kubernetes.io/unschedulable NoSchedule',
    ],
  );
  const wanted = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: wanted } } as never;
  const bound = boundTo({ ...spec, affinity }, 'n1');
  assert.deepEqual(bound.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms, [
    { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] },
  ]);
  assert.equal(targetNode({ spec: bound } as never), 'n1');
});

test('each node gets one, and loses what is too much or ended', () => {
  const set = setOf();
  assert.deepEqual(placed(set, ['a', 'b'], ['a:new:ready']), { create: ['b'], remove: [] });
  assert.deepEqual(placed(set, ['a'], ['a:new:ready', 'a:new:unready']), { create: [], remove: ['a:new:unready'] });
  assert.deepEqual(placed(set, ['a'], ['a:new:failed']), { create: [], remove: ['a:new:failed'] });
  assert.deepEqual(placed(set, ['a'], ['a:new:failed'], false), { create: [], remove: [] });
  assert.deepEqual(placed(set, ['a'], ['a:new:ending']), { create: [], remove: [] });
  assert.deepEqual(placed(setOf({}, { nodeName: 'b' }), ['a'], ['a:new:ready']), { create: [], remove: ['a:new:ready'] });
});

test('old ones go while few enough are missing', () => {
  const one = setOf({ maxUnavailable: 1 });
  const nodes = ['a', 'b', 'c'];
  const all = (state: string) => nodes.map((node) => `${node}:old:${state}`);
  assert.deepEqual(rolled(one, nodes, all('ready')).remove, ['a:old:ready']);
  assert.deepEqual(rolled(setOf({ maxUnavailable: '50%' }), nodes, all('ready')).remove, ['a:old:ready', 'b:old:ready']);
  assert.deepEqual(rolled(one, nodes, ['a:new:unready', 'b:old:ready', 'c:old:ready']).remove, []);
  assert.deepEqual(rolled(one, nodes, ['a:new:ready', 'b:old:ready', 'c:old:ready']).remove, ['b:old:ready']);
  assert.deepEqual(rolled(one, nodes, ['a:old:unready', 'b:old:ready', 'c:old:unready']).remove, ['a:old:unready', 'c:old:unready']);
  assert.deepEqual(rolled(one, nodes, ['a:old:ending', 'b:old:ready', 'c:old:ready']).remove, []);
});

test('with surge new ones come first', () => {
  const surge = setOf({ maxSurge: 1, maxUnavailable: 0 });
  const nodes = ['a', 'b'];
  assert.deepEqual(rolled(surge, nodes, ['a:old:ready', 'b:old:ready']), { create: ['a'], remove: [] });
  assert.deepEqual(rolled(surge, nodes, ['a:old:ready', 'a:new:unready', 'b:old:ready']), { create: [], remove: [] });
  assert.deepEqual(rolled(surge, nodes, ['a:old:ready', 'a:new:ready', 'b:old:ready']), { create: ['b'], remove: ['a:old:ready'] });
  assert.deepEqual(rolled(surge, nodes, ['a:old:unready', 'b:old:ready']), { create: ['a', 'b'], remove: [] });
});

test('the numbers of the status', () => {
  const daemons = daemonsOf(setOf({}, { nodeSelector: {} }), ['a', 'b', 'c', 'd'], ['a:new:ready', 'b:old:ready', 'c:new:unready']);
  assert.deepEqual(daemonStatus(daemons), {
    desiredNumberScheduled: 4,
    currentNumberScheduled: 3,
    numberMisscheduled: 0,
    numberReady: 2,
    updatedNumberScheduled: 2,
    numberAvailable: 2,
    numberUnavailable: 2,
  });
  const misplaced = daemonsOf(setOf({}, { nodeName: 'a' }), ['a', 'b'], ['b:new:ready']);
  assert.deepEqual([daemonStatus(misplaced).numberMisscheduled, daemonStatus(misplaced).desiredNumberScheduled], [1, 1]);
});
