import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageShape } from '../api/kind.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions, deleteOptions, versionInfo, watchEvent } from '../api/meta-types.ts';
import { listMeta, status } from '../api/meta.ts';
import { type Dialect, type Json, SchemaWriter, v2, v3 } from '../api/openapi/schema-writer.ts';
import type { Field, Shape } from '../api/schema.ts';
import { loadKinds } from './catalog.node.ts';
import { loadDescriptions, loadTables } from './descriptions.node.ts';

const longestText = 200;

const shapes = new Map<string, Shape>();
function gather(shape: Shape): void {
  if (shapes.has(shape.name)) return;
  shapes.set(shape.name, shape);
  for (const field of Object.values(shape.fields)) for (const inner of shapesIn(field)) gather(inner);
}
const shapesIn = (field: Field): readonly Shape[] => [
  ...(field.shape === undefined ? [] : [field.shape]),
  ...(field.of === undefined ? [] : shapesIn(field.of)),
];
const kinds = await loadKinds();
const roots = [status, deleteOptions, watchEvent, apiVersions, apiGroup, apiGroupList, apiResourceList];
for (const kind of kinds) gather(messageShape(kind));
for (const shape of [listMeta, versionInfo, ...roots]) gather(shape);
const tables = await loadTables();
const describe = await loadDescriptions();
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
/** Said of no single type: what all kinds have in common, and a patch. */
const common = new Set([`${meta}.TypeMeta`, `${meta}.Patch`]);
/** Lists are not explained, only what they hold. */
const lists = new Set(kinds.map(({ openApiName, listKind }) => `${openApiName.slice(0, openApiName.lastIndexOf('.'))}.${listKind}`));

/** The schemas of everything that is served and built in. */
function writeAll(dialect: Dialect): ReadonlyMap<string, Json> {
  const named = new Map(kinds.map((kind) => [kind.openApiName, kind]));
  const writer = new SchemaWriter(dialect, describe, (name) => named.get(name));
  for (const kind of kinds) writer.list(kind);
  for (const shape of roots) writer.root(shape, []);
  writer.shape(versionInfo);
  writer.free(`${meta}.Patch`);
  return new Map([...writer.schemas].map(([name, { text }]) => [name, JSON.parse(text) as Json]));
}
const schemas = new Map([v2, v3].map((dialect) => [dialect, writeAll(dialect)]));

test('descriptions are of types and fields that there are', () => {
  const wrong: string[] = [];
  for (const [type, texts] of tables) {
    if (common.has(type)) continue;
    const fields = shapes.get(type)?.fields ?? {};
    if (!schemas.get(v2)!.has(type)) wrong.push(type);
    wrong.push(...Object.keys(texts).flatMap((field) => (field === '' || field in fields ? [] : [`${type}.${field}`])));
  }
  assert.deepEqual(wrong, []);
});

test('every type and field has a description, in OpenAPI 2 and 3', () => {
  for (const [{ version }, written] of schemas) {
    const missing = [...written].flatMap(([type, { description, properties }]) => {
      const fields = Object.entries((properties ?? {}) as Readonly<Record<string, Json>>);
      const bare = fields.filter(([, property]) => property.description === undefined).map(([field]) => `${version}: ${type}.${field}`);
      return description === undefined && !lists.has(type) ? [`${version}: ${type}`, ...bare] : bare;
    });
    assert.deepEqual(missing, []);
  }
});

test('descriptions are short sentences', () => {
  const texts = [...tables].flatMap(([type, fields]) => Object.entries(fields).map(([field, text]) => [`${type}.${field}`, text] as const));
  const wrong = texts.filter(([, text]) => text.length > longestText || text.length < 8 || !/^\S.*[^.]\.$/.test(text) || / {2}/.test(text));
  assert.deepEqual(wrong, []);
});
