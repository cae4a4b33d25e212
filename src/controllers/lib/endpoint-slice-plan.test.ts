import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../kinds/core/node.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import type { Service } from '../../kinds/core/service.ts';
import type { EndpointSlice } from '../../kinds/discovery/endpoint-slice.ts';
import { type NewSlice, planSlices } from './endpoint-slice-plan.ts';
import { subsetsOf, truncated } from './endpoints-subsets.ts';

const service = (spec: object = {}) =>
  ({
    metadata: { name: 'web', namespace: 'a', uid: 's', labels: { team: 'x' } },
    spec: {
      clusterIP: '10.96.0.9',
      ipFamilies: ['IPv4'],
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 'web' }],
      ...spec,
    },
  }) as unknown as Service;
const pod = (name: string, { ready = true, port = 8080, deleting = false, ip = `10.0.0.${name.slice(1)}` } = {}) =>
  ({
    metadata: { name, namespace: 'a', uid: `u-${name}`, ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: { nodeName: 'n1', containers: [{ name: 'c', ports: [{ name: 'web', containerPort: port, protocol: 'TCP' }] }] },
    status: { phase: 'Running', podIPs: ip ? [{ ip }] : [], conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }) as unknown as Pod;
const node = { metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'z1' } } } as unknown as Node;
const plan = (pods: readonly Pod[], existing: readonly EndpointSlice[] = [], of = service()) =>
  planSlices(of, 'IPv4', existing, pods, () => node);
const stored = (slice: NewSlice, name: string) =>
  ({ ...slice, metadata: { ...slice.metadata, name, uid: name } }) as unknown as EndpointSlice;

test('a pod becomes an endpoint with its conditions, node and zone', () => {
  const { create } = plan([pod('p1'), pod('p2', { ready: false }), pod('p3', { deleting: true }), pod('p4', { ip: '' })]);
  assert.equal(create.length, 1);
  assert.deepEqual(create[0]!.metadata.labels, {
    team: 'x',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  });
  assert.deepEqual(create[0]!.ports, [{ name: 'http', port: 8080, protocol: 'TCP' }]);
  assert.deepEqual(
    create[0]!.endpoints.map(({ conditions }) => conditions),
    [
      { ready: true, serving: true, terminating: false },
      { ready: false, serving: false, terminating: false },
      { ready: false, serving: true, terminating: true },
    ],
  );
  assert.equal(create[0]!.endpoints[0]!.zone, 'z1');
});

test('nothing is written when nothing changed; one slice when one pod did', () => {
  const pods = [pod('p1'), pod('p2')];
  const slice = stored(plan(pods).create[0]!, 'web-x');
  assert.deepEqual(plan(pods, [slice]), { create: [], update: [], remove: [] });
  const { create, update, remove } = plan([pod('p1'), pod('p2', { ready: false })], [slice]);
  assert.deepEqual([create.length, update.length, remove.length], [0, 1, 0]);
  assert.equal(update[0]!.metadata.name, 'web-x');
});

test('a hundred endpoints to a slice, new ones where there is room', () => {
  const many = Array.from({ length: 150 }, (_, index) => pod(`p${index + 1}`, { ip: `10.0.1.${index + 1}` }));
  const { create } = plan(many);
  assert.deepEqual(
    create.map(({ endpoints }) => endpoints.length),
    [100, 50],
  );
  const slices = create.map((slice, index) => stored(slice, `web-${index}`));
  const grown = plan([...many, pod('p200')], slices);
  assert.deepEqual([grown.create.length, grown.update.map(({ metadata }) => metadata.name)], [0, ['web-1']]);
});

test('pods that map a named port differently stand in slices of their own', () => {
  const { create } = plan([pod('p1'), pod('p2', { port: 9090 })]);
  assert.deepEqual(create.map(({ ports }) => ports[0]!.port).sort(), [8080, 9090]);
});

test('without pods there is one empty slice, and it is reused', () => {
  const { create } = plan([]);
  assert.deepEqual([create.length, create[0]!.ports], [1, []]);
  const empty = stored(create[0]!, 'web-x');
  assert.deepEqual(plan([], [empty]), { create: [], update: [], remove: [] });
  const filled = plan([pod('p1')], [empty]);
  assert.deepEqual([filled.create.length, filled.update.length, filled.remove.length], [0, 1, 0]);
  assert.equal(filled.update[0]!.endpoints.length, 1);
});

test('slices of an earlier service of that name go', () => {
  const other = stored(
    { ...plan([pod('p1')]).create[0]!, metadata: { ...plan([pod('p1')]).create[0]!.metadata, ownerReferences: [] } },
    'web-old',
  );
  const { create, remove } = plan([pod('p1')], [other]);
  assert.deepEqual([create.length, remove.length], [1, 1]);
});

test('headless services are labelled; publishNotReadyAddresses counts all as ready; hints follow the traffic distribution', () => {
  const { create } = plan([pod('p1', { ready: false })], [], service({ clusterIP: 'None', ports: [], publishNotReadyAddresses: true }));
  assert.equal(create[0]!.metadata.labels['service.kubernetes.io/headless'], '');
  assert.deepEqual(create[0]!.endpoints[0]!.conditions, { ready: true, serving: false, terminating: false });
  const close = plan([pod('p1')], [], service({ trafficDistribution: 'PreferClose' }));
  assert.deepEqual(close.create[0]!.endpoints[0]!.hints, { forZones: [{ name: 'z1' }] });
});

test('Endpoints hold the same, ready and not, and no more than a thousand', () => {
  const subsets = subsetsOf(service(), [pod('p2'), pod('p1'), pod('p3', { ready: false }), pod('p4', { deleting: true })]);
  assert.equal(subsets.length, 1);
  assert.deepEqual(
    subsets[0]!.addresses?.map(({ ip }) => ip),
    ['10.0.0.1', '10.0.0.2'],
  );
  assert.deepEqual(
    subsets[0]!.notReadyAddresses?.map(({ ip }) => ip),
    ['10.0.0.3'],
  );
  const addresses = Array.from({ length: 900 }, (_, index) => ({ ip: String(index) }));
  const cut = truncated([{ addresses, notReadyAddresses: addresses }]);
  assert.ok(cut.cut);
  assert.deepEqual([cut.subsets[0]!.addresses?.length, cut.subsets[0]!.notReadyAddresses?.length], [900, 100]);
});
