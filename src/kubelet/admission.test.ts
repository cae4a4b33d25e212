import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admitPod } from './admission.ts';
import type { Node, Pod } from './types.ts';

const pod = (name: string, requests: object): Pod =>
  ({ metadata: { name, uid: name }, spec: { containers: [{ name: 'c', resources: { requests } }] }, status: {} }) as never;
const node = (allocatable: object): Node => ({ metadata: { name: 'n' }, spec: {}, status: { allocatable } }) as never;
const refusal = (wanted: object, advertised: object, ...others: Pod[]) =>
  admitPod(pod('p', wanted), { node: node(advertised), allocatable: { cpu: '2', pods: '10' }, others, apparmor: false })?.message;

test('what the node has must be enough', () => {
  assert.equal(refusal({ cpu: '2' }, {}), undefined);
  assert.equal(
    refusal({ cpu: '1500m' }, {}, pod('q', { cpu: '1' })),
    "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
  );
});

test('extended resources count as the Node advertises them, and not at all where it does not', () => {
  const wanted = { 'example.com/foo': '2' };
  assert.equal(refusal(wanted, {}), undefined);
  assert.equal(refusal(wanted, { 'example.com/foo': '5' }, pod('q', wanted)), undefined);
  const message = "Node didn't have enough resource: example.com/foo, requested: 2, used: 4, capacity: 5";
  assert.equal(refusal(wanted, { 'example.com/foo': '5' }, pod('q', wanted), pod('r', wanted)), message);
});
