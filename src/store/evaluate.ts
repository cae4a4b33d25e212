import type { Entry, StoreEvent, Txn, TxnResult } from './store.ts';

/** What a transaction comes to: its answer, and the events it makes (none when it wrote nothing). */
export interface Outcome {
  readonly result: TxnResult;
  readonly events: readonly StoreEvent[];
}

/**
 * Decides a transaction against a state, without changing it. `revision` is the newest of that state; a transaction that
 * changes something takes the next one. Deleting an absent key changes nothing. Throws TypeError when a key is empty or
 * written twice.
 */
export function evaluate(txn: Txn, revision: number, current: (key: string) => Entry | undefined): Outcome {
  for (const { key, modRevision } of txn.compare) {
    if ((current(key)?.modRevision ?? 0) === modRevision) continue;
    return { result: { ok: false, revision, current: txn.compare.map((one) => current(one.key)) }, events: [] };
  }
  const next = revision + 1;
  const entries: Entry[] = [];
  const events: StoreEvent[] = [];
  const written = txn.writes.length > 1 ? new Set<string>() : undefined;
  for (const write of txn.writes) {
    const { key } = write;
    if (key === '' || written?.has(key)) throw new TypeError(key === '' ? 'a key must not be empty' : `key ${key} is written twice`);
    written?.add(key);
    const previous = current(key);
    if (write.type === 'put') {
      const entry: Entry = { key, value: write.value, createRevision: previous?.createRevision ?? next, modRevision: next };
      entries.push(entry);
      events.push(
        previous === undefined ? { type: 'put', revision: next, key, entry } : { type: 'put', revision: next, key, entry, previous },
      );
    } else if (previous !== undefined) {
      entries.push(previous);
      events.push({ type: 'delete', revision: next, key, entry: previous, previous });
    }
  }
  return { result: { ok: true, revision: events.length > 0 ? next : revision, entries }, events };
}
