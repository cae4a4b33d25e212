import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listMeta } from '../api/meta.ts';
import { messageShape } from '../api/kind.ts';
import type { Field, Shape } from '../api/schema.ts';
import { loadKinds } from './catalog.node.ts';
import { loadTables } from './descriptions.node.ts';

/** Types and fields that are described: raise it with every text that comes, lower it never. */
const describedAtLeast = 22;

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
for (const kind of kinds) gather(messageShape(kind));
gather(listMeta);
const tables = await loadTables();
/** Stands for the fields that all kinds have. */
const typeMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.TypeMeta';

test('descriptions are of types and fields that there are', () => {
  const wrong: string[] = [];
  for (const [type, texts] of tables) {
    const shape = shapes.get(type);
    if (type === typeMeta) continue;
    if (shape === undefined) wrong.push(type);
    else wrong.push(...Object.keys(texts).flatMap((field) => (field === '' || field in shape.fields ? [] : [`${type}.${field}`])));
  }
  assert.deepEqual(wrong, []);
});

test('descriptions grow in number until nothing is left without one', (t) => {
  const places = [...shapes.values()].flatMap((shape) => ['', ...Object.keys(shape.fields)].map((field) => [shape.name, field] as const));
  const isDescribed = ([type, field]: readonly [string, string]) => tables.get(type)?.[field] !== undefined;
  const described = places.filter(isDescribed).length;
  const kindNames = new Set(kinds.map(({ openApiName }) => openApiName));
  const missing = places.filter((place) => !isDescribed(place) && !(kindNames.has(place[0]) && place[1] === 'metadata'));
  const groups = Map.groupBy(missing, ([type]) => type.split('.').slice(0, -1).join('.'));
  t.diagnostic(
    `${described} of ${places.length} described; missing: ${[...groups].map(([group, list]) => `${list.length} in ${group}`).join(', ')}`,
  );
  assert.ok(described >= describedAtLeast, `${described} are described, there were ${describedAtLeast}`);
});
