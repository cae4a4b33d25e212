import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '../schema.ts';
import { shapeOfSchema } from '../structural/fields.ts';
import { object } from '../schema.ts';
import { isMistyped, undeclared } from './declared.ts';
import { itemEdge } from './typed.ts';

const shape = shapeOfSchema(
  'Foo',
  {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          color: { type: 'string' },
          when: { type: 'string', format: 'date-time' },
          num: { type: 'integer' },
          on: { type: 'boolean' },
          any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          ios: { 'x-kubernetes-int-or-string': true },
          tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
          ports: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['port', 'protocol'],
            items: {
              type: 'object',
              properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, name: { type: 'string' } },
            },
          },
        },
      },
    },
  },
  false,
);
const faultOf = (spec: JsonValue) => undeclared(object(0, shape), { spec });

/** As kube-apiserver 1.36.3 answers. */
test('configurations that do not fit their schema', () => {
  assert.equal(faultOf({ color: 'red', any: { z: [1] }, ios: {}, num: null, when: 5 }), undefined);
  assert.equal(faultOf({ nope: 1 }), '.spec.nope: field not declared in schema');
  assert.equal(faultOf({ num: 'x' }), '.spec.num: expected numeric (int or float), got string');
  assert.equal(faultOf({ color: 5 }), '.spec.color: expected string, got &value.valueUnstructured{Value:5}');
  assert.equal(
    faultOf({ color: { a: ['b', 1.5, null, true] } }),
    '.spec.color: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":[]interface {}{"b", 1.5, interface {}(nil), true}}}',
  );
  assert.equal(faultOf({ on: 'x' }), '.spec.on: expected boolean, got &{x}');
  assert.equal(faultOf({ tags: 'x' }), '.spec.tags: expected list, got &{x}');
  assert.equal(faultOf({ labels: 'x' }), '.spec.labels: expected map, got &{x}');
  assert.equal(faultOf({ tags: ['q', 'q'] }), '.spec.tags: duplicate entries for key [="q"]');
  assert.equal(faultOf({ ports: [{ port: 5 }, { port: 5 }] }), '.spec.ports: duplicate entries for key [port=5,protocol="TCP"]');
  assert.equal(
    faultOf({ ports: [{ port: 2 ** 63 }, { port: 2 ** 63 }] }),
    '.spec.ports: duplicate entries for key [port=9.223372036854776e+18,protocol="TCP"]',
  );
  assert.match(faultOf({ tags: [2 ** 63] }) ?? '', /^\.spec\.tags\[=9\.223372036854776e\+18\]: expected string/);
  assert.equal(faultOf({ ports: [{ name: 'x' }] }), undefined);
  assert.equal(faultOf({ ports: [null] }), '.spec.ports: element 0: associative list with keys may not have a null element');
  assert.equal(
    faultOf({ tags: [{}], num: 'x' }),
    "errors:\n  .spec.tags: element 0: associative list without keys has an element that's a map type\n  .spec.num: expected numeric (int or float), got string",
  );
});

test('a field that nobody knows is met last', () => {
  assert.equal(
    faultOf({ nope: 1, other: 2, num: 'x' }),
    'errors:\n  .spec.num: expected numeric (int or float), got string\n  .spec.nope: field not declared in schema',
  );
});

test('what is not of its type is owned by nobody; entries may stand twice', () => {
  const mistyped = (spec: JsonValue) => isMistyped(object(0, shape), { spec });
  assert.equal(mistyped({ num: 'x' }), true);
  assert.equal(mistyped({ nope: 1 }), true);
  assert.equal(mistyped({ tags: ['q', 'q'] }), false);
});

test('null is a key where nothing stands for what is left out', () => {
  const keys = { names: ['name', 'port'], defaults: { port: 80 } };
  assert.equal(itemEdge({ name: null, port: null }, keys), 'k:{"name":null,"port":80}');
  assert.equal(itemEdge('<', undefined), 'v:"\\u003c"');
});
