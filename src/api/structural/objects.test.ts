import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyKind, CustomVersion } from '../kind.ts';
import { NumberText } from '../number-text.ts';
import { fieldErrorsOf } from './field-errors.ts';
import { asFloating, withFloats } from './floats.ts';
import { decodeCustom } from './objects.ts';
import { validateValue } from './validate.ts';

test('unknown fields of any number are told', () => {
  const kind = { group: 'example.com', version: 'v1', kind: 'Foo' } as AnyKind;
  const custom = { schema: { type: 'object' }, preservesUnknown: false } as unknown as CustomVersion;
  const fields = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`f${index}`, 1]));
  const { object, warnings } = decodeCustom(kind, custom, { apiVersion: 'example.com/v1', kind: 'Foo', metadata: {}, ...fields });
  assert.equal(warnings.length, 200_000);
  assert.deepEqual(Object.keys(object), ['apiVersion', 'kind', 'metadata']);
});

test('whole numbers that are written as fractions are numbers until they are stored', () => {
  const kind = { group: 'example.com', version: 'v1', kind: 'Foo' } as AnyKind;
  const schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } } } },
  };
  const custom = { schema, preservesUnknown: false } as unknown as CustomVersion;
  const body = { apiVersion: 'example.com/v1', kind: 'Foo', metadata: {}, spec: { a: new NumberText('1e3'), b: new NumberText('2.0') } };
  const { object } = decodeCustom(kind, custom, body);
  assert.deepEqual((object as any).spec, { a: 1000, b: 2 });
  const faults = (value: object) => [...fieldErrorsOf(validateValue(schema as never, value))].map(({ text }) => text);
  assert.match(String(faults(withFloats(object))), /must be of type string: "number"/);
  assert.match(String(faults(withFloats(asFloating(structuredClone(object), object)))), /must be of type string: "number"/);
  assert.match(String(faults(structuredClone(object))), /must be of type string: "integer"/);
});

test('nulls of what was applied stay', () => {
  const kind = { group: 'example.com', version: 'v1', kind: 'Foo' } as AnyKind;
  const custom = {
    schema: { type: 'object', properties: { spec: { type: 'object' } } },
    preservesUnknown: false,
  } as unknown as CustomVersion;
  const body = { apiVersion: 'example.com/v1', kind: 'Foo', metadata: {}, spec: null };
  assert.equal('spec' in decodeCustom(kind, custom, body).object, false);
  assert.equal((decodeCustom(kind, custom, body, { isValue: true }).object as any).spec, null);
});
