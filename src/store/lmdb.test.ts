import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { openLmdbStore } from './lmdb.ts';
import { storeContract } from './store.contract.ts';

const settings = { clock: systemClock, log: silentLogger };

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
assert.ok(settings);
