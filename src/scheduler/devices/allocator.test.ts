import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../kinds/core/node.ts';
import type { DeviceClass } from '../../kinds/resource/device-class.ts';
import type { ResourceClaim } from '../../kinds/resource/resource-claim.ts';
import type { ResourceSlice } from '../../kinds/resource/resource-slice.ts';
import { allocatedBy } from './allocated.ts';
import { Allocator } from './allocator.ts';
import { gatherPools } from './pools.ts';
import { resultOf } from './result.ts';

const driver = 'driver.example.com';
const node = { metadata: { name: 'n', labels: { zone: 'a' } } } as unknown as Node;
const classes: Readonly<Record<string, object>> = {
  any: {},
  big: { selectors: [{ cel: { expression: `device.capacity["${driver}"].memory.compareTo(quantity("2Gi")) >= 0` } }] },
  configured: { config: [{ opaque: { driver, parameters: { a: 'b' } } }] },
};
const deviceClass = (name: string) =>
  classes[name] === undefined ? undefined : ({ metadata: { name }, spec: classes[name] } as unknown as DeviceClass);

const slice = (name: string, spec: object) =>
  ({
    metadata: { name },
    spec: { driver, pool: { name: 'pool', generation: 1, resourceSliceCount: 1 }, nodeName: 'n', ...spec },
  }) as unknown as ResourceSlice;
const device = (name: string, more: object = {}) => ({ name, ...more });
const request = (name: string, more: object = {}) => ({
  name,
  exactly: { deviceClassName: 'any', allocationMode: 'ExactCount', count: 1, ...more },
});
const claim = (name: string, requests: readonly object[], more: object = {}, status: object = {}) =>
  ({ metadata: { name, namespace: 'a' }, spec: { devices: { requests, ...more } }, status }) as unknown as ResourceClaim;
const having = (...devices: string[]) =>
  claim('other', [], {}, { allocation: { devices: { results: devices.map((one) => ({ driver, pool: 'pool', device: one })) } } });

const allocate = (claims: readonly ResourceClaim[], slices: readonly ResourceSlice[], others: readonly ResourceClaim[] = []) => {
  const allocator = new Allocator({ node, pools: gatherPools(slices, node), claims, allocated: allocatedBy(others), deviceClass });
  return allocator.run()?.map((plan) => resultOf(plan, node, () => 'id'));
};
/** 'request=device' of each claim, or none. */
const chosen = (...input: Parameters<typeof allocate>) =>
  allocate(...input)
    ?.map(({ devices }) => devices.results?.map(({ request: name, device: one }) => `${name}=${one}`).join(' '))
    .join(', ');

test('devices that are free and selected are taken, the first first', () => {
  const two = slice('s', {
    devices: [device('d1', { capacity: { memory: { value: '1Gi' } } }), device('d2', { capacity: { memory: { value: '4Gi' } } })],
  });
  assert.equal(chosen([claim('c', [request('r')])], [two]), 'r=d1');
  assert.equal(chosen([claim('c', [request('r')])], [two], [having('d1')]), 'r=d2');
  assert.equal(chosen([claim('c', [request('r')])], [two], [having('d1', 'd2')]), undefined);
  assert.equal(chosen([claim('c', [request('r', { deviceClassName: 'big' })])], [two]), 'r=d2');
  assert.equal(chosen([claim('c', [request('r', { count: 2 })])], [two]), 'r=d1 r=d2');
  assert.equal(chosen([claim('c', [request('r', { count: 3 })])], [two]), undefined);
  assert.equal(chosen([claim('c', [request('r')]), claim('e', [request('r')])], [two]), 'r=d1, r=d2');
  // The first choice for r would leave nothing for b: it is taken back
  assert.equal(
    chosen([claim('c', [request('r', { deviceClassName: 'any' }), request('b', { deviceClassName: 'big' })])], [two]),
    'r=d1 b=d2',
  );
  const reversed = slice('s', { devices: [...two.spec.devices!].reverse() });
  assert.equal(chosen([claim('c', [request('r'), request('b', { deviceClassName: 'big' })])], [reversed]), 'r=d1 b=d2');
});

test('all devices are all or none', () => {
  const two = slice('s', { devices: [device('d1'), device('d2')] });
  const all = claim('c', [request('r', { allocationMode: 'All', count: undefined })]);
  assert.equal(chosen([all], [two]), 'r=d1 r=d2');
  assert.equal(chosen([all], [two], [having('d2')]), undefined);
  assert.equal(chosen([all], []), undefined);
  const part = slice('s', { devices: [device('d1')], pool: { name: 'pool', generation: 1, resourceSliceCount: 2 } });
  const updated = /claim a\/c, request r: asks for all devices, but resource pool driver.example.com\/pool is currently being updated/;
  assert.throws(() => chosen([all], [part]), updated);
});

test('slices of the newest generation count, where the node can reach them', () => {
  const old = slice('a', { devices: [device('old')] });
  const newer = slice('b', { devices: [device('new')], pool: { name: 'pool', generation: 2, resourceSliceCount: 1 } });
  assert.equal(chosen([claim('c', [request('r')])], [old, newer]), 'r=new');
  assert.equal(chosen([claim('c', [request('r')])], [slice('s', { nodeName: 'other', devices: [device('d')] })]), undefined);
  const zoned = (value: string) => ({
    nodeName: undefined,
    nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: [value] }] }] },
    devices: [device('d')],
  });
  assert.equal(chosen([claim('c', [request('r')])], [slice('s', zoned('b'))]), undefined);
  const [found] = allocate([claim('c', [request('r')])], [slice('s', zoned('a'))])!;
  assert.deepEqual(found!.nodeSelector, zoned('a').nodeSelector);
  const [local] = allocate([claim('c', [request('r')])], [newer])!;
  assert.deepEqual(local!.nodeSelector, {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }],
  });
  const [everywhere] = allocate(
    [claim('c', [request('r')])],
    [slice('s', { nodeName: undefined, allNodes: true, devices: [device('d')] })],
  )!;
  assert.equal(everywhere!.nodeSelector, undefined);
  const twice = slice('s', { devices: [device('d'), device('d')] });
  assert.throws(() => chosen([claim('c', [request('r')])], [twice]), /^Error: invalid resource pools were encountered$/);
});

test('constraints hold for all devices together', () => {
  const withNuma = (name: string, numa: number) => device(name, { attributes: { numa: { int: numa } } });
  const devices = slice('s', { devices: [withNuma('a0', 0), withNuma('b1', 1), withNuma('c1', 1), device('none')] });
  const matching = { constraints: [{ matchAttribute: `${driver}/numa` }] };
  assert.equal(chosen([claim('c', [request('r', { count: 2 })], matching)], [devices]), 'r=b1 r=c1');
  assert.equal(chosen([claim('c', [request('r', { count: 3 })], matching)], [devices]), undefined);
  const distinct = { constraints: [{ distinctAttribute: `${driver}/numa` }] };
  assert.equal(chosen([claim('c', [request('r', { count: 2 })], distinct)], [devices]), 'r=a0 r=b1');
  assert.equal(chosen([claim('c', [request('r', { count: 3 })], distinct)], [devices]), undefined);
  const some = { constraints: [{ matchAttribute: `${driver}/numa`, requests: ['s'] }] };
  assert.equal(chosen([claim('c', [request('r'), request('s', { count: 2 })], some)], [devices]), 'r=a0 s=b1 s=c1');
});

test('of alternatives the first that can be had is taken', () => {
  const alternatives = {
    name: 'r',
    firstAvailable: [
      { name: 'two', deviceClassName: 'any', allocationMode: 'ExactCount', count: 2 },
      { name: 'one', deviceClassName: 'configured', allocationMode: 'ExactCount', count: 1 },
    ],
  };
  const config = [
    { requests: ['r/one'], opaque: { driver, parameters: { of: 'one' } } },
    { requests: ['r/two'], opaque: { driver, parameters: { of: 'two' } } },
  ];
  const wanted = claim('c', [alternatives], { config });
  assert.equal(chosen([wanted], [slice('s', { devices: [device('d1'), device('d2')] })]), 'r/two=d1 r/two=d2');
  const [only] = allocate([wanted], [slice('s', { devices: [device('d1')] })])!;
  assert.equal(only!.devices.results?.[0]?.request, 'r/one');
  assert.deepEqual(only!.devices.config, [
    { source: 'FromClass', requests: ['r/one'], opaque: { driver, parameters: { a: 'b' } } },
    { source: 'FromClaim', requests: ['r/one'], opaque: { driver, parameters: { of: 'one' } } },
  ]);
});

test('taints keep away those who do not tolerate them; administrators look at what others have', () => {
  const tainted = slice('s', { devices: [device('d', { taints: [{ key: 'broken', value: 'yes', effect: 'NoSchedule' }] })] });
  assert.equal(chosen([claim('c', [request('r')])], [tainted]), undefined);
  assert.equal(chosen([claim('c', [request('r', { tolerations: [{ key: 'broken', operator: 'Exists' }] })])], [tainted]), 'r=d');
  const plain = slice('s', { devices: [device('d')] });
  assert.equal(chosen([claim('c', [request('r', { adminAccess: true })])], [plain], [having('d')]), 'r=d');
  assert.equal(chosen([claim('c', [request('r', { adminAccess: true, count: 2 })])], [plain], [having('d')]), undefined);
});

test('partitions of a device share its counters', () => {
  const part = (name: string, amount: string) =>
    device(name, { consumesCounters: [{ counterSet: 'gpu', counters: { memory: { value: amount } } }] });
  const pool = { name: 'pool', generation: 1, resourceSliceCount: 2 };
  const slices = [
    slice('counters', { pool, sharedCounters: [{ name: 'gpu', counters: { memory: { value: '4Gi' } } }] }),
    slice('devices', { pool, devices: [part('half1', '2Gi'), part('half2', '2Gi'), part('whole', '4Gi')] }),
  ];
  assert.equal(chosen([claim('c', [request('r', { count: 2 })])], slices), 'r=half1 r=half2');
  assert.equal(chosen([claim('c', [request('r', { count: 3 })])], slices), undefined);
  assert.equal(chosen([claim('c', [request('r')])], slices, [having('whole')]), undefined);
  assert.equal(chosen([claim('c', [request('r')])], slices, [having('half1')]), 'r=half2');
});

test('a device that is shared is taken in parts', () => {
  const policy = { default: '1Gi', validRange: { min: '1Gi', step: '1Gi', max: '8Gi' } };
  const shared = slice('s', {
    devices: [device('nic', { allowMultipleAllocations: true, capacity: { bandwidth: { value: '10Gi', requestPolicy: policy } } })],
  });
  const asking = (amount: string | undefined) =>
    request('r', amount === undefined ? {} : { capacity: { requests: { bandwidth: amount } } });
  const consumed = (claims: readonly ResourceClaim[], others: readonly ResourceClaim[] = []) =>
    allocate(claims, [shared], others)?.map(({ devices }) => devices.results?.map(({ consumedCapacity }) => consumedCapacity?.bandwidth));
  assert.deepEqual(consumed([claim('c', [asking(undefined)])]), [['1Gi']]);
  assert.deepEqual(consumed([claim('c', [asking('1500Mi')])]), [['2Gi']]);
  assert.equal(consumed([claim('c', [asking('9Gi')])]), undefined);
  assert.deepEqual(consumed([claim('c', [asking('5Gi')]), claim('e', [asking('5Gi')])]), [['5Gi'], ['5Gi']]);
  assert.equal(consumed([claim('c', [asking('5Gi')]), claim('e', [asking('6Gi')])]), undefined);
  const results = [{ driver, pool: 'pool', device: 'nic', shareID: 'x', consumedCapacity: { bandwidth: '8Gi' } }];
  const other = claim('other', [], {}, { allocation: { devices: { results } } });
  assert.equal(consumed([claim('c', [asking('3Gi')])], [other]), undefined);
  assert.deepEqual(consumed([claim('c', [asking('2Gi')])], [other]), [['2Gi']]);
});

test('what is wrong with a claim or class is an error', () => {
  const one = slice('s', { devices: [device('d')] });
  assert.throws(
    () => chosen([claim('c', [request('r', { deviceClassName: 'no' })])], [one]),
    /claim a\/c, request r: could not retrieve device class no: deviceclass.resource.k8s.io "no" not found/,
  );
  const selectors = [{ cel: { expression: 'device.attributes["x"].y' } }];
  assert.throws(
    () => chosen([claim('c', [request('r', { selectors })])], [one]),
    /claim a\/c: selector #0: CEL runtime error: no such key: y/,
  );
  assert.throws(
    () => chosen([claim('c', [request('r', { count: 33 })])], [one]),
    /number of requested devices 33 exceeds the claim limit of 32/,
  );
});
