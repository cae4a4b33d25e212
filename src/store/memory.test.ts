import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore } from './memory.ts';
import { put, storeContract } from './store.contract.ts';

storeContract('memory store', async (options) => ({ store: createMemoryStore(options) }));

test('the past is kept within its limits', async () => {
  await using store = createMemoryStore({ history: { revisions: 1000 } });
  for (let index = 0; index < 5000; index++) await put(store, `/a/${index % 10}`, 'x'.repeat(100));
  assert(store.compactedRevision >= 3900 && store.compactedRevision <= 4000);
  assert((await store.size()) < 1100 * 400);

  await using small = createMemoryStore({ history: { bytes: 100_000 } });
  for (let index = 0; index < 1000; index++) await put(small, '/a', 'x'.repeat(800));
  assert((await small.size()) < 200_000);
});
