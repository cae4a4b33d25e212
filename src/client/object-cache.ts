import { type ApiObject, type Key, keyText } from '../api/meta.ts';
import type { Cache } from './informer.ts';

type Objects<T> = Map<string, T>;

interface Index<T> {
  readonly values: (object: T) => readonly string[];
  readonly entries: Map<string, Objects<T>>;
}

function put<T>(groups: Map<string, Objects<T>>, group: string, key: string, object: T): void {
  const objects = groups.get(group);
  if (objects === undefined) groups.set(group, new Map([[key, object]]));
  else objects.set(key, object);
}

function drop<T>(groups: Map<string, Objects<T>>, group: string, key: string): void {
  const objects = groups.get(group);
  if (objects?.delete(key) && objects.size === 0) groups.delete(group);
}

/** What an informer holds of one kind, by name, by namespace and by the indexes added to it. */
export class ObjectCache<T extends ApiObject> implements Cache<T> {
  readonly #objects: Objects<T> = new Map();
  readonly #namespaces = new Map<string, Objects<T>>();
  readonly #indexes = new Map<string, Index<T>>();
  #listed: readonly T[] | undefined;
  resourceVersion = '';

  get size(): number {
    return this.#objects.size;
  }
  get(key: Key): T | undefined {
    return this.#objects.get(keyText(key));
  }
  list(namespace?: string): readonly T[] {
    if (namespace !== undefined) return [...(this.#namespaces.get(namespace)?.values() ?? [])];
    this.#listed ??= [...this.#objects.values()];
    return this.#listed;
  }
  byIndex(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new TypeError(`no index named ${JSON.stringify(index)}`);
    return [...(found.entries.get(value)?.values() ?? [])];
  }
  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }
  find(key: string): T | undefined {
    return this.#objects.get(key);
  }
  set(key: string, object: T): void {
    this.#unindex(key);
    this.#objects.set(key, object);
    this.#listed = undefined;
    put(this.#namespaces, object.metadata.namespace ?? '', key, object);
    for (const index of this.#indexes.values()) {
      for (const value of index.values(object)) put(index.entries, value, key, object);
    }
  }
  remove(key: string): void {
    this.#unindex(key);
    this.#objects.delete(key);
    this.#listed = undefined;
  }
  addIndex(name: string, values: (object: T) => readonly string[]): void {
    if (this.#indexes.has(name)) return;
    const index: Index<T> = { values, entries: new Map() };
    for (const [key, object] of this.#objects) for (const value of values(object)) put(index.entries, value, key, object);
    this.#indexes.set(name, index);
  }
  #unindex(key: string): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    drop(this.#namespaces, old.metadata.namespace ?? '', key);
    for (const index of this.#indexes.values()) for (const value of index.values(old)) drop(index.entries, value, key);
  }
}
