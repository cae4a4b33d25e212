import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CycleState, NodeInfo, Pod } from '../framework.ts';
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation.ts';

const score = (requests: object, requested: Readonly<Record<string, number>>, memory = 1000) =>
  nodeResourcesBalancedAllocation.score!(
    { spec: { containers: [{ name: 'c', resources: { requests } }] } } as unknown as Pod,
    { allocatable: new Map(Object.entries({ cpu: 1000, memory })), requested: new Map(Object.entries(requested)) } as unknown as NodeInfo,
    {} as CycleState,
  );

test('what counts is whether the pod makes a node more even, or less', () => {
  assert.equal(score({ cpu: '500m', memory: '500' }, {}), 75, 'as even as it was');
  assert.equal(score({ cpu: '500m' }, {}), 62, 'from 100 to 75');
  assert.equal(score({ cpu: '500m' }, { memory: 500 }), 87, 'from 75 to 100');
  assert.equal(score({ cpu: '500m' }, {}, 0), 75, 'a resource that is not there is left out');
});
