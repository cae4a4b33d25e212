import { tryDecodeShape } from './decode.ts';
import { isJsonObject } from './json.ts';
import { Repeated, together } from './json-again.ts';
import type { Field, Shape } from './schema.ts';

/**
 * What Go's reader makes of a text in which keys stood several times: what can't be read is told first, items of lists go into those that stand
 * there, values of maps are read anew, and a null takes back only what can be nothing. Gives JSON in which every key stands once. `shape`: what is
 * read, where that is known.
 */
export function settleRepeated(shape: Shape | undefined, json: unknown): unknown {
  return settled(shape && { type: 'object', tag: 0, shape }, json);
}

function settled(field: Field | undefined, json: unknown, inMap = false): unknown {
  const value = json instanceof Repeated ? chosen(field, json.values, inMap) : json;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = settled(field?.of, item);
    return value;
  }
  if (!isJsonObject(value)) return value;
  let isChanged = false;
  const made = Object.entries(value).map(([name, child], index) => {
    const settledChild = settled(memberOf(field, name), child, field?.type === 'map');
    isChanged ||= settledChild !== child;
    // A key stands where it was last, but for one of which the first value is told.
    const isFirst = child instanceof Repeated && settledChild === child.values[0];
    return { name, child: settledChild, rank: isFirst ? child.firstIndex - 0.5 : index };
  });
  if (!isChanged) return value;
  return Object.fromEntries(made.sort((a, b) => a.rank - b.rank).map(({ name, child }) => [name, child]));
}
function memberOf(field: Field | undefined, name: string): Field | undefined {
  if (field?.type === 'map') return field.of;
  return field?.type === 'object' && Object.hasOwn(field.shape!.fields, name) ? field.shape!.fields[name] : undefined;
}
function chosen(field: Field | undefined, given: readonly unknown[], inMap: boolean): unknown {
  if (field === undefined || field.type === 'any') return given.at(-1);
  // What stands twice within one of them is put together first.
  const values = given.map((value) => settled(field, value));
  const unreadable = values.find((value) => 'error' in tryDecodeShape({ name: '', fields: { field } }, { field: value }));
  if (unreadable !== undefined) return unreadable;
  if (inMap) return values.at(-1);
  return values.reduce((before, value) => (value === null && !canBeNothing(field) ? before : together(before, value)));
}
const keepers = new Set<Field['type']>(['object', 'string', 'bool', 'int32', 'int64', 'double']);
const canBeNothing = ({ type, presence }: Field): boolean => presence === 'ptr' || !keepers.has(type);
