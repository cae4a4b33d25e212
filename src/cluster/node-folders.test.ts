import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { diskFolders } from './node-folders.ts';

test('folders of volumes are made for all to write, and nothing else is ever removed', async () => {
  const state = mkdtempSync(join(tmpdir(), 'skiff-folders-'));
  try {
    const folder = join(state, 'volumes');
    const folders = diskFolders(folder);
    const path = folders.pathOf('n', 'pvc-1');
    await folders.make('n', path);
    assert.equal(statSync(path).mode & 0o777, 0o777);
    writeFileSync(join(path, 'file'), 'x');
    await folders.make('n', path);
    assert.ok(existsSync(join(path, 'file')));
    const other = join(state, 'other');
    mkdirSync(other);
    for (const wrong of [other, folder, `${folder}/../other`, `${folder}/pvc-1/..`, '/']) {
      await assert.rejects(folders.remove('n', wrong), /is no folder of a volume/, wrong);
    }
    await folders.remove('n', path);
    await folders.remove('n', path);
    assert.ok(!existsSync(path) && existsSync(other));
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
});
