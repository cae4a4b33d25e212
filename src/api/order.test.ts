import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineKind } from './kind.ts';
import { list, map, object, of, opt, ptr, shape, string } from './schema.ts';
import { asDeclared } from './order.ts';

const part = shape('a.Part', { name: string(1), labels: opt(map(2, string(0))), image: ptr(string(3)) });
const kind = defineKind({
  group: '',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  scope: 'Namespaced',
  openApiName: 'a.Thing',
  fields: { spec: object(2, shape('a.Spec', { parts: opt(list(1, of(part))), one: ptr(object(2, part)) })) },
});
const metadata = { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const thing = (spec: object) => ({ kind: 'Thing', apiVersion: 'v1', metadata, spec }) as never;

test('members that were set late come to stand where they are declared', () => {
  const given = thing({ one: { image: 'x', name: 'a' }, parts: [{ name: 'a' }, { labels: { b: '1', a: '2' }, name: 'b' }] });
  const sorted = asDeclared(kind, given);
  assert.equal(
    JSON.stringify(sorted),
    JSON.stringify(thing({ parts: [{ name: 'a' }, { name: 'b', labels: { a: '2', b: '1' } }], one: { name: 'a', image: 'x' } })),
  );
  assert.deepEqual(sorted, given);
});

test('an object in order is given back as it is', () => {
  const given = thing({ parts: [{ name: 'a', labels: { a: '', b: '' } }] });
  assert.equal(asDeclared(kind, given), given);
});
