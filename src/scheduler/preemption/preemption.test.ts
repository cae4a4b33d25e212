import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { ObjectCache } from '../../client/object-cache.ts';
import type { Node } from '../../kinds/core/node.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import type { PodDisruptionBudget } from '../../kinds/policy/pod-disruption-budget.ts';
import { schedule } from '../cycle.ts';
import { Filtering, priorityOf } from '../filtering.ts';
import type { CycleState } from '../framework.ts';
import { interPodAffinity } from '../plugins/inter-pod-affinity.ts';
import { nodeResourcesFit } from '../plugins/node-resources-fit.ts';
import { defaultProfile } from '../profile.ts';
import { type NodeInfo, nodeInfo, snapshotOf } from '../snapshot.ts';
import { AssumingWorld } from '../world.ts';
import { partByBudgets } from './budgets.ts';
import { chooseCandidate, findCandidates } from './candidates.ts';
import { type Victims, victimsOn } from './victims.ts';

const world = new AssumingWorld(() => new ObjectCache(), new VirtualClock());
const start = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`;
const nowMs = Date.parse(start(59));
const node = (name: string, cpu = '10'): Node =>
  ({ metadata: { name, labels: { host: name } }, spec: {}, status: { allocatable: { cpu, memory: '4Gi', pods: '10' } } }) as never;
interface More {
  readonly started?: number;
  readonly labels?: object;
  readonly affinity?: object;
}
const pod = (name: string, priority: number, cpu: number, { started = 0, labels, affinity }: More = {}): Pod =>
  ({
    metadata: { name, namespace: 'a', uid: name, labels },
    spec: { priority, affinity, containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: String(cpu) } } }] },
    status: { startTime: start(started) },
  }) as never;
const budget = (labels: object, disruptionsAllowed: number, disruptedPods: object = {}): PodDisruptionBudget =>
  ({
    metadata: { name: 'b', namespace: 'a' },
    spec: { selector: { matchLabels: labels } },
    status: { disruptionsAllowed, disruptedPods },
  }) as never;

function search(wanted: Pod, infos: readonly NodeInfo[], budgets: readonly PodDisruptionBudget[] = []) {
  const snapshot = snapshotOf(infos);
  const state: CycleState = { snapshot, world, random: seededRandom(1), data: new Map(), nominated: () => [] };
  const filters = [nodeResourcesFit, interPodAffinity].filter((plugin) => plugin.preFilter?.(wanted, state) !== 'skip');
  return { pod: wanted, trial: new Filtering(wanted, state, filters), budgets, nowMs, latest: (other: Pod) => other };
}
const names = (found: Victims | readonly string[]) => ('pods' in found ? found.pods.map(({ metadata }) => metadata.name) : found);
const victims = (wanted: Pod, pods: readonly Pod[], budgets: readonly PodDisruptionBudget[] = []) => {
  const info = nodeInfo(node('n'), pods);
  return victimsOn(info, search(wanted, [info], budgets));
};

test('as many are spared as can be, the most important first', () => {
  const pods = [pod('old', 1, 3, { started: 1 }), pod('young', 1, 3, { started: 2 }), pod('middle', 5, 3), pod('equal', 10, 1)];
  assert.deepEqual(names(victims(pod('p', 10, 2), pods)), ['young']);
  assert.deepEqual(names(victims(pod('p', 10, 5), pods)), ['old', 'young']);
  assert.deepEqual(names(victims(pod('p', 10, 9), pods)), ['middle', 'old', 'young']);
  assert.deepEqual(names(victims(pod('p', 10, 10), pods)), ['Insufficient cpu']);
  assert.deepEqual(names(victims(pod('p', 1, 5), pods)), ['No preemption victims found for incoming pod']);
});

test('those that a budget protects are spared before others of any priority', () => {
  const labels = { app: 'x' };
  const pods = [pod('guarded', 1, 5, { labels }), pod('free', 5, 5)];
  assert.deepEqual(victims(pod('p', 10, 5), pods, [budget(labels, 0)]), { nodeName: 'n', pods: [pods[1]], violations: 0 });
  assert.deepEqual(names(victims(pod('p', 10, 5), pods, [budget(labels, 1)])), ['guarded']);
  assert.deepEqual(victims(pod('p', 10, 10), pods, [budget(labels, 0)]), { nodeName: 'n', pods: [pods[1], pods[0]], violations: 1 });
});

test('a budget allows so many in turn, and those on their way out do not count', () => {
  const labels = { app: 'x' };
  const pods = ['a', 'b', 'c'].map((name) => pod(name, 1, 1, { labels }));
  const guarded = (...budgets: PodDisruptionBudget[]) => partByBudgets(pods, budgets).guarded.map(({ metadata }) => metadata.name);
  assert.deepEqual(guarded(budget(labels, 1)), ['b', 'c']);
  assert.deepEqual(guarded(budget(labels, 1, { a: start(0) })), ['c']);
  assert.deepEqual(guarded(budget(labels, 3), budget(labels, 2)), ['c']);
  assert.deepEqual(guarded(budget({}, 0)), [], 'an empty selector protects nobody here');
});

test('affinity between pods is part of the trial', () => {
  const away = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'host', labelSelector: { matchLabels: { app: 'x' } } }],
    },
  };
  const pods = [pod('x', 1, 1, { labels: { app: 'x' } }), pod('y', 1, 1)];
  assert.deepEqual(names(victims(pod('p', 10, 1, { affinity: away }), pods)), ['x']);
  const refuser = pod('z', 1, 1, { affinity: away });
  assert.deepEqual(names(victims(pod('p', 10, 1, { labels: { app: 'x' } }), [refuser, pods[1]!])), ['z']);
});

test('the node is chosen that suffers least', () => {
  const on = (nodeName: string, violations: number, ...pods: Pod[]): Victims => ({ nodeName, violations, pods });
  const best = (...candidates: Victims[]) => chooseCandidate(candidates, nowMs)?.nodeName;
  assert.equal(best(on('a', 1, pod('p', 1, 1)), on('b', 0, pod('p', 9, 1))), 'b', 'fewest violations');
  assert.equal(best(on('a', 0, pod('p', 2, 1)), on('b', 0, pod('p', 1, 1), pod('q', 1, 1))), 'b', 'lowest highest priority');
  assert.equal(best(on('a', 0, pod('p', 5, 1), pod('q', 4, 1)), on('b', 0, pod('p', 5, 1), pod('q', 3, 1))), 'b', 'lowest sum');
  assert.equal(best(on('a', 0, pod('p', -5, 1), pod('q', -5, 1)), on('b', 0, pod('p', -5, 1))), 'b', 'fewest pods');
  const [early, late] = [pod('p', 1, 1, { started: 1 }), pod('p', 1, 1, { started: 2 })];
  assert.equal(best(on('a', 0, early), on('b', 0, late)), 'b', 'latest start');
  assert.equal(best(), undefined);
});

test('a large cluster is searched until there is enough to choose from, giving way to others', async () => {
  const infos = Array.from({ length: 300 }, (_, index) => nodeInfo(node(`n${index}`), [pod(`p${index}`, 1, 9)]));
  let asked = 0;
  const slice = async () => void asked++;
  const { victims: found, reasons } = await findCandidates(infos, 250, search(pod('p', 10, 5), infos), slice);
  assert.equal(asked, 100);
  assert.equal(found.length, 100);
  assert.equal(found[0]!.nodeName, 'n250');
  assert.equal(reasons.size, 0);
});

test('no victim is of the same or a higher priority, none could have been spared, and the pod fits then', () => {
  const random = seededRandom(3);
  for (let run = 0; run < 300; run++) {
    const pods = Array.from({ length: random.int(8) }, (_, index) => pod(`q${index}`, random.int(4), 1 + random.int(3)));
    const wanted = pod('p', random.int(5), 1 + random.int(8));
    const info = nodeInfo(node('n', '12'), pods);
    const found = victimsOn(info, search(wanted, [info]));
    if (!('pods' in found)) continue;
    assert.ok(found.pods.every((victim) => priorityOf(victim) < priorityOf(wanted)));
    const fits = (spared?: Pod) => {
      const rest = pods.filter((one) => one === spared || !found.pods.includes(one));
      return search(wanted, [info]).trial.refusal(nodeInfo(node('n', '12'), rest)) === undefined;
    };
    assert.ok(fits(), `run ${run}`);
    for (const victim of found.pods) assert.ok(!fits(victim), `run ${run}: ${victim.metadata.name} dies for nothing`);
  }
});

test('pods of the same or a higher priority that wait for room on a node are respected', () => {
  const waiting = pod('waiting', 5, 8);
  const snapshot = snapshotOf([nodeInfo(node('n'), [])]);
  const nominated = () => [waiting];
  const where = (what: Pod) => schedule(what, { snapshot, world, random: seededRandom(1), nominated }, defaultProfile).type;
  assert.equal(where(pod('p', 5, 5)), 'refused');
  assert.equal(where(pod('p', 1, 5)), 'refused');
  assert.equal(where(pod('p', 5, 2)), 'node');
  assert.equal(where(pod('p', 6, 5)), 'node');
  assert.equal(where(waiting), 'node', 'it does not stand in its own way');
});
