import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import { keyText } from '../api/meta.ts';
import { ObjectCache } from '../client/object-cache.ts';
import { ReplicaSet } from '../kinds/apps/replica-set.ts';
import { Service } from '../kinds/core/service.ts';
import type { Node } from '../kinds/core/node.ts';
import type { Pod } from '../kinds/core/pod.ts';
import { nodesToFind, schedule } from './cycle.ts';
import { defaultProfile } from './profile.ts';
import { nodeInfo, snapshotOf } from './snapshot.ts';
import { AssumingWorld } from './world.ts';

const node = (name: string, more: { labels?: object; spec?: object; allocatable?: object; images?: object[] } = {}): Node =>
  ({
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...more.labels } },
    spec: { ...more.spec },
    status: { allocatable: { cpu: '2', memory: '4Gi', pods: '10', ...more.allocatable }, images: more.images },
  }) as unknown as Node;
let serial = 0;
const pod = (spec: object = {}, meta: object = {}, requests: object = { cpu: '500m', memory: '256Mi' }): Pod =>
  ({
    metadata: { name: `p${++serial}`, namespace: 'default', uid: `u${serial}`, ...meta },
    spec: { containers: [{ name: 'c', image: 'app:v1', resources: { requests } }], ...spec },
    status: {},
  }) as unknown as Pod;
const world = new AssumingWorld(() => new ObjectCache(), new VirtualClock());
const place = (what: Pod, nodes: readonly (readonly [Node, readonly Pod[]])[]) =>
  schedule(what, { snapshot: snapshotOf(nodes.map(([one, pods]) => nodeInfo(one, pods))), world, random: seededRandom(1) }, defaultProfile);
const refusal = (...input: Parameters<typeof place>) => {
  const placement = place(...input);
  return placement.type === 'refused' ? placement.message : `placed on ${placement.nodeName}`;
};
const target = (...input: Parameters<typeof place>) => {
  const placement = place(...input);
  return placement.type === 'node' ? placement.nodeName : placement.message;
};

test('refusals say what upstream says', () => {
  assert.equal(refusal(pod(), []), 'no nodes available to schedule pods');
  assert.equal(refusal(pod({}, {}, { cpu: '3' }), [[node('a'), []]]), '0/1 nodes are available: 1 Insufficient cpu.');
  assert.equal(
    refusal(pod({}, {}, { cpu: '3', memory: '8Gi' }), [[node('a'), []]]),
    '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.',
  );
  assert.equal(
    refusal(pod(), [[node('a', { spec: { unschedulable: true } }), []]]),
    '0/1 nodes are available: 1 node(s) were unschedulable.',
  );
  assert.equal(
    refusal(pod({ nodeSelector: { disk: 'ssd' } }), [
      [node('a'), []],
      [node('b', { spec: { taints: [{ key: 'x', value: 'y', effect: 'NoSchedule' }] } }), []],
    ]),
    "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint {x: y}.",
  );
  assert.equal(refusal(pod(), [[node('a', { allocatable: { pods: '1' } }), [pod()]]]), '0/1 nodes are available: 1 Too many pods.');
});

test('taints are tolerated', () => {
  const tainted = node('a', { spec: { taints: [{ key: 'x', value: 'y', effect: 'NoSchedule' }] } });
  assert.equal(target(pod({ tolerations: [{ key: 'x', operator: 'Exists' }] }), [[tainted, []]]), 'a');
  assert.equal(target(pod({ tolerations: [{ key: 'x', operator: 'Equal', value: 'y', effect: 'NoSchedule' }] }), [[tainted, []]]), 'a');
});

test('host ports clash by protocol and address', () => {
  const wanted = (ports: object[]) => pod({ containers: [{ name: 'c', image: 'i', resources: {}, ports }] });
  const holder = wanted([{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
  assert.equal(
    refusal(wanted([{ containerPort: 80, hostPort: 80, protocol: 'TCP', hostIP: '127.0.0.1' }]), [[node('a'), [holder]]]),
    "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
  );
  assert.equal(target(wanted([{ containerPort: 80, hostPort: 80, protocol: 'UDP' }]), [[node('a'), [holder]]]), 'a');
});

test('the emptier node wins, and pods of one ReplicaSet or Service spread', () => {
  assert.equal(
    target(pod(), [
      [node('a'), [pod(), pod()]],
      [node('b'), []],
    ]),
    'b',
  );
  const labels = { app: 'x' };
  const spread = (what: Pod, objects: ReadonlyMap<object, object>) => {
    const caches = (kind: object) => {
      const cache = new ObjectCache<any>();
      const object = objects.get(kind) as any;
      if (object !== undefined) cache.set(keyText(object.metadata), object);
      return cache;
    };
    const nodes = [nodeInfo(node('a'), [pod({}, { labels })]), nodeInfo(node('b'), [pod(), pod()])];
    const placement = schedule(
      what,
      { snapshot: snapshotOf(nodes), world: new AssumingWorld(caches, new VirtualClock()), random: seededRandom(1) },
      defaultProfile,
    );
    return placement.type === 'node' && placement.nodeName;
  };
  const metadata = { name: 'r', namespace: 'default' };
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r1', controller: true }];
  const owned = pod({}, { labels, ownerReferences });
  assert.equal(spread(owned, new Map()), 'a');
  assert.equal(spread(owned, new Map([[ReplicaSet, { metadata, spec: { selector: { matchLabels: labels } } }]])), 'b');
  assert.equal(spread(pod({}, { labels }), new Map([[Service, { metadata, spec: { selector: labels } }]])), 'b');
});

test('hard spreading holds the skew', () => {
  const spread = {
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'x' } } },
    ],
  };
  const labels = { labels: { app: 'x' } };
  const zoned = (name: string, zone: string, cpu = '2') => node(name, { labels: { zone }, allocatable: { cpu } });
  assert.equal(
    target(pod(spread, labels), [
      [zoned('a', 'z1'), [pod(spread, labels)]],
      [zoned('b', 'z2'), []],
    ]),
    'b',
  );
  assert.equal(
    refusal(pod(spread, labels), [
      [zoned('a', 'z1'), [pod(spread, labels)]],
      [zoned('b', 'z2', '100m'), []],
      [node('c'), []],
    ]),
    "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints, 1 node(s) didn't match pod topology spread constraints (missing required label).",
  );
});

test('affinity prefers, and a large cluster is searched in part', () => {
  const prefers = {
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
        ],
      },
    },
  };
  assert.equal(
    target(pod(prefers), [
      [node('a'), []],
      [node('b', { labels: { disk: 'ssd' } }), []],
    ]),
    'b',
  );
  assert.equal(nodesToFind(100), 100);
  assert.equal(nodesToFind(5000), 500);
  assert.equal(nodesToFind(1000), 420);
});

test('sidecars and init containers count as they run', () => {
  const big = pod({
    initContainers: [
      { name: 's', image: 'i', restartPolicy: 'Always', resources: { requests: { cpu: '500m' } } },
      { name: 'i', image: 'i', resources: { requests: { cpu: '1500m' } } },
    ],
  });
  assert.equal(target(big, [[node('a'), []]]), 'a');
  assert.match(refusal(big, [[node('a', { allocatable: { cpu: '1900m' } }), []]]), /Insufficient cpu/);
});
