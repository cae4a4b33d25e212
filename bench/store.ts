import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock.ts';
import { silentLogger } from '../src/base/log.ts';
import { openLmdbStore } from '../src/store/lmdb.ts';
import { createMemoryStore } from '../src/store/memory.ts';
import type { Store } from '../src/store/store.ts';

const value = new Uint8Array(4096).fill(0x7b);
const keyOf = (index: number) => `/core/pods/default/pod-${String(index).padStart(6, '0')}`;

async function timed(what: string, count: number, run: () => Promise<unknown>): Promise<void> {
  const startedMs = systemClock.monotonic();
  await run();
  const tookMs = systemClock.monotonic() - startedMs;
  console.log(
    `${what.padEnd(44)} ${Math.round((count / tookMs) * 1000)
      .toLocaleString('en')
      .padStart(12)} /s ${tookMs.toFixed(1).padStart(9)} ms`,
  );
}

/** `count` transactions from `writers` callers, each waiting for its answer before it asks again. */
async function write(store: Store, writers: number, count: number, keys: number): Promise<void> {
  let next = 0;
  const writer = async () => {
    while (next < count) await store.txn({ compare: [], writes: [{ type: 'put', key: keyOf(next++ % keys), value }] });
  };
  await Promise.all(Array.from({ length: writers }, writer));
}

async function measure(name: string, store: Store): Promise<void> {
  for (const [writers, count] of [
    [1, 1000],
    [32, 20_000],
    [100, 40_000],
  ] as const) {
    await timed(`${name}: put 4 KiB, ${writers} writers`, count, () => write(store, writers, count, 10_000));
  }
  await timed(`${name}: create up to 100,000 keys`, 100_000, () => write(store, 500, 100_000, 100_000));
  await timed(`${name}: get`, 100_000, async () => {
    for (let index = 0; index < 100_000; index++) await store.get(keyOf(index));
  });
  await timed(`${name}: range of 100,000`, 1, () => store.range('/core/pods/'));
  await timed(`${name}: page of 500 with the rest counted`, 200, async () => {
    for (let page = 0; page < 200; page++) await store.range('/core/pods/', { limit: 500, after: keyOf(page * 500) });
  });
  const controller = new AbortController();
  const watched = Array.from({ length: 100 }, async () => {
    let seen = 0;
    for await (const batch of store.watch({ prefix: '/core/pods/', signal: controller.signal })) {
      seen += batch.events.length;
      if (seen >= 5000) return;
    }
  });
  await timed(`${name}: 5,000 puts seen by 100 watchers`, 500_000, () => Promise.all([write(store, 32, 5000, 5000), ...watched]));
  controller.abort();
  await timed(`${name}: compact`, 1, () => store.compact(store.revision));
}

await measure('memory', createMemoryStore());
const dir = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'skiff-bench-'));
try {
  const open = () => openLmdbStore(dir, { clock: systemClock, log: silentLogger });
  let store = await open();
  await measure('lmdb', store);
  await store.close();
  await timed('lmdb: open with 100,000 keys', 1, async () => {
    store = await open();
  });
  await store.close();
} finally {
  rmSync(dir, { recursive: true });
}
