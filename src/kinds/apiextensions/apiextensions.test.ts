import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeObject } from '../../api/decode.ts';
import { NumberText } from '../../api/json.ts';
import type { Draft } from '../../api/kind.ts';
import { validateObjectMeta } from '../../api/validate-meta.ts';
import { VirtualClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { CustomResourceDefinition } from './custom-resource-definition.ts';
import { caBundleFault } from './lib/ca-bundle.ts';
import { placeOf } from './lib/field-path.ts';

/** What k8s.io/apiextensions-apiserver 0.36.3 found wrong with generated definitions; one case a line. Errors are in no order. */
const cases = readFileSync(join(import.meta.dirname, 'testdata/definitions.jsonl'), 'utf8')
  .trim()
  .split('\n');

const { strategy } = CustomResourceDefinition;
function decoded(json: unknown): Draft<CustomResourceDefinition> {
  const { object } = decodeObject(CustomResourceDefinition, json, { fieldValidation: 'Ignore' });
  const draft = object as Draft<CustomResourceDefinition>;
  strategy.defaults!(draft);
  return draft;
}

for (const [index, line] of cases.entries()) {
  test(`definition ${index + 1} is judged as upstream judges it`, () => {
    const given = JSON.parse(line);
    const draft = decoded(given.new);
    const clock = new VirtualClock();
    let old: CustomResourceDefinition | undefined;
    if (given.old === undefined)
      strategy.prepareForCreate!(draft, { clock, identity: { user: 'eve', groups: [] }, random: seededRandom(1) });
    else {
      old = decoded(given.old) as CustomResourceDefinition;
      draft.status = structuredClone(old.status) as typeof draft.status;
      strategy.prepareForUpdate!(draft, old, { clock, subresource: '' });
    }
    const object = draft as CustomResourceDefinition;
    const context = old === undefined ? { subresource: '' } : { old, subresource: '' };
    const errors = [
      ...validateObjectMeta(CustomResourceDefinition, object.metadata, { old: old?.metadata }),
      ...strategy.validate!(object, context),
    ];
    assert.deepEqual(errors.map(({ type, path, text }) => `${type} ${path} ${text}`).sort(), given.errors.sort());
    assert.deepEqual([...strategy.warnings!(object, old)], given.warnings);
  });
}

test('schemas that may be two things are read and written as they are', () => {
  const schema = {
    type: 'object',
    properties: {
      a: { type: 'array', items: { type: 'string' } },
      b: { additionalProperties: true },
      c: { additionalProperties: { type: 'string' } },
    },
  };
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }];
  assert.deepEqual(decoded({ spec: { versions } }).spec.versions[0]!.schema!.openAPIV3Schema, schema);
  const wrong = [{ ...versions[0], schema: { openAPIV3Schema: { additionalProperties: 5 } } }];
  assert.throws(() => decoded({ spec: { versions: wrong } }), /boolean or JSON schema expected/);
  const deep = [{ ...versions[0], schema: { openAPIV3Schema: { items: { type: 5 } } } }];
  assert.throws(
    () => decoded({ spec: { versions: deep } }),
    /cannot unmarshal number into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.items.type of type string/,
  );
  const large = [
    { ...versions[0], schema: { openAPIV3Schema: { minimum: new NumberText('1e999'), maxProperties: new NumberText('1e2') } } },
  ];
  assert.throws(() => decoded({ spec: { versions: large } }), /number 1e999 into Go struct field \S+\.minimum of type float64/);
});

test('places in a schema', () => {
  const schema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: { 'a.b': { type: 'string' }, map: { type: 'object', additionalProperties: { type: 'integer' } } },
      },
    },
  };
  assert.equal(placeOf(schema, ".spec['a.b']").path, 'spec.a.b');
  assert.equal(placeOf(schema, '.spec.map.x').path, 'spec.map[x]');
  assert.throws(() => placeOf(schema, '.spec.none'), /does not refer to a valid field/);
  assert.throws(() => placeOf(schema, ".spec['a.b", true), /expected single quoted string but got 'a.b/);
  assert.throws(() => placeOf(schema, ".spec['a.b']", false), /array notation is not allowed/);
  assert.throws(() => placeOf(schema, 'spec'), /expected \[ or \. but got: spec/);
});

test('bundles of certificates', () => {
  const pem = (body: string) => btoa(`-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`);
  assert.equal(caBundleFault(undefined), undefined);
  assert.equal(caBundleFault(pem(btoa('\x30\x03abc'))), undefined);
  assert.match(caBundleFault(btoa('x'))!, /^unable to load root certificates: unable to parse bytes as PEM block$/);
  assert.match(caBundleFault(pem(btoa('abc')))!, /failed to parse certificate/);
});

test('rules about changes need parts that can be told to be the same', () => {
  const rule = { 'x-kubernetes-validations': [{ rule: 'self >= oldSelf' }] };
  const faults = (schema: object) => {
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }];
    const metadata = { name: 'things.example.com' };
    const spec = { group: 'example.com', scope: 'Namespaced', names: { plural: 'things', kind: 'Thing' }, versions };
    return [...strategy.validate!(decoded({ metadata, spec }), { subresource: '' })]
      .map(({ text }) => /oldSelf cannot be used .* within (.*)$/.exec(text)?.[1])
      .filter((path) => path !== undefined);
  };
  const list = { type: 'array', maxItems: 5, items: { type: 'integer', ...rule } };
  const at = 'spec.validation.openAPIV3Schema';
  assert.deepEqual(faults({ type: 'object', properties: { a: list } }), [`${at}.properties[a]`]);
  assert.deepEqual(faults({ type: 'object', properties: { a: list }, 'x-kubernetes-map-type': 'x' }), [at]);
  assert.deepEqual(faults({ type: 'object', properties: { a: list.items }, 'x-kubernetes-map-type': 'atomic' }), []);
});
