import { type AnyKind, isBuiltIn, messageShape } from './kind.ts';
import type { Field, Shape } from './schema.ts';

/**
 * The other way round of shown-nulls.ts: what a server's JSON says as null becomes what the types of a kind say. A list or map that is always
 * there is empty, everything else is absent. Nulls that mean something, in values of any type, stay.
 */
type Take = (value: any) => any;
const same: Take = (value) => value;
const takes = new WeakMap<Shape, Take>();

/** The object without these nulls, as the types of its kind say; it is changed in place, since it was just read. */
export function takeNulls<T extends object>(object: T, kind: AnyKind): T {
  const isOwn = (object as { kind?: unknown }).kind === kind.kind;
  return isOwn && isBuiltIn(kind) ? (shapeTake(messageShape(kind))(object) as T) : object;
}

function shapeTake(shape: Shape): Take {
  let take = takes.get(shape);
  if (take === undefined) {
    // A shape that holds itself finds this while it is put together.
    takes.set(shape, (value) => takes.get(shape)!(value));
    take = buildTake(shape);
    takes.set(shape, take);
  }
  return take;
}
function buildTake(shape: Shape): Take {
  const members = Object.entries(shape.fields).map(([name, field]) => ({ name, field, take: fieldTake(field) }));
  return (object) => {
    if (typeof object !== 'object' || object === null) return object;
    for (const { name, field, take } of members) {
      const value = object[name];
      if (value === undefined) continue;
      if (value !== null) object[name] = take(value);
      else if (field.type === 'any') continue;
      else if (field.presence === undefined && field.type === 'list') object[name] = [];
      else if (field.presence === undefined && field.type === 'map') object[name] = {};
      else delete object[name];
    }
    return object;
  };
}
function fieldTake(field: Field): Take {
  if (field.type === 'object') return shapeTake(field.shape!);
  if (field.type !== 'list' && field.type !== 'map') return same;
  const take = fieldTake(field.of!);
  if (take === same) return same;
  return (value) => {
    for (const item of Object.values(value)) take(item);
    return value;
  };
}
