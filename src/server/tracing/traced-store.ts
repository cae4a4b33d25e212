import type { Entry, RangeOptions, RangeResult, Store, StoreBatch, Txn, TxnResult, WatchOptions } from '../../store/store.ts';
import type { RegistryLayout } from '../registry-layout.ts';
import { traced } from './span.ts';

/** Upstream's names of what it does with etcd, by what a transaction does with its first key. */
function nameOf({ compare, writes: [first] }: Txn): string {
  if (first === undefined) return 'Check etcd3';
  if (first.type === 'delete') return 'Delete etcd3';
  const isNew = compare.some(({ key, modRevision }) => key === first.key && modRevision === 0);
  return isNew ? 'Create etcd3' : 'GuaranteedUpdate etcd3';
}

/** A store whose calls on behalf of a request are spans of its trace. */
export class TracedStore implements Store {
  readonly #store: Store;
  readonly #layout: RegistryLayout;
  readonly sync?: () => Promise<void>;
  readonly isStale?: (entry: Entry) => Promise<boolean>;

  /** Keys are told as `layout` has them, which is as upstream's are. */
  constructor(store: Store, layout: RegistryLayout) {
    this.#store = store;
    this.#layout = layout;
    if (store.sync !== undefined) this.sync = () => store.sync!();
    if (store.isStale !== undefined) this.isStale = (entry) => store.isStale!(entry);
  }
  #about(key: string) {
    return (auditId: string) => {
      const [, group = '', resource = ''] = key.split('/');
      return { 'audit-id': auditId, key: `/${this.#layout.toPath(key)}`, group: group === 'core' ? '' : group, resource };
    };
  }
  get revision(): number {
    return this.#store.revision;
  }
  get compactedRevision(): number {
    return this.#store.compactedRevision;
  }
  get(key: string, options?: { readonly revision?: number }): Promise<Entry | undefined> {
    return traced('Get etcd3', this.#about(key), () => this.#store.get(key, options));
  }
  range(prefix: string, options?: RangeOptions): Promise<RangeResult> {
    return traced('List(recursive=true) etcd3', this.#about(prefix), () => this.#store.range(prefix, options));
  }
  count(prefix: string): number {
    return this.#store.count(prefix);
  }
  txn(txn: Txn): Promise<TxnResult> {
    return traced(nameOf(txn), this.#about(txn.writes[0]?.key ?? txn.compare[0]?.key ?? ''), async (span) => {
      try {
        const result = await this.#store.txn(txn);
        span?.event('Txn call succeeded');
        return result;
      } catch (error) {
        span?.event('Txn call failed', { err: String((error as Error).message) });
        throw error;
      }
    });
  }
  watch(options: WatchOptions): AsyncIterable<StoreBatch> {
    return this.#store.watch(options);
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
    return this.#store.close();
  }
}
