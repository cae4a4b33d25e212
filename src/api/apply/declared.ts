import { isObject } from '../../base/objects.ts';
import { goQuote, goText } from '../go-text.ts';
import { goValue } from '../go-value.ts';
import type { Field, JsonValue } from '../schema.ts';
import { type ListKeys, structureOf } from './typed.ts';

/** Whether somebody's configuration fits its schema, in the words of structured-merge-diff (typed/validate.go). */

/** undefined: it fits. */
export function undeclared(field: Field, value: JsonValue): string | undefined {
  const faults = [...faultsOf(field, value, '')].map(({ path, text }) => (path === '' ? text : `${path}: ${text}`));
  if (faults.length < 2) return faults[0];
  return ['errors:', ...faults.map((fault) => `  ${fault}`)].join('\n');
}

interface Fault {
  readonly path: string;
  readonly text: string;
}

/** Whether a value can't be taken for one of its type. Entries of lists may stand twice, as they may in what is stored. */
export function isMistyped(field: Field, value: JsonValue): boolean {
  for (const { text } of faultsOf(field, value, '')) if (!text.startsWith('duplicate entries')) return true;
  return false;
}
function* faultsOf(field: Field, value: JsonValue, path: string): Generator<Fault> {
  if (value === null) return;
  if (field.type === 'any' || field.type === 'either') {
    if (field.typeName?.endsWith('.FieldsV1') === true && !isObject(value)) yield { path, text: `expected map, got ${shown(value)}` };
    return;
  }
  if (field.type === 'list') return yield* listFaults(field, value, path);
  if (field.type !== 'object' && field.type !== 'map') return yield* scalarFaults(field, value, path);
  if (!isObject(value)) return yield { path, text: `expected map, got ${shown(value)}` };
  // Upstream looks no further at an object where it met a field that it does not know; here that one is met last, so that all else is told.
  let unknown: string | undefined;
  for (const [name, child] of Object.entries(value)) {
    const below = memberOf(field, name);
    const at = `${path}.${name}`;
    if (below === undefined) unknown ??= at;
    else yield* faultsOf(below, child, at);
  }
  if (unknown !== undefined) yield { path: unknown, text: 'field not declared in schema' };
}
function memberOf({ type, of, shape }: Field, name: string): Field | undefined {
  if (type === 'map') return of;
  return Object.hasOwn(shape!.fields, name) ? shape!.fields[name] : shape!.additional;
}

function* listFaults(field: Field, value: JsonValue, path: string): Generator<Fault> {
  if (!Array.isArray(value)) return yield { path, text: `expected list, got ${shown(value)}` };
  const structure = structureOf(field, value);
  const keys = structure.type === 'list' ? structure.keys : undefined;
  const seen = new Set<string>();
  for (const [index, item] of (value as JsonValue[]).entries()) {
    let edge = `[${index}]`;
    if (structure.type === 'list') {
      const name = keys === undefined ? setEdge(item) : keyedEdge(item, keys);
      if ('fault' in name) return yield { path, text: `element ${index}: ${name.fault}` };
      edge = name.edge;
      if (seen.has(edge)) yield { path, text: `duplicate entries for key ${edge}` };
      seen.add(edge);
    }
    yield* faultsOf(field.of!, item, path + edge);
  }
}
type Edge = { readonly edge: string } | { readonly fault: string };
function keyedEdge(item: JsonValue, { names, defaults }: ListKeys): Edge {
  if (item === null) return { fault: 'associative list with keys may not have a null element' };
  if (!isObject(item)) return { fault: 'associative list with keys may not have non-map elements' };
  const parts: string[] = [];
  for (const name of names) {
    const value = Object.hasOwn(item, name) ? item[name] : defaults[name];
    if (value !== undefined) parts.push(`${name}=${keyText(value)}`);
  }
  if (parts.length === 0) {
    const all = names.map((name) => JSON.stringify(name)).join(' ');
    return {
      fault: `associative list with keys has an element that omits all key fields [${all}] (and doesn't have default values for any key fields)`,
    };
  }
  return { edge: `[${parts.join(',')}]` };
}
/** As structured-merge-diff writes values. */
function keyText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(keyText).join(',')}]`;
  if (!isObject(value)) return typeof value === 'string' ? goQuote(value) : typeof value === 'number' ? goText(value) : String(value);
  return Object.entries(value)
    .map(([key, child]) => `${key}=${keyText(child as JsonValue)}`)
    .join('');
}
function setEdge(item: JsonValue): Edge {
  if (item === null) return { fault: "associative list without keys has an element that's an explicit null" };
  if (Array.isArray(item)) return { fault: 'not supported: associative list with lists as elements' };
  if (typeof item === 'object') return { fault: "associative list without keys has an element that's a map type" };
  return { edge: `[=${keyText(item)}]` };
}

const strings = new Set<Field['type']>(['string', 'bytes', 'duration']);
const numbers = new Set<Field['type']>(['int32', 'int64', 'double']);
function* scalarFaults({ type }: Field, value: JsonValue, path: string): Generator<Fault> {
  if (strings.has(type)) {
    if (typeof value !== 'string') yield { path, text: `expected string, got &value.valueUnstructured{Value:${literal(value)}}` };
  } else if (numbers.has(type)) {
    if (typeof value !== 'number') yield { path, text: `expected numeric (int or float), got ${goType(value)}` };
  } else if (type === 'bool') {
    if (typeof value !== 'boolean') yield { path, text: `expected boolean, got ${shown(value)}` };
  } else if (typeof value === 'object') yield { path, text: `expected any scalar, got ${shown(value)}` };
}
const shown = (value: JsonValue) => `&{${goValue(value)}}`;

function goType(value: JsonValue): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}
/** As %#v prints JSON values. */
function literal(value: JsonValue): string {
  if (value === null) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(literal).join(', ')}}`;
  if (!isObject(value)) return typeof value === 'string' ? JSON.stringify(value) : goValue(value);
  const members = Object.keys(value).sort();
  return `map[string]interface {}{${members.map((name) => `${JSON.stringify(name)}:${literal(value[name]!)}`).join(', ')}}`;
}
