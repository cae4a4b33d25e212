import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { OwnerGraph } from './owner-graph.ts';

const kind = { group: '', version: 'v1', kind: 'Thing' } as AnyKind;
interface Options {
  readonly owner?: string;
  readonly blocks?: boolean;
  readonly finalizers?: string[];
  readonly namespace?: string;
}
const thing = (uid: string, { owner, blocks = false, finalizers, namespace = 'a' }: Options = {}) =>
  ({
    metadata: {
      name: uid,
      namespace,
      uid,
      ...(finalizers ? { finalizers, deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
      ...(owner ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Thing', name: owner, uid: owner, blockOwnerDeletion: blocks }] } : {}),
    },
  }) as unknown as ApiObject;

test('an owner that no informer has shown is to be looked up; one that goes leaves its dependents to be looked at', () => {
  const graph = new OwnerGraph();
  assert.deepEqual([...graph.put(kind, thing('child', { owner: 'parent' })).check], ['parent']);
  assert.deepEqual([...graph.put(kind, thing('parent')).check], []);
  assert.deepEqual([...graph.remove('parent').check], ['child']);
  assert.equal(graph.size, 1);
});

test('deletion in the foreground looks at the dependents, and at the owner as they go', () => {
  const graph = new OwnerGraph();
  graph.put(kind, thing('parent'));
  graph.put(kind, thing('blocks', { owner: 'parent', blocks: true }));
  graph.put(kind, thing('free', { owner: 'parent' }));
  const { check } = graph.put(kind, thing('parent', { finalizers: ['foregroundDeletion'] }));
  assert.deepEqual([...check].sort(), ['blocks', 'free', 'parent']);
  assert.deepEqual(
    graph.blocking(graph.get('parent')!).map(({ identity }) => identity.name),
    ['blocks'],
  );
  assert.deepEqual([...graph.put(kind, thing('blocks', { owner: 'parent' })).check], ['parent']);
  assert.deepEqual([...graph.remove('free').check], ['parent']);
});

test('orphaning is asked for once; owners in another namespace are wrong', () => {
  const graph = new OwnerGraph();
  const ending = thing('parent', { finalizers: ['orphan'] });
  assert.deepEqual([...graph.put(kind, ending).orphan], ['parent']);
  assert.deepEqual([...graph.put(kind, ending).orphan], []);
  const { check, misplaced } = graph.put(kind, thing('stray', { owner: 'parent', namespace: 'b' }));
  assert.deepEqual([[...check], misplaced.length], [['stray'], 1]);
});

test('nodes that were only heard of are forgotten with their last dependent', () => {
  const graph = new OwnerGraph();
  graph.put(kind, thing('child', { owner: 'ghost' }));
  graph.remove('child');
  assert.equal(graph.size, 0);
});
