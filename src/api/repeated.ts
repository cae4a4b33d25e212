import { rootShape, tryDecodeShape } from './decode.ts';
import type { AnyKind } from './kind.ts';
import { isJsonObject } from './json.ts';
import { Repeated, together } from './json-again.ts';
import type { Field } from './schema.ts';

/**
 * What Go's reader makes of a text in which keys stood several times: what can't be read is told first, and a null takes back only what can be
 * nothing. Gives JSON in which every key stands once.
 */
export function settleRepeated(kind: AnyKind | undefined, json: unknown): unknown {
  return settled(kind && { type: 'object', tag: 0, shape: rootShape(kind) }, json);
}

function settled(field: Field | undefined, json: unknown): unknown {
  const value = json instanceof Repeated ? chosen(field, json.values) : json;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = settled(field?.of, item);
  } else if (isJsonObject(value)) {
    const members = Object.entries(value);
    const made: [string, unknown][] = [];
    for (const [name, child] of members) {
      const settledChild = settled(memberOf(field, name), child);
      // A key stands where it was last, but for one of which the first value is told.
      const isFirst = child instanceof Repeated && settledChild === child.values[0];
      made.splice(isFirst ? child.firstIndex : made.length, 0, [name, settledChild]);
    }
    if (made.some(([, child], index) => child !== members[index]![1])) return Object.fromEntries(made);
  }
  return value;
}
function memberOf(field: Field | undefined, name: string): Field | undefined {
  if (field?.type === 'map') return field.of;
  return field?.type === 'object' && Object.hasOwn(field.shape!.fields, name) ? field.shape!.fields[name] : undefined;
}
function chosen(field: Field | undefined, values: readonly unknown[]): unknown {
  if (field === undefined || field.type === 'any') return values.at(-1);
  const unreadable = values.find((value) => 'error' in tryDecodeShape({ name: '', fields: { field } }, { field: value }));
  if (unreadable !== undefined) return unreadable;
  return values.reduce((before, value) => (value === null && !canBeNothing(field) ? before : together(before, value)));
}
const keepers = new Set<Field['type']>(['object', 'string', 'bool', 'int32', 'int64', 'double']);
const canBeNothing = ({ type, presence }: Field): boolean => presence === 'ptr' || !keepers.has(type);
