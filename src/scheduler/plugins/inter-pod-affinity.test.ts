import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyText } from '../../api/meta.ts';
import { VirtualClock } from '../../base/clock.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { ObjectCache } from '../../client/object-cache.ts';
import { Namespace } from '../../kinds/core/namespace.ts';
import type { Node } from '../../kinds/core/node.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { schedule } from '../cycle.ts';
import { Filtering } from '../filtering.ts';
import type { CycleState } from '../framework.ts';
import { NodeCache } from '../node-cache.ts';
import { nodeInfo, type Snapshot, snapshotOf } from '../snapshot.ts';
import { AssumingWorld } from '../world.ts';
import { interPodAffinity } from './inter-pod-affinity.ts';
import { podTopologySpread } from './pod-topology-spread.ts';

type Labels = Readonly<Record<string, string>>;
interface Term {
  readonly topologyKey: string;
  readonly labelSelector?: { readonly matchLabels: Labels };
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: { readonly matchLabels?: Labels };
}

const teams: Readonly<Record<string, Labels>> = { shop: { team: 'a' }, lab: { team: 'b' }, other: {} };
const namespaces = new ObjectCache<any>();
for (const [name, labels] of Object.entries(teams)) namespaces.set(keyText({ name }), { metadata: { name, labels } });
const world = new AssumingWorld((kind) => (kind === Namespace ? namespaces : new ObjectCache<any>()), new VirtualClock());
const profile = { schedulerName: 'default-scheduler', plugins: [{ plugin: interPodAffinity, weight: 1 }] };

const node = (name: string, labels: Labels = {}): Node =>
  ({ metadata: { name, labels: { host: name, ...labels } }, spec: {}, status: {} }) as never;
let serial = 0;
const pod = (labels: Labels, affinity: object = {}, namespace = 'shop', more: object = {}): Pod => {
  const name = `p${++serial}`;
  return { metadata: { name, namespace, uid: name, labels }, spec: { containers: [], affinity, ...more }, status: {} } as never;
};
const required = (...terms: Term[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms });
const preferred = (weight: number, podAffinityTerm: Term) => ({
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm }],
});
const app = (name: string, topologyKey = 'host', more: Partial<Term> = {}): Term => ({
  topologyKey,
  labelSelector: { matchLabels: { app: name } },
  ...more,
});
const snapshot = (nodes: readonly (readonly [Node, readonly Pod[]])[]) => snapshotOf(nodes.map(([one, pods]) => nodeInfo(one, pods)));
const where = (what: Pod, nodes: readonly (readonly [Node, readonly Pod[]])[]) => {
  const placement = schedule(what, { snapshot: snapshot(nodes), world, random: seededRandom(1) }, profile);
  return placement.type === 'node' ? placement.nodeName : placement.message.replace(/^0\/\d nodes are available: /, '');
};

test('pods go where their company is, and the first of a group anywhere', () => {
  const [a, b] = [node('a', { zone: 'z1' }), node('b', { zone: 'z2' })];
  const wants = (topologyKey: string) => pod({ app: 'web' }, { podAffinity: required(app('db', topologyKey)) });
  const db = pod({ app: 'db' });
  assert.equal(
    where(wants('zone'), [
      [a, []],
      [b, [db]],
    ]),
    'b',
  );
  assert.equal(
    where(wants('rack'), [
      [a, []],
      [b, [db]],
    ]),
    "2 node(s) didn't match pod affinity rules.",
  );
  assert.equal(where(wants('zone'), [[a, []]]), "1 node(s) didn't match pod affinity rules.");
  const own = pod({ app: 'web' }, { podAffinity: required(app('web', 'zone')) });
  assert.equal(where(own, [[a, []]]), 'a');
  assert.equal(where(own, [[node('c'), []]]), "1 node(s) didn't match pod affinity rules.");
});

test('pods keep away from those they name, and from those that name them', () => {
  const [a, b] = [node('a'), node('b')];
  const shy = pod({ app: 'web' }, { podAntiAffinity: required(app('web')) });
  assert.equal(
    where(shy, [
      [a, [pod({ app: 'web' })]],
      [b, []],
    ]),
    'b',
  );
  assert.equal(where(shy, [[a, [pod({ app: 'web' })]]]), "1 node(s) didn't match pod anti-affinity rules.");
  assert.equal(where(pod({ app: 'web' }), [[a, [shy]]]), "1 node(s) didn't satisfy existing pods anti-affinity rules.");
  assert.equal(where(pod({ app: 'web' }, {}, 'lab'), [[a, [shy]]]), 'a', 'other namespaces are not meant');
});

test('namespaces are named, or selected by their labels', () => {
  const a = node('a');
  const away = (more: Partial<Term>) => pod({}, { podAntiAffinity: required(app('db', 'host', more)) });
  const refused = "1 node(s) didn't match pod anti-affinity rules.";
  const inLab = pod({ app: 'db' }, {}, 'lab');
  assert.equal(where(away({ namespaces: ['lab'] }), [[a, [inLab]]]), refused);
  assert.equal(where(away({ namespaces: ['other'] }), [[a, [inLab]]]), 'a');
  assert.equal(where(away({ namespaceSelector: { matchLabels: { team: 'b' } } }), [[a, [inLab]]]), refused);
  assert.equal(where(away({ namespaceSelector: { matchLabels: { team: 'a' } } }), [[a, [inLab]]]), 'a');
  assert.equal(where(away({ namespaceSelector: {} }), [[a, [inLab]]]), refused);
});

test('preferences pull and push, both ways', () => {
  const [a, b] = [node('a'), node('b')];
  const likes = pod({ app: 'web' }, { podAffinity: preferred(10, app('db')) });
  const dislikes = pod({ app: 'web' }, { podAntiAffinity: preferred(10, app('db')) });
  const db = pod({ app: 'db' });
  assert.equal(
    where(likes, [
      [a, []],
      [b, [db]],
    ]),
    'b',
  );
  assert.equal(
    where(dislikes, [
      [a, []],
      [b, [db]],
    ]),
    'a',
  );
  assert.equal(
    where(db, [
      [a, []],
      [b, [likes]],
    ]),
    'b',
  );
  assert.equal(
    where(db, [
      [a, [dislikes]],
      [b, []],
    ]),
    'b',
  );
  const needs = pod({ app: 'web' }, { podAffinity: required(app('db')) });
  assert.equal(
    where(db, [
      [a, []],
      [b, [needs]],
    ]),
    'b',
    'a pod that requires it attracts it a little',
  );
});

test('hints wake those that a change may help', () => {
  const helps = (kind: object, type: string, what: Pod, now: object, old?: object) =>
    interPodAffinity.retryOn!.some((event) => event.kind === kind && event.type === type && event.helps!(what, now, old));
  const wants = pod({}, { podAffinity: required(app('db')) });
  const shy = pod({ app: 'web' }, { podAntiAffinity: required(app('web')) });
  const on = { nodeName: 'a' };
  assert.equal(helps(Pod, 'added', wants, pod({ app: 'db' }, {}, 'shop', on)), true);
  assert.equal(helps(Pod, 'added', wants, pod({ app: 'web' }, {}, 'shop', on)), false);
  assert.equal(helps(Pod, 'deleted', shy, pod({ app: 'web' }, {}, 'shop', on)), true);
  assert.equal(helps(Pod, 'deleted', pod({ app: 'web' }), { ...shy, spec: { ...shy.spec, ...on } }), true);
  assert.equal(helps(Pod, 'deleted', shy, pod({ app: 'db' }, {}, 'shop', on)), false);
});

// ---- against a naive reading of the rules

type Full = Pod & { readonly at: Node };
const pick = <T>(random: Random, from: readonly T[]): T => from[random.int(from.length)]!;
const chance = (random: Random, percent: number) => random.int(100) < percent;

function anyTerm(random: Random): Term {
  const labelSelector = chance(random, 90) ? { matchLabels: { app: pick(random, ['x', 'y']) } } : undefined;
  return {
    topologyKey: pick(random, ['host', 'zone']),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(chance(random, 20) ? { namespaces: [pick(random, Object.keys(teams))] } : {}),
    ...(chance(random, 20)
      ? { namespaceSelector: pick(random, [{}, { matchLabels: { team: 'a' } }, { matchLabels: { team: 'b' } }]) }
      : {}),
  };
}
function anyPod(random: Random, percent: number): Pod {
  const terms = () => Array.from({ length: random.int(3) }, () => anyTerm(random));
  const weighted = () => terms().map((podAffinityTerm) => ({ weight: 1 + random.int(100), podAffinityTerm }));
  const part = () => ({
    ...(chance(random, percent) ? required(...terms()) : {}),
    ...(chance(random, percent) ? { preferredDuringSchedulingIgnoredDuringExecution: weighted() } : {}),
  });
  const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'x' } } };
  const more = chance(random, 30) ? { topologySpreadConstraints: [spread] } : {};
  return pod(
    { app: pick(random, ['x', 'y', 'z']) },
    { podAffinity: part(), podAntiAffinity: part() },
    pick(random, Object.keys(teams)),
    more,
  );
}
const anyNodes = (random: Random) =>
  Array.from({ length: 1 + random.int(5) }, (_, index) =>
    node(`n${index}`, chance(random, 80) ? { zone: pick(random, ['z1', 'z2']) } : {}),
  );

const holds = (wanted: Labels, labels: Labels) => Object.entries(wanted).every(([key, value]) => labels[key] === value);
function means(owner: Pod, term: Term, other: Pod): boolean {
  const names = term.namespaces ?? (term.namespaceSelector === undefined ? [owner.metadata.namespace!] : []);
  const selected =
    term.namespaceSelector !== undefined && holds(term.namespaceSelector.matchLabels ?? {}, teams[other.metadata.namespace!]!);
  if (!names.includes(other.metadata.namespace!) && !selected) return false;
  return term.labelSelector !== undefined && holds(term.labelSelector.matchLabels, other.metadata.labels ?? {});
}
const termsOf = (what: Pod, part: 'podAffinity' | 'podAntiAffinity') =>
  (what.spec.affinity?.[part]?.requiredDuringSchedulingIgnoredDuringExecution ?? []) as readonly Term[];
const weightedOf = (what: Pod, part: 'podAffinity' | 'podAntiAffinity') =>
  (what.spec.affinity?.[part]?.preferredDuringSchedulingIgnoredDuringExecution ?? []) as readonly {
    weight: number;
    podAffinityTerm: Term;
  }[];
const domain = (one: Node, key: string) => one.metadata.labels?.[key];
const isSame = (a: Node, b: Node, key: string) => domain(a, key) !== undefined && domain(a, key) === domain(b, key);

function naiveRefusal(what: Pod, to: Node, all: readonly Full[]): string | undefined {
  const affinity = termsOf(what, 'podAffinity');
  if (affinity.length > 0) {
    const company = all.filter((other) => affinity.every((term) => means(what, term, other)));
    const isMet = affinity.every((term) => company.some(({ at }) => isSame(at, to, term.topologyKey)));
    const isAlone = !company.some(({ at }) => affinity.some((term) => domain(at, term.topologyKey) !== undefined));
    const isFirst = isAlone && affinity.every((term) => means(what, term, what) && domain(to, term.topologyKey) !== undefined);
    if (!isMet && !isFirst) return "node(s) didn't match pod affinity rules";
  }
  const apart = termsOf(what, 'podAntiAffinity');
  if (apart.some((term) => all.some((other) => means(what, term, other) && isSame(other.at, to, term.topologyKey))))
    return "node(s) didn't match pod anti-affinity rules";
  const isUnwanted = (other: Full) =>
    termsOf(other, 'podAntiAffinity').some((term) => means(other, term, what) && isSame(other.at, to, term.topologyKey));
  return all.some(isUnwanted) ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined;
}
function naiveScore(what: Pod, to: Node, all: readonly Full[]): number {
  let score = 0;
  const count = (owner: Pod, meant: Pod, at: Node, term: Term, weight: number) => {
    if (means(owner, term, meant) && isSame(at, to, term.topologyKey)) score += weight;
  };
  for (const other of all) {
    for (const [part, sign] of [
      ['podAffinity', 1],
      ['podAntiAffinity', -1],
    ] as const) {
      for (const { weight, podAffinityTerm } of weightedOf(what, part)) count(what, other, other.at, podAffinityTerm, sign * weight);
      for (const { weight, podAffinityTerm } of weightedOf(other, part)) count(other, what, other.at, podAffinityTerm, sign * weight);
    }
    for (const term of termsOf(other, 'podAffinity')) count(other, what, other.at, term, 1);
  }
  return score;
}

const stateOf = (of: Snapshot): CycleState => ({ snapshot: of, world, random: seededRandom(1), data: new Map(), nominated: () => [] });
function filtering(what: Pod, of: Snapshot): Filtering {
  const state = stateOf(of);
  const filters = [interPodAffinity, podTopologySpread].filter((plugin) => plugin.preFilter!(what, state) !== 'skip');
  return new Filtering(what, state, filters);
}

test('verdicts and scores are those of a naive reading, however the pods came and went', () => {
  const random = seededRandom(7);
  for (let run = 0; run < 400; run++) {
    const nodes = anyNodes(random);
    const cache = new NodeCache();
    for (const one of nodes) cache.setNode(one);
    let all: Full[] = [];
    for (let step = random.int(25); step > 0; step--) {
      if (all.length > 0 && chance(random, 30)) {
        const gone = pick(random, all);
        cache.removePod(gone);
        all = all.filter((other) => other !== gone);
      } else {
        const at = pick(random, nodes);
        const bare = anyPod(random, 40);
        const placed = { ...bare, spec: { ...bare.spec, nodeName: at.metadata.name }, at } as Full;
        cache.addPod(placed);
        all.push(placed);
      }
    }
    const any = anyPod(random, 60);
    const what = { ...any, spec: { ...any.spec, topologySpreadConstraints: [] } } as Pod;
    const now = cache.snapshot();
    const asks = filtering(what, now);
    const state = stateOf(now);
    const isScored = interPodAffinity.preScore!(what, now.nodes, state) !== 'skip';
    for (const info of now.nodes) {
      assert.equal(asks.refusal(info)?.reasons[0], naiveRefusal(what, info.node, all), `run ${run}, ${info.name}`);
      const score = isScored ? interPodAffinity.score!(what, info, state) : 0;
      assert.equal(score, naiveScore(what, info.node, all), `run ${run}, score of ${info.name}`);
    }
  }
});

test('a node without some of its pods is judged as if they had never been, and then as before', () => {
  const random = seededRandom(8);
  for (let run = 0; run < 400; run++) {
    const infos = anyNodes(random).map((one) =>
      nodeInfo(
        one,
        Array.from({ length: random.int(5) }, () => anyPod(random, 40)),
      ),
    );
    const what = anyPod(random, 60);
    const now = snapshotOf(infos);
    const asks = filtering(what, now);
    const verdict = (of: Filtering, info: (typeof infos)[number]) => of.refusal(info)?.reasons[0];
    const before = infos.map((info) => verdict(asks, info));
    const info = pick(random, infos);
    const gone = info.pods.filter(() => chance(random, 50));
    let rest = info;
    for (const other of gone) rest = asks.remove(rest, other);
    const fresh = nodeInfo(info.node, rest.pods);
    // A plugin that had nothing to check with all pods there has nothing to check with fewer
    const expected = filtering(what, snapshotOf(infos.map((one) => (one === info ? fresh : one))));
    assert.equal(verdict(asks, rest), verdict(expected, fresh), `run ${run}`);
    for (const other of gone) rest = asks.add(rest, other);
    assert.deepEqual(
      infos.map((one) => verdict(asks, one)),
      before,
      `run ${run}, in the end`,
    );
  }
});
