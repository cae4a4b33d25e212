import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeAtomically } from './atomic-writer.ts';

const file = (text: string) => ({ data: Buffer.from(text), mode: 0o644 });

test('a folder shows the payload through one link that is swapped', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'skiff-volume-'));
  try {
    const folder = join(parent, 'volume');
    assert.equal(
      await writeAtomically(
        folder,
        new Map([
          ['a', file('1')],
          ['dir/b', file('2')],
        ]),
      ),
      true,
    );
    assert.equal(readFileSync(join(folder, 'a'), 'utf8'), '1');
    assert.equal(readFileSync(join(folder, 'dir/b'), 'utf8'), '2');
    const first = readlinkSync(join(folder, '..data'));
    assert.equal(
      await writeAtomically(
        folder,
        new Map([
          ['a', file('1')],
          ['dir/b', file('2')],
        ]),
      ),
      false,
    );
    assert.equal(await writeAtomically(folder, new Map([['a', file('3')]])), true);
    assert.equal(readFileSync(join(folder, 'a'), 'utf8'), '3');
    assert.notEqual(readlinkSync(join(folder, '..data')), first);
    assert.deepEqual(
      readdirSync(folder).filter((name) => !name.startsWith('..')),
      ['a'],
    );
    assert.deepEqual(readdirSync(parent), ['volume']);
    await assert.rejects(writeAtomically(folder, new Map([['../x', file('')]])), /must not contain/);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
});
