import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planMirror } from './mirrored-slices.ts';

const http = { name: 'http', port: 80, protocol: 'TCP' };
const of = (subsets: object[], more: object = {}): any => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'web', namespace: 'a', uid: 'u1', ...more },
  subsets,
});
const ready = (...ips: string[]) => ips.map((ip) => ({ ip }));
/** What the API makes of a planned slice. */
const stored = (slice: any, name = slice.metadata.name ?? 'web-1'): any => ({
  ...slice,
  metadata: { ...slice.metadata, generateName: undefined, name, uid: name },
});
const shown = (slices: readonly any[]) =>
  slices.map(({ addressType, ports, endpoints }) => [
    addressType,
    ports.map(({ port }: any) => port),
    endpoints.map(({ addresses, conditions }: any) => `${addresses[0]} ${conditions.ready ? '+' : '-'}`),
  ]);

test('one slice for each set of ports and family', () => {
  const subsets = [
    { addresses: ready('10.0.0.1', 'fd00::1'), notReadyAddresses: ready('10.0.0.2'), ports: [http] },
    { addresses: ready('10.0.0.1'), ports: [{ ...http, name: 'admin', port: 81 }] },
    { addresses: ready('not an address') },
  ];
  const { create, update, remove, invalid, tooMany } = planMirror(of(subsets), []);
  assert.deepEqual(shown(create), [
    ['IPv4', [80], ['10.0.0.1 +', '10.0.0.2 -']],
    ['IPv6', [80], ['fd00::1 +']],
    ['IPv4', [81], ['10.0.0.1 +']],
  ]);
  assert.deepEqual([update, remove, invalid, tooMany], [[], [], 1, 0]);
});

test('labels and annotations are taken over, but for some', () => {
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    'endpoints.kubernetes.io/last-change-trigger-time': 'x',
    own: 'y',
  };
  const { create } = planMirror(of([{ addresses: ready('10.0.0.1') }], { labels: { app: 'web' }, annotations }), []);
  assert.deepEqual(create[0]?.metadata, {
    namespace: 'a',
    generateName: 'web-',
    labels: {
      app: 'web',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
    },
    annotations: { own: 'y' },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Endpoints', name: 'web', uid: 'u1', controller: true, blockOwnerDeletion: true }],
  });
});

test('a slice that says it already is left alone; others are changed, reused, or removed', () => {
  const before = of([{ addresses: ready('10.0.0.1'), ports: [http] }]);
  const slice = stored(planMirror(before, []).create[0]);
  const nothing = { create: [], update: [], remove: [], invalid: 0, tooMany: 0 };
  assert.deepEqual(planMirror(before, [slice]), nothing);
  assert.deepEqual(
    planMirror(before, [slice, stored(slice, 'web-2')]).remove.map(({ metadata }) => metadata.name),
    ['web-2'],
  );

  const grown = planMirror(of([{ addresses: ready('10.0.0.1', '10.0.0.3'), ports: [http] }]), [slice]);
  assert.deepEqual([shown(grown.update), grown.update[0]?.metadata.name], [[['IPv4', [80], ['10.0.0.1 +', '10.0.0.3 +']]], 'web-1']);
  const moved = planMirror(of([{ addresses: ready('10.0.0.1'), ports: [{ ...http, port: 8080 }] }]), [slice]);
  assert.deepEqual([moved.create, moved.remove, shown(moved.update)], [[], [], [['IPv4', [8080], ['10.0.0.1 +']]]]);
  const another = planMirror(of([{ addresses: ready('fd00::1'), ports: [http] }]), [slice]);
  assert.deepEqual([another.create.length, another.remove.length], [1, 1]);
  assert.deepEqual(planMirror(of([]), [slice]).remove, [slice]);
  assert.equal(planMirror(of([{ addresses: ready('10.0.0.1'), ports: [http] }], { uid: 'u2' }), [slice]).update.length, 1);
  assert.equal(planMirror(of([{ addresses: ready('10.0.0.1'), ports: [http] }], { labels: { a: 'b' } }), [slice]).update.length, 1);
});

test('not ready wins, and no more than a thousand are mirrored', () => {
  const both = planMirror(of([{ addresses: ready('10.0.0.1'), notReadyAddresses: ready('10.0.0.1'), ports: [http] }]), []);
  assert.deepEqual(shown(both.create), [['IPv4', [80], ['10.0.0.1 -']]]);
  const many = Array.from({ length: 1005 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
  const { create, tooMany } = planMirror(of([{ addresses: ready(...many), ports: [http] }]), []);
  assert.deepEqual([create[0]?.endpoints.length, tooMany], [1000, 5]);
});
