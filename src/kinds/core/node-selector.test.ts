import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesNodeSelectorTerm, nodeMatchesPod } from './lib/node-selector.ts';
import type { Node } from './node.ts';

const node = { metadata: { name: 'n', labels: { zone: 'a' } } } as unknown as Node;

test('a label is what a node has, not what every object has', () => {
  const term = (key: string, operator: string) =>
    matchesNodeSelectorTerm({ matchExpressions: [{ key, operator, values: [] }] } as never, node);
  assert.deepEqual([term('zone', 'Exists'), term('constructor', 'Exists'), term('constructor', 'DoesNotExist')], [true, false, true]);
  assert.equal(nodeMatchesPod({ spec: { nodeSelector: { zone: 'a' } } }, node), true);
});
