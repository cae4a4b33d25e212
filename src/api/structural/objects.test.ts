import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyKind, CustomVersion } from '../kind.ts';
import { decodeCustom } from './objects.ts';

test('unknown fields of any number are told', () => {
  const kind = { group: 'example.com', version: 'v1', kind: 'Foo' } as AnyKind;
  const custom = { schema: { type: 'object' }, preservesUnknown: false } as unknown as CustomVersion;
  const fields = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`f${index}`, 1]));
  const { object, warnings } = decodeCustom(kind, custom, { apiVersion: 'example.com/v1', kind: 'Foo', metadata: {}, ...fields });
  assert.equal(warnings.length, 200_000);
  assert.deepEqual(Object.keys(object), ['apiVersion', 'kind', 'metadata']);
});
