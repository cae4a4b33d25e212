import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeObject } from '../api/decode.ts';
import type { Shape } from '../api/schema.ts';
import { loadKinds } from './catalog.node.ts';

const kinds = await loadKinds();
/** What a 1.36 cluster serves, a line a resource, as its discovery says. */
const lines = readFileSync(join(import.meta.dirname, 'testdata/api-surface.tsv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1);
const words = (text: string) => (text === '-' ? [] : text.split(','));

for (const line of lines) {
  const [group, kindName, plural, singular, scope, shortNames, categories, verbs, subresources] = line.split('\t') as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  for (const kind of kinds.filter((one) => one.group === (group === 'core' ? '' : group) && one.kind === kindName)) {
    test(`${kindName}.${group}/${kind.version} is served as upstream serves it`, () => {
      assert.deepEqual(
        { plural: kind.plural, singular: kind.singular, scope: kind.scope, shortNames: kind.shortNames, categories: kind.categories },
        { plural, singular, scope, shortNames: words(shortNames), categories: words(categories) },
      );
      assert.deepEqual([...kind.verbs].sort(), words(verbs));
      const names = subresources === '-' ? [] : subresources.split(' ').map((one) => one.slice(0, one.indexOf('=')));
      assert.deepEqual(kind.subresources, names);
    });
  }
}

test('every kind has a distinct name within its group and version', () => {
  const names = kinds.map((kind) => `${kind.group}/${kind.version}/${kind.kind}`);
  assert.equal(new Set(names).size, names.length);
});

/** Protobuf can't tell two fields of one tag apart, unless they stand in different embedded messages. */
function checkTags(shape: Shape, seen: Set<Shape>): void {
  if (seen.has(shape)) return;
  seen.add(shape);
  const tags = new Set<string>();
  for (const [name, field] of Object.entries(shape.fields)) {
    if (field.tag === 0 && (name === 'kind' || name === 'apiVersion')) continue;
    const id = [...(field.within ?? []), field.tag].join('/');
    assert.ok(!tags.has(id) && field.tag > 0, `${shape.name}.${name}: tag ${field.tag} twice`);
    tags.add(id);
    for (const inner of [field.shape, field.of?.shape, field.of?.of?.shape]) if (inner !== undefined) checkTags(inner, seen);
  }
  for (const { within = [] } of Object.values(shape.fields))
    for (let depth = 1; depth <= within.length; depth++) {
      const message = within.slice(0, depth).join('/');
      assert.ok(!tags.has(message), `${shape.name}: tag ${message} is a message and a field`);
    }
}
test('protobuf tags are distinct in every shape', () => {
  const seen = new Set<Shape>();
  for (const kind of kinds) checkTags(kind.shape, seen);
});

test('defaulting an empty object of any kind does not throw and is idempotent', () => {
  for (const kind of kinds) {
    const { object } = decodeObject(kind, { metadata: { name: 'a' } });
    kind.strategy.defaults?.(object);
    const once = structuredClone(object);
    kind.strategy.defaults?.(object);
    assert.deepEqual(object, once, kind.kind);
    for (const column of kind.strategy.columns ?? []) assert.doesNotThrow(() => column.value(object, 0), `${kind.kind} ${column.name}`);
    assert.doesNotThrow(() => [...(kind.strategy.validate?.(object, { subresource: '' }) ?? [])], kind.kind);
  }
});
