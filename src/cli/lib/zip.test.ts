import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readZipEntry } from './zip.ts';

test('a damaged archive is refused', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'zip-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.zip');
  const end = Buffer.alloc(22, 0xff);
  end.write('PK\x05\x06', 0, 'latin1');
  for (const [bytes, why] of [
    [Buffer.from('nothing'), /is not a zip archive/],
    [end, /is damaged/],
    [end.subarray(0, 10), /is damaged/],
  ] as const) {
    writeFileSync(file, bytes);
    assert.throws(() => readZipEntry(file, 'a'), { name: 'Error', message: why });
  }
});
