import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChannelOverflow } from '../base/channel.ts';
import { seededRandom } from '../base/random.ts';
import { type Entry, RevisionError, type Store, type StoreBatch, type StoreEvent, type TxnResult } from './store.ts';

export interface ContractOptions {
  /** Events that may wait for one watcher before it is cut. */
  readonly watchEventsMax?: number;
}
/** A store under test; `reopen` closes it and opens what it left behind, for stores that keep anything. */
export interface OpenedStore {
  readonly store: Store;
  readonly reopen?: () => Promise<Store>;
  /** Transactions that are asked for at once may be made in any order: they travel. */
  readonly isRemote?: true;
  /** Removes everything, after the store was closed. */
  readonly remove?: () => Promise<void>;
}
export type OpenStore = (options?: ContractOptions) => Promise<OpenedStore>;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (entry: Entry | undefined): string | undefined => entry && new TextDecoder().decode(entry.value);

export async function put(store: Store, key: string, value: string): Promise<Entry> {
  const result = await store.txn({ compare: [], writes: [{ type: 'put', key, value: bytes(value) }] });
  assert(result.ok);
  return result.entries[0]!;
}
export async function remove(store: Store, key: string): Promise<TxnResult> {
  return await store.txn({ compare: [], writes: [{ type: 'delete', key }] });
}

const told = ({ type, revision, key, entry, previous }: StoreEvent) =>
  `${revision} ${type} ${key}=${text(entry)} c${entry.createRevision} m${entry.modRevision}${previous ? ` was ${text(previous)}` : ''}`;

/** Reads until the watcher is complete up to the revision. */
async function eventsUpTo(watch: AsyncIterable<StoreBatch>, revision: number): Promise<StoreEvent[]> {
  const events: StoreEvent[] = [];
  for await (const batch of watch) {
    for (const event of batch.events) {
      assert(event.revision <= batch.revision, 'a batch holds nothing beyond its revision');
      events.push(event);
    }
    if (batch.revision >= revision) return events;
  }
  throw new Error(`the watch ended before revision ${revision}`);
}

/** One suite for every store: what store.ts promises. */
export function storeContract(name: string, open: OpenStore): void {
  const withStore = (
    what: string,
    run: (store: Store, signal: AbortSignal, opened: OpenedStore) => Promise<void>,
    options?: ContractOptions,
  ) =>
    test(what, async () => {
      const opened = await open(options);
      const controller = new AbortController();
      try {
        await run(opened.store, controller.signal, opened);
      } finally {
        controller.abort();
        await opened.store.close();
        await opened.remove?.();
      }
    });
  describe(name, () => {
    describe('reads and writes', () => transactions(withStore));
    describe('the past', () => history(withStore));
    describe('watches', () => watches(withStore));
    describe('against a model', () => {
      for (const seed of [1, 2, 3]) withStore(`seed ${seed}`, (store, signal, opened) => model(store, signal, opened, seed));
    });
  });
}
type WithStore = (
  what: string,
  run: (store: Store, signal: AbortSignal, opened: OpenedStore) => Promise<void>,
  options?: ContractOptions,
) => void;

function transactions(withStore: WithStore): void {
  withStore('a put is readable, with the revisions of its creation and change', async (store) => {
    const before = store.revision;
    const first = await put(store, '/core/pods/a/x', 'one');
    assert.deepEqual([first.createRevision, first.modRevision], [before + 1, before + 1]);
    const second = await put(store, '/core/pods/a/x', 'two');
    assert.deepEqual([second.createRevision, second.modRevision, store.revision], [before + 1, before + 2, before + 2]);
    assert.equal(text(await store.get('/core/pods/a/x')), 'two');
    assert.equal(await store.get('/core/pods/a/y'), undefined);
  });
  withStore('an empty value, and names of prototype members as keys, are like any other', async (store) => {
    await put(store, '__proto__', '');
    await put(store, 'constructor', 'x');
    assert.equal(text(await store.get('__proto__')), '');
    assert.equal((await store.range('')).entries.length, 2);
  });
  withStore('deleting gives the entry that was removed; deleting what is absent changes nothing', async (store) => {
    const made = await put(store, '/a', 'one');
    const result = await remove(store, '/a');
    assert(result.ok);
    assert.deepEqual(result.entries, [made]);
    assert.equal(result.revision, made.modRevision + 1);
    const again = await remove(store, '/a');
    assert.deepEqual([again.ok, again.revision], [true, result.revision]);
    const reborn = await put(store, '/a', 'two');
    assert.equal(reborn.createRevision, result.revision + 1);
  });
  withStore('all comparisons must hold, else nothing is written and what stands is told', async (store) => {
    const a = await put(store, '/a', 'one');
    const writes = [
      { type: 'put', key: '/a', value: bytes('two') },
      { type: 'put', key: '/b', value: bytes('two') },
    ] as const;
    const refused = await store.txn({
      compare: [
        { key: '/a', modRevision: a.modRevision },
        { key: '/b', modRevision: 7 },
      ],
      writes,
    });
    assert(!refused.ok);
    assert.deepEqual([refused.current, refused.revision, store.revision], [[a, undefined], a.modRevision, a.modRevision]);
    const done = await store.txn({
      compare: [
        { key: '/a', modRevision: a.modRevision },
        { key: '/b', modRevision: 0 },
      ],
      writes,
    });
    assert(done.ok);
    assert.deepEqual(
      done.entries.map((entry) => [entry.key, entry.modRevision]),
      [
        ['/a', done.revision],
        ['/b', done.revision],
      ],
    );
    assert.equal(done.revision, a.modRevision + 1);
  });
  withStore('a key written twice in one transaction is refused', async (store) => {
    const write = { type: 'put', key: '/a', value: bytes('') } as const;
    await assert.rejects(store.txn({ compare: [], writes: [write, write] }), TypeError);
    assert.equal(await store.get('/a'), undefined);
  });
  withStore('of many that race for the same change exactly one wins, in every round', async (store) => {
    let { modRevision } = await put(store, '/a', '');
    for (let round = 0; round < 5; round++) {
      const asked = Array.from({ length: 10 }, (_, index) =>
        store.txn({ compare: [{ key: '/a', modRevision }], writes: [{ type: 'put', key: '/a', value: bytes(`${round}/${index}`) }] }),
      );
      const results = await Promise.all(asked);
      const won = results.filter((result) => result.ok);
      assert.equal(won.length, 1);
      modRevision = won[0]!.revision;
      for (const result of results) if (!result.ok) assert.equal(result.current[0]!.modRevision, modRevision);
    }
  });
  withStore('transactions asked for at once take consecutive revisions in their order', async (store, _signal, { isRemote }) => {
    const before = store.revision;
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => put(store, `/k${index}`, '')));
    const revisions = all.map((entry) => entry.modRevision);
    assert.deepEqual(
      isRemote ? revisions.sort((a, b) => a - b) : revisions,
      all.map((_, index) => before + 1 + index),
    );
  });
  withStore('size grows with what is kept', async (store) => {
    await put(store, '/a', 'x'.repeat(10_000));
    assert((await store.size()) >= 10_000);
  });
  withStore('a closed store refuses', async (store) => {
    await store.close();
    await assert.rejects(put(store, '/a', ''));
  });
}

function history(withStore: WithStore): void {
  withStore('a range is in order of keys, holds the prefix only, and counts', async (store) => {
    for (const key of ['/p/b/2', '/p/a/1', '/q', '/p/b/1', '/p/b/10', '/o']) await put(store, key, key);
    const keys = async (prefix: string) => (await store.range(prefix)).entries.map((entry) => entry.key);
    assert.deepEqual(await keys('/p/'), ['/p/a/1', '/p/b/1', '/p/b/10', '/p/b/2']);
    assert.deepEqual(await keys('/p/b/'), ['/p/b/1', '/p/b/10', '/p/b/2']);
    assert.deepEqual([store.count('/p/'), store.count('/p/b/'), store.count('/x'), store.count('')], [4, 3, 0, 6]);
    await remove(store, '/p/b/1');
    assert.deepEqual([store.count('/p/'), await keys('/p/b/')], [3, ['/p/b/10', '/p/b/2']]);
  });
  withStore('pages at a fixed revision show that state whatever happens meanwhile', async (store) => {
    const wanted: string[] = [];
    const keyOf = (index: number) => `/p/${String(index).padStart(4, '0')}`;
    const writes = Array.from({ length: 1500 }, (_, index) => ({ type: 'put', key: keyOf(index), value: bytes(`v${index}`) }) as const);
    await store.txn({ compare: [], writes });
    for (let index = 0; index < 1500; index++) wanted.push(keyOf(index));
    const first = await store.range('/p/', { limit: 400 });
    assert.deepEqual([first.entries.length, first.remaining, first.revision], [400, 1100, store.revision]);
    await store.txn({ compare: [], writes: wanted.slice(300, 900).map((key) => ({ type: 'delete', key })) });
    await put(store, '/p/0000x', 'new');
    await put(store, '/p/1400', 'changed');
    const seen = [...first.entries];
    for (let remaining = first.remaining; remaining > 0; ) {
      const page = await store.range('/p/', { limit: 400, after: seen.at(-1)!.key, revision: first.revision });
      assert.equal(page.remaining, remaining - page.entries.length);
      assert.equal(page.revision, first.revision);
      seen.push(...page.entries);
      remaining = page.remaining;
    }
    assert.deepEqual(
      seen.map((entry) => entry.key),
      wanted,
    );
    assert.equal(text(seen[1400]), 'v1400');
    assert.equal(store.count('/p/'), 901);
    assert.equal((await store.range('/p/', { limit: 1, after: '/p/0299' })).entries[0]!.key, '/p/0900');
  });
  withStore('reads at a past revision show exactly that state', async (store) => {
    const one = await put(store, '/a', 'one');
    await put(store, '/b', 'x');
    const two = await put(store, '/a', 'two');
    await remove(store, '/a');
    assert.deepEqual(await store.get('/a', { revision: one.modRevision }), one);
    assert.deepEqual(await store.get('/a', { revision: two.modRevision }), two);
    assert.equal(await store.get('/a', { revision: store.revision }), undefined);
    assert.deepEqual((await store.range('', { revision: one.modRevision })).entries, [one]);
    await assert.rejects(store.get('/a', { revision: store.revision + 1 }), (error) => error instanceof RevisionError && error.future);
  });
  withStore('compaction ends the past below it, and nothing else', async (store) => {
    const one = await put(store, '/a', 'one');
    const two = await put(store, '/a', 'two');
    await put(store, '/gone', 'x');
    await remove(store, '/gone');
    const at = store.revision;
    const three = await put(store, '/a', 'three');
    await store.compact(at);
    assert.equal(store.compactedRevision, at);
    const compacted = (error: unknown) => error instanceof RevisionError && !error.future && error.compacted === at;
    await assert.rejects(store.get('/a', { revision: one.modRevision }), compacted);
    await assert.rejects(store.range('', { revision: at - 1 }), compacted);
    await assert.rejects(store.compact(at - 1), RevisionError);
    await assert.rejects(store.compact(store.revision + 1), RevisionError);
    assert.deepEqual((await store.range('', { revision: at })).entries, [two]);
    assert.deepEqual((await store.range('')).entries, [three]);
  });
}

function watches(withStore: WithStore): void {
  withStore('events say what was, what is, and what was deleted', async (store, signal) => {
    const after = store.revision;
    await put(store, '/p/a', 'one');
    await put(store, '/other', 'x');
    await put(store, '/p/a', 'two');
    await remove(store, '/p/a');
    const events = await eventsUpTo(store.watch({ prefix: '/p/', after, signal }), store.revision);
    const r = after + 1;
    assert.deepEqual(events.map(told), [
      `${r} put /p/a=one c${r} m${r}`,
      `${r + 2} put /p/a=two c${r} m${r + 2} was one`,
      `${r + 3} delete /p/a=two c${r} m${r + 2} was two`,
    ]);
  });
  withStore('without a start it begins at the newest revision when it is asked for', async (store, signal) => {
    await put(store, '/a', 'old');
    const watch = store.watch({ prefix: '', signal });
    const made = await put(store, '/a', 'new');
    assert.deepEqual(
      (await eventsUpTo(watch, made.modRevision)).map((event) => text(event.entry)),
      ['new'],
    );
  });
  withStore('all events of a transaction come in one batch', async (store, signal) => {
    const watch = store.watch({ prefix: '', signal })[Symbol.asyncIterator]();
    await watch.next();
    const next = watch.next();
    await store.txn({ compare: [], writes: ['/a', '/b', '/c'].map((key) => ({ type: 'put', key, value: bytes(key) })) });
    assert.deepEqual(
      (await next).value.events.map((event: StoreEvent) => event.key),
      ['/a', '/b', '/c'],
    );
    await watch.return?.();
  });
  withStore('from any past revision, while writes go on: in order, none twice, none left out', async (store, signal) => {
    const total = 400;
    const start = store.revision;
    const writing = (async () => {
      for (let index = 0; index < total; index++) await put(store, `/k/${index % 7}`, String(index));
    })();
    const readers = Array.from({ length: 8 }, async (_, index) => {
      while (store.revision < start + index * 40) await new Promise((resolve) => setImmediate(resolve));
      const after = start + index * 20;
      const events = await eventsUpTo(store.watch({ prefix: '/k/', after, signal }), start + total);
      assert.deepEqual(
        events.map((event) => event.revision),
        Array.from({ length: total - index * 20 }, (_, at) => after + 1 + at),
      );
    });
    await Promise.all([writing, ...readers]);
  });
  withStore('a watcher with no events of its own learns how far it is complete', async (store, signal) => {
    const watch = store.watch({ prefix: '/quiet/', signal });
    const reading = eventsUpTo(watch, store.revision + 3);
    for (let index = 0; index < 3; index++) await put(store, '/busy/a', String(index));
    assert.deepEqual(await reading, []);
  });
  withStore('below the compacted revision, and above the newest, it is refused', async (store, signal) => {
    for (let index = 0; index < 5; index++) await put(store, '/a', String(index));
    await store.compact(store.revision - 2);
    const first = (after: number) => store.watch({ prefix: '', after, signal })[Symbol.asyncIterator]().next();
    await assert.rejects(first(store.revision - 3), (error) => error instanceof RevisionError && !error.future);
    await assert.rejects(first(store.revision + 1), (error) => error instanceof RevisionError && error.future);
    assert.equal((await first(store.revision - 2)).value.events.length, 2);
  });
  withStore('compaction does not disturb a watcher that is up to date', async (store, signal) => {
    await put(store, '/a', '0');
    const watch = store.watch({ prefix: '', signal })[Symbol.asyncIterator]();
    await watch.next();
    await remove(store, '/a');
    await store.compact(store.revision);
    const { value } = await watch.next();
    assert.deepEqual(
      value.events.map((event: StoreEvent) => `${event.type} ${text(event.entry)}`),
      ['delete 0'],
    );
  });
  withStore(
    'a reader that falls behind gets what was accepted, then is cut',
    async (store, signal) => {
      const watch = store.watch({ prefix: '', signal })[Symbol.asyncIterator]();
      await watch.next();
      const start = store.revision;
      const pending = watch.next();
      for (let index = 0; index < 40; index++) await put(store, '/a', String(index));
      const revisions = (await pending).value.events.map((event: StoreEvent) => event.revision);
      await assert.rejects(async () => {
        for (;;) revisions.push(...(await watch.next()).value.events.map((event: StoreEvent) => event.revision));
      }, ChannelOverflow);
      assert(revisions.length < 40);
      assert.deepEqual(
        revisions,
        revisions.map((_: number, index: number) => start + 1 + index),
      );
    },
    { watchEventsMax: 10 },
  );
  withStore('aborting ends it, and so does closing the store', async (store) => {
    const controller = new AbortController();
    const aborted = store.watch({ prefix: '', signal: controller.signal })[Symbol.asyncIterator]();
    const kept = store.watch({ prefix: '', signal: new AbortController().signal })[Symbol.asyncIterator]();
    await Promise.all([aborted.next(), kept.next()]);
    const ends = [aborted.next(), kept.next()];
    controller.abort();
    assert.equal((await ends[0])!.done, true);
    await store.close();
    assert.equal((await ends[1])!.done, true);
  });
}

/** What a store is, said naively: the whole state after every revision. */
async function model(store: Store, signal: AbortSignal, opened: OpenedStore, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const states = new Map<number, Map<string, string>>([[store.revision, new Map()]]);
  const log: string[] = [];
  const first = store.revision;
  let at = store.revision;
  let live = store;
  const keys = Array.from({ length: 30 }, (_, index) => `/${'pq'[index % 2]}/${index}`);
  const check = async (revision: number) => {
    const prefix = ['', '/p/', '/q/1'][random.int(3)]!;
    const wanted = [...states.get(revision)!].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
    const limit = 1 + random.int(20);
    const got = await live.range(prefix, { revision, limit });
    assert.deepEqual(
      got.entries.map((entry) => [entry.key, text(entry)]),
      wanted.slice(0, limit),
    );
    assert.equal(got.remaining, Math.max(0, wanted.length - limit));
    if (revision === at) assert.equal(live.count(prefix), wanted.length);
  };
  for (let step = 0; step < 400; step++) {
    const state = new Map(states.get(at));
    const chosen = new Set(Array.from({ length: 1 + random.int(3) }, () => keys[random.int(keys.length)]!));
    const writes = [...chosen].map((key) =>
      random.int(3) === 0 ? ({ type: 'delete', key } as const) : ({ type: 'put', key, value: bytes(`${step}`) } as const),
    );
    const changes = writes.filter((write) => write.type === 'put' || state.has(write.key));
    for (const write of changes) {
      log.push(`${at + 1} ${write.type} ${write.key} ${write.type === 'put' ? step : state.get(write.key)}`);
      if (write.type === 'put') state.set(write.key, `${step}`);
      else state.delete(write.key);
    }
    const result = await live.txn({ compare: [], writes });
    if (changes.length > 0) states.set(++at, state);
    assert.deepEqual([result.ok, result.revision, live.revision], [true, at, at]);
    await check(live.compactedRevision + random.int(at - live.compactedRevision + 1));
    if (random.int(60) === 0) await live.compact(live.compactedRevision + random.int(at - live.compactedRevision + 1));
    if (opened.reopen !== undefined && random.int(100) === 0) {
      const { compactedRevision } = live;
      live = await opened.reopen();
      assert.deepEqual([live.revision, live.compactedRevision], [at, compactedRevision]);
    }
    await check(at);
  }
  assert.equal(states.size, at - first + 1);
  const after = live.compactedRevision;
  const events = await eventsUpTo(live.watch({ prefix: '', after, signal }), at);
  const wanted = log.filter((line) => Number.parseInt(line, 10) > after);
  assert.deepEqual(
    events.map((event) => `${event.revision} ${event.type} ${event.key} ${text(event.entry)}`),
    wanted,
  );
}
