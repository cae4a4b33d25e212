import { type Dropped, Mvcc } from './mvcc.ts';
import { type DiskRecord, entryOf } from './record.ts';
import { type Entry, StoreCorrupted, type StoreEvent } from './store.ts';

/** Rebuilds the map from records fed in order of revision, checking that they tell a whole story. */
export class Loader {
  readonly #compacted: number;
  readonly #seeds = new Map<string, Entry>();
  /** Superseded at or before the compacted revision, but still on disk: what an interrupted compaction left. */
  readonly garbage: Dropped[] = [];
  #mvcc: Mvcc | undefined;
  #group: DiskRecord[] = [];

  constructor(compacted: number) {
    this.#compacted = compacted;
  }
  add(record: DiskRecord): void {
    if (record.revision <= this.#compacted) return this.#seed(record);
    if (this.#group.length > 0 && this.#group[0]!.revision !== record.revision) this.#applyGroup();
    this.#group.push(record);
  }
  #seed(record: DiskRecord): void {
    const { key, revision } = record;
    const before = this.#seeds.get(key);
    if (before !== undefined) this.garbage.push({ key, revision: before.modRevision });
    if (record.type === 'put') this.#seeds.set(key, entryOf(record));
    else {
      this.#seeds.delete(key);
      this.garbage.push({ key, revision });
    }
  }
  #start(): Mvcc {
    if (this.#mvcc === undefined) {
      this.#mvcc = new Mvcc(this.#compacted);
      for (const entry of this.#seeds.values()) this.#mvcc.seed(entry);
      this.#seeds.clear();
    }
    return this.#mvcc;
  }
  #applyGroup(): void {
    const mvcc = this.#start();
    const group = this.#group.sort((a, b) => a.index - b.index);
    this.#group = [];
    const { revision, total } = group[0]!;
    if (revision !== mvcc.revision + 1) {
      throw new StoreCorrupted(`after revision ${mvcc.revision} comes ${revision}: what lies between them is missing`);
    }
    if (group.length !== total) throw new StoreCorrupted(`of the ${total} writes of revision ${revision} only ${group.length} are there`);
    mvcc.apply(group.map((record) => eventOf(record, mvcc.current(record.key))));
  }
  finish(): Mvcc {
    if (this.#group.length > 0) this.#applyGroup();
    return this.#start();
  }
}

function eventOf(record: DiskRecord, previous: Entry | undefined): StoreEvent {
  const { type, key, revision, createRevision } = record;
  const expected = previous?.createRevision ?? (type === 'put' ? revision : undefined);
  if (createRevision !== expected) throw new StoreCorrupted(`the version of ${key} before revision ${revision} is missing`);
  if (type === 'delete') return { type, revision, key, entry: previous!, previous: previous! };
  const entry = entryOf(record);
  return previous === undefined ? { type, revision, key, entry } : { type, revision, key, entry, previous };
}
