import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { FolderLocked } from './folder-lock.ts';
import { openLmdbStore } from './lmdb.ts';
import { type RangeResult, type Store, StoreCorrupted, type StoreEvent, StoreUnavailable } from './store.ts';
import { bytes, put, remove, storeContract, text } from './store.contract.ts';

const settings = { clock: systemClock, log: silentLogger };

async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'skiff-store-'));
  try {
    await run(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

storeContract('lmdb store', async (options) => {
  const dir = mkdtempSync(join(tmpdir(), 'skiff-store-'));
  const open = () => openLmdbStore(dir, { ...settings, ...options });
  const opened = {
    store: await open(),
    reopen: async () => {
      await opened.store.close();
      opened.store = await open();
      return opened.store;
    },
    remove: async () => rmSync(dir, { recursive: true }),
  };
  return opened;
});

const told = ({ entries }: RangeResult) =>
  entries.map((entry) => [entry.key, entry.createRevision, entry.modRevision, text(entry)].join(' '));

describe('what the lmdb store keeps', () => {
  test('everything, across opening it again: values, revisions, the past, and events from it', async () => {
    await inFolder(async (dir) => {
      const first = await openLmdbStore(dir, settings);
      await put(first, '/gone', 'x');
      await put(first, '/p/ünïcode', 'one');
      await first.compact(first.revision);
      await first.txn({ compare: [], writes: ['/z', '/a', '/m'].map((key) => ({ type: 'put', key, value: bytes(`of ${key}`) })) });
      await put(first, '/p/ünïcode', 'x'.repeat(100_000));
      await remove(first, '/gone');
      const { revision, compactedRevision } = first;
      const before = told(await first.range(''));
      await first.close();

      await using second = await openLmdbStore(dir, settings);
      assert.deepEqual([second.revision, second.compactedRevision], [revision, compactedRevision]);
      assert.deepEqual(told(await second.range('')), before);
      assert.equal(text(await second.get('/p/ünïcode', { revision: compactedRevision })), 'one');
      const watch = second.watch({ prefix: '', after: compactedRevision, signal: new AbortController().signal });
      const { value } = await watch[Symbol.asyncIterator]().next();
      const events = value.events.map((event: StoreEvent) => `${event.type} ${event.key} ${event.previous?.modRevision ?? ''}`);
      assert.deepEqual(events, ['put /z ', 'put /a ', 'put /m ', 'put /p/ünïcode 2', 'delete /gone 1']);
    });
  });
  test('the revision, also when everything was deleted and compacted away', async () => {
    await inFolder(async (dir) => {
      const first = await openLmdbStore(dir, settings);
      await put(first, '/a', 'x');
      await remove(first, '/a');
      await first.compact(first.revision);
      await first.close();
      await using second = await openLmdbStore(dir, settings);
      assert.deepEqual([second.revision, second.compactedRevision, second.count('')], [2, 2, 0]);
      assert.equal((await put(second, '/a', 'y')).createRevision, 3);
    });
  });
  test('the past within its limits, and space is used again', async () => {
    await inFolder(async (dir) => {
      await using store = await openLmdbStore(dir, { ...settings, history: { revisions: 1000 } });
      for (let round = 0; round < 12; round++) {
        await Promise.all(Array.from({ length: 1000 }, (_, index) => put(store, `/k/${index % 50}`, 'x'.repeat(500))));
      }
      await store.compact(store.revision);
      assert(store.compactedRevision === 12_000 && (await store.size()) < 8 * 1024 ** 2);
    });
  });
});

describe('an lmdb store killed at any moment', () => {
  test('has every acknowledged write, and no lower revision', { timeout: 60_000 }, async () => {
    await inFolder(async (dir) => {
      const random = seededRandom(7);
      const acked = new Map<string, number>();
      for (let round = 0; round < 4; round++) {
        const child = startWriter(dir);
        const ended = new Promise((resolve) => child.once('exit', resolve));
        const until = 200 + random.int(600);
        let count = 0;
        for await (const line of createInterface({ input: child.stdout! })) {
          const [key, revision] = line.split(' ');
          acked.set(key!, Number(revision));
          if (++count === until) child.kill('SIGKILL');
        }
        await ended;
        assert(count >= until);
        const store = await openLmdbStore(dir, settings);
        assert(store.revision >= Math.max(...acked.values()));
        for (const [key, revision] of acked) {
          const entry = await store.get(key);
          assert(entry !== undefined && entry.modRevision >= revision, `${key} of revision ${revision} is lost`);
          assert.equal((await store.get(`${key}/twin`))?.modRevision, entry.modRevision, 'a transaction is there in half');
        }
        await store.close();
      }
    });
  });
});

/** Writes pairs of keys from 16 callers, one transaction each, and prints what was acknowledged. */
function startWriter(dir: string): ChildProcess {
  const program = `
    import { systemClock } from ${JSON.stringify(new URL('../base/clock.ts', import.meta.url).href)};
    import { silentLogger as log } from ${JSON.stringify(new URL('../base/log.ts', import.meta.url).href)};
    import { openLmdbStore } from ${JSON.stringify(new URL('./lmdb.ts', import.meta.url).href)};
    import { writeSync } from 'node:fs';
    const store = await openLmdbStore(${JSON.stringify(dir)}, { clock: systemClock, log });
    for (let caller = 0; caller < 16; caller++) void (async () => {
      for (let turn = 0; ; turn++) {
        const key = '/k/' + caller + '-' + (turn % 20);
        const value = new Uint8Array(3000).fill(turn);
        const result = await store.txn({ compare: [], writes: [{ type: 'put', key, value }, { type: 'put', key: key + '/twin', value }] });
        writeSync(1, key + ' ' + result.revision + '\\n');
        if (turn % 50 === 49 && caller === 0) void store.compact(store.revision).catch(() => {});
      }
    })();`;
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('an lmdb store that finds its folder wrong', () => {
  /** A folder with a closed store of some size in it. */
  const filled = (run: (dir: string, file: string) => Promise<void>) =>
    inFolder(async (dir) => {
      const store = await openLmdbStore(dir, settings);
      for (let index = 0; index < 300; index++) await put(store, `/core/pods/a/${index}`, String(index).repeat(index * 4));
      await store.close();
      await run(dir, join(dir, 'data.mdb'));
    });
  const isCorrupted = (error: unknown) => error instanceof StoreCorrupted && /Restore the folder from a backup/.test(error.message);
  const refuses = (dir: string) => assert.rejects(openLmdbStore(dir, settings), isCorrupted);

  test('refuses a file that is cut off, empty, missing, or something else', async () => {
    await filled(async (dir, file) => {
      const { size } = statSync(file);
      for (const left of [size - 40_960, size >> 1, 8192, 4096, 100, 0]) {
        truncateSync(file, left);
        await refuses(dir);
      }
      rmSync(file);
      await refuses(dir);
      writeFileSync(file, 'not a database'.repeat(10_000));
      await refuses(dir);
    });
  });
  test('refuses damaged pages and records, or reads exactly what was written: never something else, never a crash', async () => {
    await filled(async (dir, file) => {
      const whole = readFileSync(file);
      const wanted = await contents(dir);
      const random = seededRandom(3);
      let refused = 0;
      for (let round = 0; round < 60; round++) {
        const damaged = Buffer.from(whole);
        const page = random.int(whole.length / 4096) * 4096;
        if (round % 3 === 0) damaged.fill(0, page, page + 4096);
        else if (round % 3 === 1) damaged.copy(damaged, page, random.int(whole.length / 4096) * 4096, 4096);
        else for (let flip = 0; flip < 8; flip++) damaged[page + random.int(4096)]! ^= 1 << random.int(8);
        writeFileSync(file, damaged);
        const found = await contents(dir);
        if (found === undefined) refused++;
        else assert.equal(found, wanted);
      }
      assert(refused > 20, `only ${refused} were noticed`);
    });
  });
  async function contents(dir: string): Promise<string | undefined> {
    try {
      await using store = await openLmdbStore(dir, settings);
      const { entries, revision } = await store.range('');
      return JSON.stringify([revision, entries.map((entry) => [entry.key, entry.modRevision, text(entry)])]);
    } catch (error) {
      if (isCorrupted(error)) return undefined;
      throw error;
    }
  }
  test('refuses a folder another process works in, and takes over from one that is gone', async () => {
    await filled(async (dir) => {
      const child = startWriter(dir);
      await new Promise((resolve) => child.stdout!.once('data', resolve));
      child.stdout!.resume();
      await assert.rejects(
        openLmdbStore(dir, settings),
        (error) => error instanceof FolderLocked && error.message.includes(String(child.pid)),
      );
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      await using store = await openLmdbStore(dir, settings);
      await assert.rejects(openLmdbStore(dir, settings), FolderLocked);
      assert.equal(store.count('/core/pods/'), 300);
    });
  });
  test('takes a copy of a folder, made while nothing ran, as it is', async () => {
    await filled(async (dir) => {
      const copy = join(dir, 'copy');
      mkdirSync(copy);
      for (const file of ['data.mdb', 'format']) copyFileSync(join(dir, file), join(copy, file));
      await using store = await openLmdbStore(copy, settings);
      assert.equal(store.count(''), 300);
    });
  });
});

const canMount = process.platform === 'linux' && process.getuid?.() === 0;
test('a full disk refuses writes, not reads; freed space is used without a restart', { skip: !canMount && 'needs root' }, async () => {
  await inFolder(async (dir) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'skiff-store-test', dir]);
    try {
      let store: Store = await openLmdbStore(dir, settings);
      const ballast = openSync(join(dir, 'ballast'), 'w');
      writeSync(ballast, Buffer.alloc(4 * 1024 ** 2));
      const acked: string[] = [];
      const full = (error: unknown) => error instanceof StoreUnavailable && error.code === 'ENOSPC';
      await assert.rejects(async () => {
        for (let index = 0; index < 1000; index++) {
          await put(store, `/k/${index}`, 'x'.repeat(20_000));
          acked.push(`/k/${index}`);
        }
      }, full);
      const { revision } = store;
      const failing = await Promise.allSettled(Array.from({ length: 5 }, (_, index) => put(store, `/more/${index}`, 'x'.repeat(200_000))));
      assert(failing.every((result) => result.status === 'rejected' && full(result.reason)));
      assert.deepEqual([store.revision, store.count('/k/'), store.count('/more/')], [revision, acked.length, 0]);
      truncateSync(join(dir, 'ballast'), 0);
      assert.equal((await put(store, '/after', 'x')).modRevision, revision + 1);
      await store.close();
      store = await openLmdbStore(dir, settings);
      assert.deepEqual([store.revision, store.count('/k/'), store.count('')], [revision + 1, acked.length, acked.length + 1]);
      await store.close();
    } finally {
      execFileSync('umount', ['-l', dir]);
    }
  });
});
