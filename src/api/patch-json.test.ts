import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyJsonPatch } from './patch-json.ts';

const fails = (document: unknown, patch: unknown, why: RegExp) =>
  assert.throws(
    () => applyJsonPatch(document, patch),
    (error: Error) => why.test(String((error.cause as Error).message)),
  );
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = { a: value };
  return value;
}

test('operations in order; the document stays as it was', () => {
  const document = { a: [1, 2, 3], b: { c: 1 } };
  const patched = applyJsonPatch(document, [
    { op: 'add', path: '/a/1', value: 9 },
    { op: 'move', from: '/a/0', path: '/a/-' },
    { op: 'copy', from: '/b', path: '/d' },
    { op: 'replace', path: '/d/c', value: 2 },
    { op: 'remove', path: '/a/0' },
  ]);
  assert.deepEqual(patched, { a: [2, 3, 1], b: { c: 1 }, d: { c: 2 } });
  assert.deepEqual(document, { a: [1, 2, 3], b: { c: 1 } });
});
test('what is put into itself again and again is refused', () => {
  const deeper = (rounds: number) =>
    Array.from({ length: rounds }, (_, round) => ({ op: 'add', path: '/a'.repeat(round * 100 + 1), value: nested(100) }));
  applyJsonPatch({}, deeper(4));
  fails({}, deeper(6), /exceeded max depth/);
  fails({}, deeper(100), /exceeded max depth/);
  fails({}, [...deeper(150), { op: 'copy', from: '/a', path: '/b' }], /exceeded max depth/);
});
test('operations that shift a long list are bounded', () => {
  const list = Array.from({ length: 700_000 }, () => 0);
  const many = (op: string) => Array.from({ length: 10_000 }, () => ({ op, path: '/list/0', value: 1 }));
  for (const op of ['add', 'remove']) fails({ list }, many(op), /moves more than 50000000 items/);
  const appended = applyJsonPatch(
    { list },
    Array.from({ length: 10_000 }, () => ({ op: 'add', path: '/list/-', value: 1 })),
  );
  assert.equal((appended as { list: unknown[] }).list.length, 710_000);
});
