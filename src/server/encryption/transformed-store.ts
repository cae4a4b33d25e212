import { internalError } from '../../api/status.ts';
import type {
  Entry,
  RangeOptions,
  RangeResult,
  Store,
  StoreBatch,
  StoreEvent,
  Txn,
  TxnResult,
  WatchOptions,
  Write,
} from '../../store/store.ts';
import type { RegistryLayout } from '../registry-layout.ts';
import { identity, type Transformer, type Transformers } from './transformer.ts';

type Later<T> = Promise<T> | T;
const settled = <T>(values: readonly Later<T>[]): Later<readonly T[]> =>
  values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as readonly T[]);
const then = <T, R>(value: Later<T>, next: (value: T) => R): Later<R> => (value instanceof Promise ? value.then(next) : next(value));

function resourceOf(key: string): string {
  const [, group = '', resource = ''] = key.split('/', 3);
  return group === 'core' ? resource : `${resource}.${group}`;
}
/** What the transformer that stored a value is called: 'k8s:enc:aesgcm:v1:', 'k8s:enc:kms:v2:name:'; '' for none. */
function prefixOf(value: Uint8Array): string {
  if (value[0] !== 0x6b || value[1] !== 0x38) return '';
  const [found = ''] =
    /^k8s:enc:(kms:v\d+:[^:]*|[a-z]+:v\d+):/.exec(
      Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, 128)).toString('latin1'),
    ) ?? [];
  return found;
}

/**
 * A store whose values are transformed on their way in and back on their way out, encrypted say; all who stand above it see plain ones. Each entry is
 * decrypted once. Keys of resources that are not encrypted pass by.
 */
export class TransformedStore implements Store {
  readonly #store: Store;
  readonly #source: Transformers;
  readonly #layout: RegistryLayout;
  /** What an entry of the store says, and the other way round. */
  readonly #plain = new WeakMap<Entry, Entry>();
  readonly #stored = new WeakMap<Entry, Entry>();
  readonly #transformers = new Map<string, Transformer>();
  #version = 0;

  /** As of the store below. */
  readonly sync?: () => Promise<void>;

  /** Values are bound to the keys that `layout` gives them, which are upstream's. */
  constructor(store: Store, transformers: Transformers, layout: RegistryLayout) {
    this.#store = store;
    this.#source = transformers;
    this.#layout = layout;
    if (store.sync !== undefined) this.sync = () => store.sync!();
  }
  #pathOf(key: string): string {
    return `/registry/${this.#layout.toPath(key)}`;
  }
  get revision(): number {
    return this.#store.revision;
  }
  get compactedRevision(): number {
    return this.#store.compactedRevision;
  }
  #transformerOf(key: string): Transformer {
    if (this.#version !== this.#source.version) {
      this.#transformers.clear();
      this.#version = this.#source.version;
    }
    const prefix = key.slice(0, key.indexOf('/', key.indexOf('/', 1) + 1));
    let known = this.#transformers.get(prefix);
    if (known === undefined) {
      const [, group = '', resource = ''] = prefix.split('/');
      known = this.#source.transformer(group === 'core' ? '' : group, resource);
      this.#transformers.set(prefix, known);
    }
    return known;
  }
  /** The entry with its plain value. Throws StatusError that names the object when it can't be had. */
  #decrypted(entry: Entry): Later<Entry> {
    const known = this.#plain.get(entry);
    if (known !== undefined) return known;
    const transformer = this.#transformerOf(entry.key);
    const { observed } = transformer;
    const startMs = observed?.clock.monotonic() ?? 0;
    const told = (error?: unknown) => {
      if (observed === undefined) return;
      const seconds = (observed.clock.monotonic() - startMs) / 1000;
      observed.transformed(resourceOf(entry.key), 'from_storage', prefixOf(entry.value) || 'identity', seconds, error);
    };
    const fail = (error: unknown) => {
      told(error);
      return internalError(`unable to transform key ${JSON.stringify(this.#pathOf(entry.key))}: ${(error as Error).message}`);
    };
    const pair = (value: Uint8Array): Entry => {
      told();
      // What is stored as it is needs no second entry.
      const plain = value === entry.value ? entry : { ...entry, value };
      if (plain !== entry) this.#pair(entry, plain);
      return plain;
    };
    try {
      const outcome = transformer.decrypt(entry.value, Buffer.from(this.#pathOf(entry.key)));
      if (!(outcome instanceof Promise)) return pair(outcome.plain);
      return outcome.then(
        ({ plain }) => pair(plain),
        (error: unknown) => {
          throw fail(error);
        },
      );
    } catch (error) {
      throw fail(error);
    }
  }
  #pair(entry: Entry, plain: Entry): void {
    this.#plain.set(entry, plain);
    this.#stored.set(plain, entry);
  }
  async get(key: string, options?: { readonly revision?: number }): Promise<Entry | undefined> {
    const entry = await this.#store.get(key, options);
    return entry && (await this.#decrypted(entry));
  }
  async range(prefix: string, options?: RangeOptions): Promise<RangeResult> {
    const result = await this.#store.range(prefix, options);
    return { ...result, entries: await settled(result.entries.map((entry) => this.#decrypted(entry))) };
  }
  count(prefix: string): number {
    return this.#store.count(prefix);
  }
  async txn(txn: Txn): Promise<TxnResult> {
    const writes = await settled(txn.writes.map((write) => this.#encrypted(write)));
    const result = await this.#store.txn({ compare: txn.compare, writes });
    if (!result.ok) {
      const current = await settled(result.current.map((entry) => (entry === undefined ? undefined : this.#decrypted(entry))));
      return { ...result, current };
    }
    let at = 0;
    const entries = result.entries.map((entry) => {
      while (txn.writes[at]!.key !== entry.key) at++;
      const write = txn.writes[at]!;
      if (write.type === 'delete') return this.#decrypted(entry);
      if (write.value === entry.value) return entry;
      const plain = { ...entry, value: write.value };
      this.#pair(entry, plain);
      return plain;
    });
    return { ...result, entries: await settled(entries) };
  }
  #encrypted(write: Write): Later<Write> {
    if (write.type === 'delete') return write;
    const transformer = this.#transformerOf(write.key);
    if (transformer === identity) return write;
    const { observed } = transformer;
    const startMs = observed?.clock.monotonic() ?? 0;
    return then(transformer.encrypt(write.value, Buffer.from(this.#pathOf(write.key))), (value) => {
      observed?.transformed(resourceOf(write.key), 'to_storage', prefixOf(value), (observed.clock.monotonic() - startMs) / 1000);
      return { ...write, value };
    });
  }
  /** An entry that can't be decrypted is handed on as it is stored: whoever needs its object finds out, and nobody else has to wait. */
  async *watch(options: WatchOptions): AsyncGenerator<StoreBatch, void, undefined> {
    const orAsStored = (entry: Entry): Later<Entry> => {
      try {
        const plain = this.#decrypted(entry);
        return plain instanceof Promise ? plain.catch(() => entry) : plain;
      } catch {
        return entry;
      }
    };
    const shown = (event: StoreEvent): Later<StoreEvent> => {
      const { entry, previous } = event;
      const before = previous === undefined || previous === entry ? undefined : orAsStored(previous);
      return then(settled([orAsStored(entry), before]), ([now, old]) => {
        if (now === entry && old === previous) return event;
        return { ...event, entry: now!, ...(previous === undefined ? {} : { previous: old ?? now! }) };
      });
    };
    for await (const batch of this.#store.watch(options))
      yield batch.events.length === 0 ? batch : { revision: batch.revision, events: await settled(batch.events.map(shown)) };
  }
  async isStale(entry: Entry): Promise<boolean> {
    const stored = this.#stored.get(entry) ?? entry;
    const transformer = this.#transformerOf(entry.key);
    if (transformer === identity) return stored !== entry;
    return (await transformer.decrypt(stored.value, Buffer.from(this.#pathOf(entry.key)))).isStale;
  }
  compact(revision: number): Promise<void> {
    return this.#store.compact(revision);
  }
  size(): Promise<number> {
    return this.#store.size();
  }
  close(): Promise<void> {
    return this.#store.close();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
