import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeObject } from '../../api/decode.ts';
import type { Draft } from '../../api/kind.ts';
import { fieldError } from '../../api/status.ts';
import { CustomResourceDefinition } from './custom-resource-definition.ts';
import { customKinds } from './lib/custom-kind.ts';

/** What kube-apiserver 1.36.3 answered to these schemas and objects; one case a line. Causes are in the order of their text. */
const lines = (file: string) =>
  readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function definitionOf(schema: object): CustomResourceDefinition {
  const { object } = decodeObject(CustomResourceDefinition, {
    metadata: { name: 'bars.r.io' },
    spec: {
      group: 'r.io',
      scope: 'Namespaced',
      names: { plural: 'bars', kind: 'Bar' },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } }],
    },
  });
  const draft = object as Draft<CustomResourceDefinition>;
  CustomResourceDefinition.strategy.defaults!(draft);
  draft.status.acceptedNames = structuredClone(draft.spec.names);
  return draft as CustomResourceDefinition;
}
const causes = (errors: Iterable<{ readonly path: string; readonly text: string }>) =>
  [...errors].map(({ path, text }) => `${path}: ${text}`).sort();

for (const [index, { schema, causes: wanted }] of lines('rules.jsonl').entries()) {
  test(`rules ${index + 1} of a schema are judged as upstream judges them`, () => {
    assert.deepEqual(causes(CustomResourceDefinition.strategy.validate!(definitionOf(schema), { subresource: '' })), wanted);
  });
}

const [{ schema }, ...runs] = lines('rule-runs.jsonl');
const [bar] = customKinds(definitionOf(schema));
for (const [index, { object, old, causes: wanted }] of runs.entries()) {
  test(`rules judge object ${index + 1} as upstream's do`, () => {
    const draft = structuredClone(object);
    bar!.strategy.defaults!(draft);
    const context = old === undefined ? { subresource: '' } : { old, subresource: '' };
    assert.deepEqual(causes(bar!.strategy.validate!(draft, context)), wanted);
  });
}

test('what fails a rule and did not change is warned of', () => {
  const old = { apiVersion: 'r.io/v1', kind: 'Bar', metadata: { name: 'a' }, spec: { min: 0, max: 10, pre: 'x' } };
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  const now = { ...old, spec: { ...old.spec, max: 11 } };
  assert.deepEqual(causes(bar!.strategy.validate!(now, { old, subresource: '', warn })), []);
  assert.deepEqual(warnings, ['spec.pre: Invalid value: "x": failed rule: self.startsWith("p")']);
});

test('rules wait while something is wrong with the metadata', () => {
  const object = { apiVersion: 'r.io/v1', kind: 'Bar', metadata: { name: 'a' }, spec: { min: 0, max: 10, pre: 'p' } };
  const found = [fieldError.required('metadata.name', 'name or generateName is required')];
  assert.deepEqual(causes(bar!.strategy.validate!(object, { subresource: '' })), []);
  assert.match(
    causes(bar!.strategy.validate!(object, { subresource: '', found })).join(),
    /^<nil>: .*some validation rules were not checked/,
  );
});
