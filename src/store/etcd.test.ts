import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { noEtcd, startEtcd } from '../../test/helpers/etcd.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { openEtcdStore } from './etcd.ts';
import { bytes, put, storeContract, text } from './store.contract.ts';
import { RevisionError, type Store, StoreUnavailable } from './store.ts';

if (noEtcd !== undefined) test('the store in etcd', { skip: noEtcd });
else {
  const etcd = await startEtcd(['--max-txn-ops', '10000']);
  after(() => etcd[Symbol.asyncDispose]());
  let folders = 0;
  const open = (prefix = `/test-${folders++}/`, more: object = {}) =>
    openEtcdStore({ servers: [etcd.url], prefix, clock: systemClock, log: silentLogger, ...more });

  storeContract('etcd store', async (options) => {
    const prefix = `/contract-${folders++}/`;
    let store = await open(prefix, options);
    // The past of other tests is none of this one's.
    await store.compact(store.revision);
    return {
      store,
      isRemote: true,
      remove: () => store.close(),
      async reopen() {
        await store.close();
        store = await open(prefix, options);
        return store;
      },
    };
  });

  describe('etcd store', () => {
    const until = async (test: () => Promise<boolean> | boolean) => {
      while (!(await test())) await new Promise((resolve) => setTimeout(resolve, 5));
    };

    test('two servers share it: each sees what the other wrote, once it asks', async () => {
      const prefix = `/shared-${folders++}/`;
      await using one = await open(prefix);
      await using two = await open(prefix);
      for (let index = 0; index < 20; index++) {
        const [writer, reader] = index % 2 === 0 ? [one, two] : [two, one];
        const { modRevision } = await put(writer, '/a', String(index));
        await reader.sync!();
        assert.equal(text(await reader.get('/a')), String(index));
        const lost = await reader.txn({ compare: [{ key: '/a', modRevision: 1 }], writes: [{ type: 'delete', key: '/a' }] });
        assert(!lost.ok);
        assert.equal(lost.current[0]?.modRevision, modRevision);
      }
    });

    test('revisions of others in the same etcd are passed over', async () => {
      await using store = await open();
      await using other = await open();
      const before = store.revision;
      for (let index = 0; index < 10; index++) await put(other, '/x', '');
      const made = await put(store, '/a', 'one');
      assert.equal(made.modRevision, before + 11);
      await store.sync!();
      assert.deepEqual(
        (await store.range('')).entries.map(({ key }) => key),
        ['/a'],
      );
      await put(other, '/x', '');
      await store.sync!();
      assert.equal(store.revision, before + 12);
    });

    test('etcd goes and comes: reads go on, writes say so, watches resume without a gap', async () => {
      await using store = await open();
      const controller = new AbortController();
      await put(store, '/a', '0');
      const seen: string[] = [];
      const watching = (async () => {
        for await (const { events } of store.watch({ prefix: '', signal: controller.signal }))
          seen.push(...events.map(({ entry }) => text(entry)!));
      })();
      await put(store, '/a', '1');
      await etcd.kill();
      assert.equal(text(await store.get('/a')), '1');
      await assert.rejects(put(store, '/a', 'lost'), StoreUnavailable);
      await assert.rejects(store.sync!(), StoreUnavailable);
      await etcd.start();
      await until(() =>
        put(store, '/a', '2').then(
          () => true,
          () => false,
        ),
      );
      await put(store, '/a', '3');
      await until(() => seen.at(-1) === '3');
      assert.deepEqual(
        seen.filter((value) => value !== 'lost'),
        ['1', '2', '3'],
      );
      controller.abort();
      await watching;
    });

    test('what others compacted while it was away is loaded anew, and watches are told', async () => {
      const prefix = `/away-${folders++}/`;
      await using other = await open(prefix);
      const store = await open(prefix);
      await put(store, '/a', 'old');
      const after = store.revision;
      await store.close();
      for (let index = 0; index < 10; index++) await put(other, '/a', String(index));
      await other.compact(other.revision);
      await using again = await open(prefix);
      assert.equal(again.compactedRevision, again.revision);
      assert.equal(text(await again.get('/a')), '9');
      const watch = again.watch({ prefix: '', after, signal: new AbortController().signal })[Symbol.asyncIterator]();
      await assert.rejects(watch.next(), (error) => error instanceof RevisionError && !error.future);
    });

    test('keys lie where a layout puts them, and others stay out of sight', async () => {
      const prefix = `/laid-${folders++}/`;
      const layout = {
        toPath: (key: string) => key.replace('/core/nodes/', 'minions/'),
        toKey: (path: string) => (path.startsWith('minions/') ? path.replace('minions/', '/core/nodes/') : undefined),
      };
      await using store: Store = await open(prefix, { layout });
      await using raw = await open(prefix);
      await put(store, '/core/nodes/n1', 'one');
      await raw.txn({ compare: [], writes: [{ type: 'put', key: 'masterleases/x', value: bytes('x') }] });
      await Promise.all([store.sync!(), raw.sync!()]);
      const keys = async (from: Store) => (await from.range('')).entries.map(({ key }) => key);
      assert.deepEqual([await keys(store), await keys(raw)], [['/core/nodes/n1'], ['masterleases/x', 'minions/n1']]);
    });

    test('servers that are none are refused, and a member that is gone is passed over', async () => {
      await assert.rejects(open('/x/', { servers: ['ftp://a'] }), /only http and https are spoken/);
      await assert.rejects(open('/x/', { servers: [] }), /--etcd-servers must be specified/);
      await using store = await open(undefined, { servers: ['http://127.0.0.1:1', etcd.url] });
      await put(store, '/a', 'one');
      assert.equal(text(await store.get('/a')), 'one');
    });
  });
}
