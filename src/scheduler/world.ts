import { type AnyKind, type Kind, kindId } from '../api/kind.ts';
import { type ApiObject, type Key, keyText } from '../api/meta.ts';
import type { Clock } from '../base/clock.ts';
import type { Cache } from '../client/informer.ts';
import type { World } from './framework.ts';

type Until = NonNullable<Parameters<World['assume']>[2]>;
interface Assumed {
  readonly object: ApiObject;
  readonly until: Until;
}

function isOver({ object, until }: Assumed, shown: ApiObject): boolean {
  if (until === 'forgotten') return false;
  const [now, then] = [shown, object].map(({ metadata }) => Number(metadata.resourceVersion)) as [number, number];
  return until === 'newer' ? now > then : now >= then;
}

/** Caches of the kinds that plugins read, with assumed objects laid over them. An assumed object counts until the API shows a newer one. */
export class AssumingWorld implements World {
  readonly #caches: (kind: AnyKind) => Cache<any>;
  readonly #clock: Clock;
  readonly #assumed = new Map<string, Map<string, Assumed>>();

  constructor(caches: (kind: AnyKind) => Cache<any>, clock: Clock) {
    this.#caches = caches;
    this.#clock = clock;
  }
  get nowMs(): number {
    return this.#clock.now();
  }
  get<T extends ApiObject>(kind: Kind<T>, key: Key): T | undefined {
    return this.#over(kind, this.shown(kind, key), keyText(key));
  }
  list<T extends ApiObject>(kind: Kind<T>, namespace?: string): readonly T[] {
    return this.#newest(kind, this.#caches(kind).list(namespace));
  }
  byIndex<T extends ApiObject>(kind: Kind<T>, index: string, value: string): readonly T[] {
    return this.#newest(kind, this.#caches(kind).byIndex(index, value));
  }
  shown<T extends ApiObject>(kind: Kind<T>, key: Key): T | undefined {
    return this.#caches(kind).get(key);
  }
  assume<T extends ApiObject>(kind: Kind<T>, object: T, until: Until = 'newer'): void {
    const id = kindId(kind);
    const assumed = this.#assumed.get(id) ?? new Map<string, Assumed>();
    this.#assumed.set(id, assumed.set(keyText(object.metadata), { object, until }));
  }
  forget(kind: AnyKind, key: Key): void {
    this.#assumed.get(kindId(kind))?.delete(keyText(key));
  }
  #newest<T extends ApiObject>(kind: Kind<T>, objects: readonly T[]): readonly T[] {
    const assumed = this.#assumed.get(kindId(kind));
    if (assumed === undefined || assumed.size === 0) return objects;
    return objects.map((object) => this.#over(kind, object, keyText(object.metadata)) ?? object);
  }
  #over<T extends ApiObject>(kind: AnyKind, shown: T | undefined, key: string): T | undefined {
    const assumed = this.#assumed.get(kindId(kind));
    const entry = assumed?.get(key);
    if (assumed === undefined || entry === undefined) return shown;
    if (shown !== undefined && !isOver(entry, shown)) return entry.object as T;
    assumed.delete(key);
    return shown;
  }
}
