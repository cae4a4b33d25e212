import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease } from '../../kinds/coordination/lease.ts';
import type { Node } from '../../kinds/core/node.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { freeSubnet } from './cidr.ts';
import { deadPods } from './dead-pods.ts';
import { toleratedMs } from './eviction-time.ts';
import { isSilent, observe, unknownConditions, zoneState } from './node-health.ts';
import { wantedTaints } from './node-taints.ts';
import { ZoneBrake } from './zone-brake.ts';

const node = (conditions: object[], spec: object = {}) =>
  ({ metadata: { name: 'n', creationTimestamp: '1970-01-01T00:00:00Z' }, spec, status: { conditions } }) as unknown as Node;
const ready = (status: string) => ({ type: 'Ready', status, lastHeartbeatTime: '2026-01-01T00:00:00Z' });
const lease = (renewTime: string) => ({ spec: { renewTime } }) as unknown as Lease;

test('a renewed lease is a sign of life; silence makes what is known unknown', () => {
  const one = node([ready('True')]);
  const first = observe(undefined, one, lease('2026-01-01T00:00:00.000000Z'), 1000, 0);
  assert.equal(first.seenMs, 1000);
  const second = observe(first, one, lease('2026-01-01T00:00:10.000000Z'), 11_000, 0);
  assert.equal(second.seenMs, 11_000);
  assert.equal(observe(second, one, lease('2026-01-01T00:00:10.000000Z'), 20_000, 0).seenMs, 11_000);
  assert.equal(isSilent(second, one, 61_000), false);
  assert.equal(isSilent(second, one, 61_001), true);
  const reasons = unknownConditions(one, 61_001).map(({ type, status, reason }) => [type, status, reason]);
  assert.deepEqual(reasons[0], ['Ready', 'Unknown', 'NodeStatusUnknown']);
  assert.deepEqual(reasons[1], ['MemoryPressure', 'Unknown', 'NodeStatusNeverUpdated']);
});

test('a lease renewed with an earlier time is a sign of life too: the clock was set back', () => {
  const one = node([ready('True')]);
  const first = observe(undefined, one, lease('2026-01-01T12:00:00.000000Z'), 1000, 0);
  assert.equal(observe(first, one, lease('2026-01-01T09:00:10.000000Z'), 11_000, 0).seenMs, 11_000);
  const silent = node([]);
  assert.equal(observe(undefined, silent, undefined, 100_000, 20_000).seenMs, 80_000);
  assert.equal(observe(undefined, silent, undefined, 100_000, -3_600_000).seenMs, 100_000);
});

test('conditions become NoSchedule taints, others stay', () => {
  const other = { key: 'mine', effect: 'NoSchedule' };
  const old = { key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' };
  const taints = wantedTaints(node([ready('Unknown')], { unschedulable: true, taints: [other, old] }), 0);
  assert.deepEqual(
    taints.map(({ key }) => key),
    ['mine', 'node.kubernetes.io/unreachable', 'node.kubernetes.io/unschedulable'],
  );
  const fine = node([ready('True')], { taints: [other] });
  assert.equal(wantedTaints(fine, 0), fine.spec.taints);
});

test('zones: how many may be evicted, and none when nobody answers', () => {
  assert.deepEqual(
    [zoneState(1, 0), zoneState(0, 1), zoneState(1, 3), zoneState(2, 1)],
    ['Normal', 'FullDisruption', 'PartialDisruption', 'Normal'],
  );
  const brake = new ZoneBrake();
  brake.add('', 'a', 0);
  brake.add('', 'b', 0);
  assert.deepEqual(brake.take(0), ['a']);
  assert.deepEqual(brake.take(9_999), []);
  assert.deepEqual(brake.take(10_000), ['b']);
  assert.equal(brake.adjust(new Map([['', { ready: 0, notReady: 2 }]]), 10_000), 'stop');
  brake.add('', 'c', 10_000);
  assert.deepEqual(brake.take(99_000), []);
  assert.equal(brake.adjust(new Map([['', { ready: 1, notReady: 1 }]]), 99_000), 'resume');
  assert.deepEqual(brake.take(110_000), ['c']);
});

test('tolerations give time, or all the time', () => {
  const taint = { key: 'k', effect: 'NoExecute' };
  assert.equal(toleratedMs([taint]), 0);
  assert.equal(toleratedMs([taint], [{ key: 'k', operator: 'Exists' }] as never), Number.POSITIVE_INFINITY);
  assert.equal(toleratedMs([taint], [{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }] as never), 300_000);
  const several = [
    { operator: 'Exists', tolerationSeconds: 60 },
    { key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 },
  ];
  assert.equal(toleratedMs([taint], several as never), 5_000);
});

test('pods that nobody else removes', () => {
  const pod = (name: string, phase: string, nodeName?: string, deleting = false) =>
    ({
      metadata: { name, creationTimestamp: name, ...(deleting ? { deletionTimestamp: 'x' } : {}) },
      spec: { nodeName },
      status: { phase },
    }) as unknown as Pod;
  const pods = [pod('1', 'Succeeded', 'n'), pod('2', 'Failed', 'n'), pod('3', 'Pending', undefined, true), pod('4', 'Running', 'gone')];
  const found = deadPods(pods, new Map([['n', node([ready('True')])]]), 1);
  assert.deepEqual(
    found.terminated.map(({ metadata }) => metadata.name),
    ['1'],
  );
  assert.deepEqual(
    found.unscheduled.map(({ metadata }) => metadata.name),
    ['3'],
  );
  assert.deepEqual([...found.missingNodes], ['gone']);
});

test('subnets are given out from the start, without overlap', () => {
  assert.equal(freeSubnet('10.244.0.0/16', []), '10.244.0.0/24');
  assert.equal(freeSubnet('10.244.0.0/16', ['10.244.0.0/24', '10.244.2.0/23']), '10.244.1.0/24');
  assert.equal(freeSubnet('10.244.0.0/24', ['10.244.0.0/24']), undefined);
  assert.equal(freeSubnet('nonsense', []), undefined);
});
