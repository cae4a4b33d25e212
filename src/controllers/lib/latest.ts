import { type ApiObject, type Key, keyText } from '../../api/meta.ts';
import type { Cache } from '../../client/informer.ts';

/** A cache with its controller's own last writes laid over it, so that the controller never decides on what it has itself changed. */
export class Latest<T extends ApiObject> {
  readonly #cache: Cache<T>;
  readonly #written = new Map<string, T>();

  constructor(cache: Cache<T>) {
    this.#cache = cache;
  }
  /** `object` is the answer to a write. */
  wrote(object: T): T {
    const shown = Number(this.#cache.resourceVersion);
    for (const [key, { metadata }] of this.#written) if (Number(metadata.resourceVersion) <= shown) this.#written.delete(key);
    this.#written.set(keyText(object.metadata), object);
    return object;
  }
  get(key: Key): T | undefined {
    const written = this.#written.get(keyText(key));
    const isNewer = written !== undefined && Number(written.metadata.resourceVersion) > Number(this.#cache.resourceVersion);
    return isNewer ? written : this.#cache.get(key);
  }
  /** As `get` for each of some objects of the cache. */
  newest(objects: readonly T[]): readonly T[] {
    return objects.flatMap((object) => this.get(object.metadata) ?? []);
  }
}
