import type { AnyKind, Kind } from '../api/kind.ts';
import type { ApiObject, Key } from '../api/meta.ts';

/** The read side of an informer: what the API held a moment ago. Objects are shared; never write to them. */
export interface Cache<T extends ApiObject = ApiObject> {
  get(key: Key): T | undefined;
  list(namespace?: string): readonly T[];
  /** Objects whose index function gave `value`; the index must have been added by name. */
  byIndex(index: string, value: string): readonly T[];
  /** resourceVersion up to which this cache is complete. */
  readonly resourceVersion: string;
}

export interface InformerHandler<T extends ApiObject = ApiObject> {
  added?(object: T): void;
  updated?(object: T, old: T): void;
  deleted?(object: T): void;
}

/** Follows one kind: list, then watch, resuming from bookmarks and re-listing when the server says 410. One per kind and scope in a process. */
export interface Informer<T extends ApiObject = ApiObject> {
  readonly kind: Kind<T>;
  readonly cache: Cache<T>;
  /** Resolves when the first list has been delivered to the cache and the handlers. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /** Handlers get the present objects as `added` first. Returns how to stop. Handlers must not throw and must be quick. */
  subscribe(handler: InformerHandler<T>): () => void;
  /** Adds an index; may be called before or after sync, again with the same name does nothing. Informers are shared: begin the name with the part that asks, "dns/service". */
  index(name: string, values: (object: T) => readonly string[]): void;
}

/** Hands out informers, one for each kind and selection, started on first use and run until they are ended or the factory's signal aborts. */
export interface InformerFactory {
  of<T extends ApiObject>(
    kind: Kind<T>,
    selection?: { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string },
  ): Informer<T>;
  /** Ends an informer for all who read it, for its kind is no longer served. Harmless when it has ended. */
  end(informer: Informer<any>): void;
  /** All kinds that were asked for so far have synced. */
  synced(): Promise<void>;
}
export type { AnyKind };
