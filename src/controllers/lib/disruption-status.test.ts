import { formatTime } from '../../api/gotime.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../kinds/core/pod.ts';
import type { PodDisruptionBudget } from '../../kinds/policy/pod-disruption-budget.ts';
import { rankForDeletion } from './deletion-rank.ts';
import { budgetStatus, stillDisrupted } from './disruption-status.ts';
import { namespaceConditions } from './namespace-conditions.ts';

const nowMs = Date.UTC(2026, 0, 1);
const pod = (
  name: string,
  { ready = true, node = 'n1', restarts = 0, cost }: { ready?: boolean; node?: string; restarts?: number; cost?: string } = {},
) =>
  ({
    metadata: {
      name,
      uid: name,
      creationTimestamp: formatTime(nowMs - 1000),
      ...(cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } } : {}),
    },
    spec: { nodeName: node },
    status: {
      phase: node ? 'Running' : 'Pending',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: formatTime(nowMs - 500) }],
      containerStatuses: [{ restartCount: restarts }],
    },
  }) as unknown as Pod;
const budget = (spec: object, disruptedPods?: Record<string, string>) =>
  ({ metadata: { name: 'b', namespace: 'a', generation: 3 }, spec, status: { disruptedPods } }) as unknown as PodDisruptionBudget;

test('a budget allows what is healthy beyond what must be', () => {
  const pods = [pod('a'), pod('b'), pod('c', { ready: false })];
  const cases: [object, number, number, number][] = [
    [{ minAvailable: 1 }, 3, 1, 1],
    [{ minAvailable: '50%' }, 4, 2, 0],
    [{ maxUnavailable: 1 }, 4, 3, 0],
    [{ maxUnavailable: '50%' }, 4, 2, 0],
    [{ minAvailable: 0 }, 3, 0, 2],
  ];
  for (const [spec, expectedPods, desiredHealthy, allowed] of cases) {
    const status = budgetStatus(budget(spec), pods, 4, stillDisrupted(budget(spec), pods, nowMs), nowMs);
    assert.deepEqual([status.expectedPods, status.desiredHealthy, status.disruptionsAllowed], [expectedPods, desiredHealthy, allowed]);
    assert.equal(status.conditions?.[0]?.reason, allowed > 0 ? 'SufficientPods' : 'InsufficientPods');
  }
});

test('a granted eviction counts until the pod goes or two minutes are over', () => {
  const pods = [pod('a'), pod('b')];
  const given = budget({ minAvailable: 1 }, { a: formatTime(nowMs - 60_000), b: formatTime(nowMs - 121_000), gone: formatTime(nowMs) });
  const disrupted = stillDisrupted(given, pods, nowMs);
  assert.deepEqual(Object.keys(disrupted.pods), ['a']);
  assert.equal(disrupted.untilMs, nowMs + 60_000);
  assert.deepEqual(
    disrupted.overdue.map(({ metadata }) => metadata.name),
    ['b'],
  );
  assert.equal(budgetStatus(given, pods, 0, disrupted, nowMs).currentHealthy, 1);
});

test('pods are deleted in the order of what is lost', () => {
  const order = rankForDeletion(
    [
      pod('ready'),
      pod('costly', { cost: '10' }),
      pod('restarted', { restarts: 3 }),
      pod('waiting', { node: '' }),
      pod('broken', { ready: false }),
    ],
    [],
    nowMs,
  );
  assert.deepEqual(
    order.map(({ metadata }) => metadata.name),
    ['waiting', 'broken', 'restarted', 'ready', 'costly'],
  );
});

test('the conditions of a namespace say what holds it up, and stay the same array when nothing changed', () => {
  const progress = { unknown: [], failures: [], remaining: new Map([['pods.', 2]]), finalizers: new Map([['x/y', 1]]) };
  const conditions = namespaceConditions([], progress, nowMs);
  assert.equal(conditions.length, 5);
  assert.equal(conditions[3]!.message, 'Some resources are remaining: pods. has 2 resource instances');
  assert.equal(conditions[4]!.message, 'Some content in the namespace has finalizers remaining: x/y in 1 resource instances');
  assert.equal(namespaceConditions(conditions, progress, nowMs + 1), conditions);
  const done = namespaceConditions(conditions, { unknown: [], failures: [], remaining: new Map(), finalizers: new Map() }, nowMs + 1);
  assert.ok(done.every(({ status }) => status === 'False'));
});
