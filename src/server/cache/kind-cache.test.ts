import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiObject } from '../../api/meta.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { KindCache } from './kind-cache.ts';
import { encodeStored } from './stored-object.ts';

test('what a range would give is counted without going through it', async () => {
  const store = createMemoryStore();
  const prefix = '/core/configmaps/';
  for (const key of ['a/1', 'a/2', 'a/3', 'a-b/1', 'b/1', 'b/2']) {
    const [namespace, name] = key.split('/');
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } } as unknown as ApiObject;
    await store.txn({ compare: [], writes: [{ type: 'put', key: prefix + key, value: encodeStored(object) }] });
  }
  const cache = new KindCache(store, prefix, 100);
  await cache.load();
  for (const scope of ['', 'a/', 'a-b/', 'b/', 'c/']) {
    for (const after of [undefined, 'a/', 'a/1', 'a/3', 'a-b/1', 'b/1', 'b/2', 'b/zz']) {
      const given = [prefix + scope, after && prefix + after] as const;
      const wanted = [...cache.range(...given)].length;
      if (after === undefined || after < `${scope}~`) assert.equal(cache.count(...given), wanted, `${scope} after ${after}`);
    }
  }
});
