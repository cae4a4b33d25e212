import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { type LogOptions, readContainerLog } from './container-logs.ts';

const line = (text: string, more: { readonly stream?: string; readonly kind?: string; readonly second?: number } = {}) =>
  `2026-01-01T00:00:${String(more.second ?? 0).padStart(2, '0')}.5Z ${more.stream ?? 'stdout'} ${more.kind ?? 'F'} ${text}\n`;

async function inFolder(run: (path: string, read: (options?: Partial<LogOptions>) => Promise<string>) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-log-'));
  const path = join(folder, '0.log');
  const read = async (options: Partial<LogOptions> = {}) => {
    let text = '';
    const wanted = { follow: false, timestamps: false, ...options };
    for await (const chunk of readContainerLog(path, wanted, async () => true, systemClock, new AbortController().signal))
      text += Buffer.from(chunk).toString();
    return text;
  };
  try {
    await run(path, read);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('lines of all files, the last ones, with times, of one stream, since then, no more than so many bytes', async () => {
  await inFolder(async (path, read) => {
    assert.equal(await read(), '');
    writeFileSync(`${path}.20260101-000000`, line('one', { second: 1 }) + line('two', { second: 2 }));
    writeFileSync(path, line('three', { second: 3, stream: 'stderr' }) + line('fo', { second: 4, kind: 'P' }) + line('ur', { second: 4 }));
    assert.equal(await read(), 'one\ntwo\nthree\nfour\n');
    assert.equal(await read({ tailLines: 4 }), 'two\nthree\nfour\n');
    assert.equal(await read({ tailLines: 0 }), '');
    assert.equal(await read({ tailLines: 100 }), 'one\ntwo\nthree\nfour\n');
    assert.equal(await read({ stream: 'stderr', timestamps: true }), '2026-01-01T00:00:03.5Z three\n');
    assert.equal(await read({ sinceMs: Date.parse('2026-01-01T00:00:03Z') }), 'three\nfour\n');
    assert.equal(await read({ limitBytes: 5 }), 'one\nt');
  });
});

test('who follows misses nothing when the log is put aside', async () => {
  await inFolder(async (path) => {
    writeFileSync(path, line('1'));
    let over = false;
    let seen = '';
    const reading = (async () => {
      const options = { follow: true, timestamps: false };
      for await (const chunk of readContainerLog(path, options, async () => over, systemClock, new AbortController().signal))
        seen += Buffer.from(chunk);
    })();
    const until = async (text: string) => {
      while (!seen.includes(text)) await new Promise((resolve) => setImmediate(resolve));
    };
    await until('1');
    let count = 1;
    for (let round = 0; round < 5; round++) {
      for (let more = 0; more < 50; more++) appendFileSync(path, line(String(++count)));
      renameSync(path, `${path}.20260101-00000${round}`);
      appendFileSync(`${path}.20260101-00000${round}`, line(String(++count)));
      writeFileSync(path, line(String(++count)));
      await until(`${count}\n`);
    }
    over = true;
    await reading;
    assert.deepEqual(
      seen.trim().split('\n').map(Number),
      Array.from({ length: count }, (_, index) => index + 1),
    );
  });
});
