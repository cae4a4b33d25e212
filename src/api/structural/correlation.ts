import { isObject } from '../../base/objects.ts';
import { sameJson } from '../../base/equal.ts';
import { goQuote } from '../go-text.ts';
import { additionalOf, itemsOf, type JsonObject, type JsonSchema, propertyOf } from './json-schema.ts';

/** Told how long comparisons take, all in all; `now` gives milliseconds. */
export interface Stopwatch {
  readonly now: () => number;
  spentMs: number;
  isRunning: boolean;
}

/** A value and what stood in its place before, as far as the schema can tell which place that is (KEP-4008). */
export class Correlation {
  readonly value: unknown;
  readonly old: unknown;
  readonly schema: JsonSchema;
  readonly #watch: Stopwatch | undefined;
  #same: boolean | undefined;
  #oldItems: Map<string, unknown> | undefined;
  #children: Map<string | number, Correlation> | undefined;

  constructor(value: unknown, old: unknown, schema: JsonSchema, watch?: Stopwatch) {
    this.#watch = watch;
    this.value = value;
    this.old = old;
    this.schema = schema;
  }
  /** undefined: there was none before, or it can't be told. */
  key(name: string): Correlation | undefined {
    const { value, old, schema } = this;
    if (!isObject(value) || !isObject(old) || !Object.hasOwn(value, name) || !Object.hasOwn(old, name)) return undefined;
    const below = propertyOf(schema, name) ?? additionalOf(schema);
    return below === undefined ? undefined : this.#child(name, value[name], old[name], below);
  }
  /** Only items of lists of type map have a place of their own. */
  index(index: number): Correlation | undefined {
    const { value, old, schema } = this;
    const items = itemsOf(schema);
    if (!Array.isArray(value) || !Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map' || items === undefined) return undefined;
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    const key = keyOf(value[index], keys);
    this.#oldItems ??= itemsByKey(old, keys);
    const before = key === undefined ? undefined : this.#oldItems.get(key);
    return before === undefined ? undefined : this.#child(index, value[index], before, items);
  }
  #child(place: string | number, value: unknown, old: unknown, schema: JsonSchema): Correlation {
    this.#children ??= new Map();
    let child = this.#children.get(place);
    if (child === undefined) {
      child = new Correlation(value, old, schema, this.#watch);
      this.#children.set(place, child);
    }
    return child;
  }
  /** Nothing changed; in lists of type map the order does not count. */
  get isSame(): boolean {
    if (this.#same !== undefined) return this.#same;
    const watch = this.#watch;
    if (watch === undefined || watch.isRunning) {
      this.#same = this.#compare();
      return this.#same;
    }
    const startedMs = watch.now();
    watch.isRunning = true;
    this.#same = this.#compare();
    watch.isRunning = false;
    watch.spentMs += watch.now() - startedMs;
    return this.#same;
  }
  #compare(): boolean {
    const { value, old } = this;
    if (value === old) return true;
    if (Array.isArray(value) && Array.isArray(old)) {
      if (value.length !== old.length) return false;
      if (value.length === 0 || this.schema['x-kubernetes-list-type'] !== 'map') return sameJson(value, old);
      return value.every((_, index) => this.index(index)?.isSame === true);
    }
    if (!isObject(value) || !isObject(old)) return sameJson(value, old);
    const names = Object.keys(value);
    return names.length === Object.keys(old).length && names.every((name) => this.key(name)?.isSame === true);
  }
}

/** What tells items of a list of type map apart; undefined when a key is missing or no scalar. */
export function keyOf(item: unknown, keys: readonly string[]): string | undefined {
  if (!isObject(item) || keys.length === 0) return undefined;
  const parts: string[] = [];
  for (const name of keys) {
    const part = scalarText(item, name);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts.join('\0');
}
function scalarText(item: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(item, name) ? item[name] : undefined;
  if (typeof value === 'string') return goQuote(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
/** The first item of each key counts. */
export function itemsByKey(list: readonly unknown[], keys: readonly string[]): Map<string, unknown> {
  const items = new Map<string, unknown>();
  for (const item of list) {
    const key = keyOf(item, keys);
    if (key !== undefined && !items.has(key)) items.set(key, item);
  }
  return items;
}
