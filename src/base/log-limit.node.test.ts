import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { VirtualClock } from './clock.ts';
import { limitLog } from './log-limit.node.ts';

test('a log that has grown too large is put aside, and its writer goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-log-'));
  const path = join(folder, 'log');
  const file = openSync(path, 'a');
  const clock = new VirtualClock();
  const stop = new AbortController();
  try {
    writeSync(file, 'first line\n');
    const running = limitLog(path, clock, stop.signal, 15);
    await clock.advance(60_000);
    assert.equal(readFileSync(path, 'utf8'), 'first line\n');
    writeSync(file, 'second line\n');
    for (let tries = 0; tries < 100 && readFileSync(path, 'utf8') !== ''; tries++) await clock.advance(60_000);
    writeSync(file, 'third line\n');
    assert.equal(readFileSync(path, 'utf8'), 'third line\n');
    assert.equal(readFileSync(`${path}.1`, 'utf8'), 'first line\nsecond line\n');
    stop.abort();
    await clock.advance(60_000);
    await running;
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
});
