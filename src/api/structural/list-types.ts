import { isObject } from '../../base/objects.ts';
import { goJson, inOrder } from '../go-text.ts';
import { type FieldError, fieldError } from '../status.ts';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from './json-schema.ts';

/** Items of lists of type set, and keys of lists of type map, are there once (x-kubernetes-list-type). */
export function* validateListTypes(schema: JsonSchema | undefined, value: unknown, path = ''): Generator<FieldError> {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    if (schema['x-kubernetes-list-type'] === 'set') yield* validateSet(value, path);
    else if (schema['x-kubernetes-list-type'] === 'map') yield* validateMap(value, schema['x-kubernetes-list-map-keys'] ?? [], path);
    const items = itemsOf(schema);
    if (items !== undefined) for (const [index, item] of value.entries()) yield* validateListTypes(items, item, `${path}[${index}]`);
  } else if (isObject(value)) {
    const additional = additionalOf(schema);
    for (const [name, item] of Object.entries(value)) {
      if (additional !== undefined) yield* validateListTypes(additional, item, `${path === '' ? '<nil>' : path}[${name}]`);
      yield* validateListTypes(propertyOf(schema, name), item, path === '' ? name : `${path}.${name}`);
    }
  }
}

function* validateSet(list: readonly unknown[], path: string): Generator<FieldError> {
  for (const index of repeated(list)) yield fieldError.duplicate(`${path}[${index}]`, inOrder(list[index]));
}
function* validateMap(list: readonly unknown[], keys: readonly string[], path: string): Generator<FieldError> {
  for (const [index, item] of list.entries()) {
    if (item === null || isObject(item)) continue;
    return yield fieldError.invalid(`${path}[${index}]`, inOrder(item), 'must be an object for an array of list-type map');
  }
  const keysOf = list.map((item) =>
    isObject(item) ? Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(item, key) ? [[key, item[key]]] : []))) : {},
  );
  for (const index of repeated(keysOf)) yield fieldError.duplicate(`${path}[${index}]`, inOrder(keysOf[index]));
}
/** Where a value stands for the second time; further times are not told. */
function repeated(list: readonly unknown[]): number[] {
  const times = new Map<string, number>();
  return list.flatMap((item, index) => {
    const text = goJson(item);
    const count = (times.get(text) ?? 0) + 1;
    times.set(text, count);
    return count === 2 ? [index] : [];
  });
}
