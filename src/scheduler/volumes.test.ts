import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnyKind, kindId } from '../api/kind.ts';
import { type ApiObject, keyText } from '../api/meta.ts';
import { VirtualClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import { ObjectCache } from '../client/object-cache.ts';
import type { Node } from '../kinds/core/node.ts';
import { PersistentVolume } from '../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import type { Pod } from '../kinds/core/pod.ts';
import { CSIDriver } from '../kinds/storage/csi-driver.ts';
import { CSINode } from '../kinds/storage/csi-node.ts';
import { CSIStorageCapacity } from '../kinds/storage/csi-storage-capacity.ts';
import { StorageClass } from '../kinds/storage/storage-class.ts';
import { schedule } from './cycle.ts';
import { defaultProfile } from './profile.ts';
import { reserve } from './reservation.ts';
import { nodeInfo, snapshotOf } from './snapshot.ts';
import { AssumingWorld } from './world.ts';

type Objects = readonly (readonly [AnyKind, object])[];

/** A world that holds these objects; 1Gi, class "lazy" and ReadWriteOnce unless they say otherwise. */
function worldOf(objects: Objects): AssumingWorld {
  const caches = new Map<string, ObjectCache<any>>();
  const cacheOf = (kind: AnyKind) => {
    const found = caches.get(kindId(kind)) ?? new ObjectCache<any>();
    caches.set(kindId(kind), found);
    return found;
  };
  for (const { kind, indexes = {} } of defaultProfile.plugins.flatMap(({ plugin }) => plugin.reads ?? [])) {
    for (const [name, values] of Object.entries(indexes)) cacheOf(kind).addIndex(name, values);
  }
  for (const [kind, object] of objects) cacheOf(kind).set(keyText((object as ApiObject).metadata), object);
  return new AssumingWorld(cacheOf, new VirtualClock());
}
const node = (name: string, labels: object = {}): Node =>
  ({
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: {},
    status: { allocatable: { cpu: '2', memory: '4Gi', pods: '10' } },
  }) as never;
const pod = (claims: readonly string[], more: object = {}): Pod =>
  ({
    metadata: { name: 'p', namespace: 'a', uid: 'p' },
    spec: {
      containers: [{ name: 'c', image: 'i', resources: {} }],
      volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
      ...more,
    },
    status: {},
  }) as never;
const volume = (name: string, spec: object = {}, more: object = {}) =>
  [
    PersistentVolume,
    {
      metadata: { name, resourceVersion: '5', ...more },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'lazy', ...spec },
      status: { phase: 'Available' },
    },
  ] as const;
const claim = (name: string, spec: object = {}, metadata: object = {}) =>
  [
    PersistentVolumeClaim,
    {
      metadata: { name, namespace: 'a', uid: name, resourceVersion: '5', ...metadata },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'lazy', ...spec },
      status: { phase: 'Pending' },
    },
  ] as const;
const bound = (name: string, volumeName: string) =>
  claim(name, { volumeName }, { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } });
const lazy = (more: object = {}) =>
  [
    StorageClass,
    { metadata: { name: 'lazy' }, provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer', ...more },
  ] as const;
const on = (name: string) => ({
  nodeAffinity: {
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] }] },
  },
});

const place = (what: Pod, objects: Objects, nodes: readonly Node[] = [node('x'), node('y')], pods: readonly Pod[] = []) => {
  const infos = nodes.map((one) => nodeInfo(one, one.metadata.name === 'x' ? pods : []));
  return schedule(what, { snapshot: snapshotOf(infos), world: worldOf(objects), random: seededRandom(1) }, defaultProfile);
};
const where = (...input: Parameters<typeof place>) => {
  const placement = place(...input);
  return placement.type === 'node' ? placement.nodeName : placement.message.replace(/^0\/\d nodes are available: /, '');
};

test('claims must be there and whole', () => {
  assert.equal(where(pod(['c']), []), 'persistentvolumeclaim "c" not found.');
  assert.equal(where(pod(['c']), [claim('c')]), 'pod has unbound immediate PersistentVolumeClaims.');
  const deleted = claim('c', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  assert.equal(where(pod(['c']), [deleted]), 'persistentvolumeclaim "c" is being deleted.');
  const ephemeral = { volumes: [{ name: 'e', ephemeral: {} }] };
  assert.equal(where(pod([], ephemeral), []), 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-e".');
  assert.equal(where(pod([], ephemeral), [claim('p-e')]), 'PVC a/p-e was not created for pod a/p (pod is not owner).');
  assert.equal(where(pod(['c']), [bound('c', 'gone')]), 'persistentvolume "gone" not found.');
});

test('bound claims lead to the node of their volume, or its zone', () => {
  assert.equal(where(pod(['c']), [bound('c', 'v'), volume('v', on('y'))]), 'y');
  assert.equal(where(pod(['c']), [bound('c', 'v'), volume('v', on('z'))]), "2 node(s) didn't match PersistentVolume's node affinity.");
  const zone = 'topology.kubernetes.io/zone';
  const zoned = (value: string) => [bound('c', 'v'), volume('v', {}, { labels: { [zone]: value } })];
  const nodes = [node('x', { [zone]: 'a' }), node('y', { [zone]: 'b' })];
  assert.equal(where(pod(['c']), zoned('b'), nodes), 'y');
  assert.equal(where(pod(['c']), zoned('c'), nodes), '2 node(s) had no available volume zone.');
  assert.match(where(pod(['c']), zoned('a__b'), nodes), /^[xy]$/);
  assert.match(where(pod(['c']), zoned('c')), /^[xy]$/, 'nodes that do not say where they are can reach every zone');
});

test('waiting claims find a volume of the node, each another one, the smallest first', () => {
  const objects = [lazy(), claim('c'), claim('d'), volume('v', on('y')), volume('w', { ...on('y'), capacity: { storage: '2Gi' } })];
  const placement = place(pod(['c', 'd']), objects);
  assert.equal(placement.type === 'node' && placement.nodeName, 'y');
  const plan = placement.type === 'node' ? (placement.state.data.get('VolumeBinding') as any).byNode.get('y') : undefined;
  assert.deepEqual(
    plan.bindings.map((one: any) => [one.claim.metadata.name, one.volume.metadata.name]),
    [
      ['c', 'v'],
      ['d', 'w'],
    ],
  );
  assert.equal(where(pod(['c', 'd']), objects.slice(0, 4)), "2 node(s) didn't find available persistent volumes to bind.");
});

test('waiting claims can be provisioned where the class allows it and there is room', () => {
  const made = lazy({ provisioner: 'example.com/driver' });
  assert.match(where(pod(['c']), [made, claim('c')]), /^[xy]$/);
  const selected = claim('c', {}, { annotations: { 'volume.kubernetes.io/selected-node': 'x' } });
  assert.equal(where(pod(['c']), [made, selected]), 'x');
  const topology = { allowedTopologies: [{ matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['y'] }] }] };
  assert.equal(where(pod(['c']), [lazy({ provisioner: 'example.com/driver', ...topology }), claim('c')]), 'y');
  const driver = [CSIDriver, { metadata: { name: 'example.com/driver' }, spec: { storageCapacity: true } }] as const;
  assert.equal(where(pod(['c']), [made, claim('c'), driver]), '2 node(s) did not have enough free storage.');
  const room = [
    CSIStorageCapacity,
    {
      metadata: { name: 's', namespace: 'a' },
      storageClassName: 'lazy',
      capacity: '5Gi',
      nodeTopology: { matchLabels: { 'kubernetes.io/hostname': 'y' } },
    },
  ] as const;
  assert.equal(where(pod(['c']), [made, claim('c'), driver, room]), 'y');
});

test('what one pod has reserved is out of reach for the next, until it is given back', () => {
  const world = worldOf([lazy(), claim('c'), claim('d'), volume('v')]);
  const snapshot = snapshotOf([nodeInfo(node('x'), [])]);
  const next = (name: string) => schedule(pod([name]), { snapshot, world, random: seededRandom(1) }, defaultProfile);
  const first = next('c');
  assert.ok(first.type === 'node');
  const undo = reserve(pod(['c']), first.nodeName, first.state, defaultProfile, {} as never);
  assert.equal(next('d').type, 'refused');
  void undo();
  assert.equal(next('d').type, 'node');
});

test('a claim for one pod is for one pod', () => {
  const objects = [
    claim('c', { accessModes: ['ReadWriteOncePod'], volumeName: 'v' }, { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }),
    volume('v'),
  ];
  const other = pod(['c'], { nodeName: 'x' });
  const message = '2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod.';
  assert.equal(where(pod(['c']), objects, undefined, [other]), message);
  assert.match(where(pod(['c']), objects), /^[xy]$/);
});

test('a node holds no more volumes of a driver than it can', () => {
  const csi = (name: string) => volume(name, { csi: { driver: 'd', volumeHandle: name } });
  const objects = [
    bound('c', 'v'),
    bound('other', 'w'),
    csi('v'),
    csi('w'),
    [CSINode, { metadata: { name: 'x' }, spec: { drivers: [{ name: 'd', nodeID: 'x', allocatable: { count: 1 } }] } }] as const,
  ];
  const nodes = [node('x')];
  const other = pod(['other'], { nodeName: 'x' });
  assert.equal(where(pod(['c']), objects, nodes), 'x');
  assert.equal(where(pod(['c']), objects, nodes, [other]), '1 node(s) exceed max volume count.');
  assert.equal(where(pod(['other']), objects, nodes, [other]), 'x');
});
