import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallOptions, WatchEvent } from '../client/call.ts';
import type { AnyKind } from '../api/kind.ts';
import { Pod } from '../kinds/core/pod.ts';
import { Event } from '../kinds/core/event.ts';
import { createTestServer, Widget } from './lib/testing.ts';

const names = (list: any): string[] => list.items.map((item: any) => item.metadata.name);

test('selectors', async (t) => {
  const { widget, list } = createTestServer();
  await widget('a', { labels: { app: 'x' }, spec: { color: 'red' } });
  await widget('b', { labels: { app: 'y' } });
  await widget('c', { labels: { app: 'x' }, namespace: 'other' });
  const cases: [CallOptions, string[]][] = [
    [{}, ['a', 'b', 'c']],
    [{ labelSelector: 'app=x' }, ['a', 'c']],
    [{ labelSelector: 'app notin (x)' }, ['b']],
    [{ fieldSelector: 'metadata.name=b' }, ['b']],
    [{ fieldSelector: 'metadata.namespace=other' }, ['c']],
    [{ fieldSelector: 'spec.color=red' }, ['a']],
    [{ fieldSelector: 'spec.color!=red', labelSelector: 'app=x' }, ['c']],
  ];
  for (const [options, expected] of cases) {
    await t.test(JSON.stringify(options), async () => assert.deepEqual(names(await list(Widget, options)), expected));
  }
  await assert.rejects(list(Widget, { fieldSelector: 'spec.nope=1' }), /field label not supported: spec.nope/);
  assert.deepEqual(names(await list(Widget, {}, 'other')), ['c']);
});

test('pages show one revision, whatever happens between them', async () => {
  const { widget, list, one, store } = createTestServer();
  for (const name of ['a', 'b', 'c', 'd', 'e']) await widget(name);
  const first = await list(Widget, { limit: 2 });
  assert.deepEqual(names(first), ['a', 'b']);
  assert.equal(first.metadata.remainingItemCount, 3);
  await widget('bb');
  await one(Widget, { verb: 'delete', name: 'd' });
  const second = await list(Widget, { limit: 2, continue: first.metadata.continue });
  assert.deepEqual(names(second), ['c', 'd']);
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  const third = await list(Widget, { limit: 2, continue: second.metadata.continue });
  assert.deepEqual(names(third), ['e']);
  assert.equal(third.metadata.continue, undefined);
  await store.compact(store.revision);
  const error = await list(Widget, { limit: 2, continue: first.metadata.continue }).catch((reason) => reason);
  assert.equal(error.code, 410);
  assert.equal(error.reason, 'Expired');
  const fresh = await list(Widget, { limit: 5, continue: error.toStatus().metadata.continue });
  assert.deepEqual(names(fresh), ['bb', 'c', 'e'], 'the rest, as it is now');
});

test('resourceVersion rules of lists', async (t) => {
  const { widget, list, clock } = createTestServer();
  const a = await widget('a');
  await widget('b');
  const at = a.metadata.resourceVersion;
  assert.deepEqual(names(await list(Widget, { resourceVersion: at, resourceVersionMatch: 'Exact' })), ['a']);
  assert.deepEqual(names(await list(Widget, { resourceVersion: at, resourceVersionMatch: 'NotOlderThan' })), ['a', 'b']);
  const refused: [string, CallOptions, RegExp][] = [
    ['match without version', { resourceVersionMatch: 'Exact' }, /is forbidden unless resourceVersion is provided/],
    ['exact zero', { resourceVersion: '0', resourceVersionMatch: 'Exact' }, /is forbidden for resourceVersion "0"/],
    ['unknown match', { resourceVersion: '1', resourceVersionMatch: 'Foo' as 'Exact' }, /Unsupported value: "Foo"/],
    ['sendInitialEvents', { sendInitialEvents: true }, /sendInitialEvents is forbidden for list/],
    ['a word', { resourceVersion: 'abc' }, /invalid syntax/],
    ['a bad token', { continue: 'e30' }, /continue key is not valid/],
    [
      'a token that climbs',
      { continue: Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start: '../secrets/x' })).toString('base64url') },
      /continue key is not valid/,
    ],
  ];
  for (const [name, options, message] of refused) await t.test(name, () => assert.rejects(list(Widget, options), message));
  const late = assert.rejects(list(Widget, { resourceVersion: '1000' }), /Too large resource version: 1000, current: 2/);
  await clock.advance(5_000);
  await late;
});

/** Collects events until `stop` is called. */
async function collect(server: ReturnType<typeof createTestServer>, options: CallOptions, namespace?: string) {
  const abort = new AbortController();
  const reply = await server.send(Widget, { verb: 'watch', options, namespace, signal: abort.signal });
  assert.equal(reply.type, 'watch');
  const events: WatchEvent[] = [];
  const done = (async () => {
    for await (const event of (reply as Extract<typeof reply, { type: 'watch' }>).events) events.push(event);
  })();
  return {
    events,
    done,
    brief: () => events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`.trim()),
    async stop() {
      await server.clock.advance(0);
      abort.abort();
      await done;
    },
  };
}

test('a watch shows objects entering and leaving its selection', async () => {
  const server = createTestServer();
  const { widget, one } = server;
  await widget('a', { labels: { on: 'yes' } });
  const watch = await collect(server, { labelSelector: 'on=yes' });
  const label = (name: string, value: string | null) =>
    one(Widget, { verb: 'patch', name, patchType: 'merge', body: { metadata: { labels: { on: value } } } });
  await widget('b');
  await label('b', 'yes');
  await one(Widget, { verb: 'patch', name: 'b', patchType: 'merge', body: { spec: { size: 5 } } });
  const left = await label('a', null);
  await one(Widget, { verb: 'delete', name: 'b' });
  await watch.stop();
  assert.deepEqual(watch.brief(), ['ADDED a', 'ADDED b', 'MODIFIED b', 'DELETED a', 'DELETED b']);
  const gone = watch.events[3]!.object;
  assert.equal(gone.metadata.resourceVersion, left.metadata.resourceVersion, 'it left at this revision');
  assert.equal(gone.metadata.labels?.on, 'yes', 'and is shown as it was');
});

test('a watch resumes without gap, from memory and from the store, or says 410', async () => {
  const server = createTestServer();
  const { widget, store, clock } = server;
  const first = await widget('a');
  for (const name of ['b', 'c']) await widget(name);
  const resumed = await collect(server, { resourceVersion: first.metadata.resourceVersion });
  await widget('d');
  await resumed.stop();
  assert.deepEqual(resumed.brief(), ['ADDED b', 'ADDED c', 'ADDED d']);
  await store.compact(Number(first.metadata.resourceVersion) + 1);
  const second = createTestServer({ more: { store } });
  const late = await collect(second, { resourceVersion: first.metadata.resourceVersion });
  await clock.advance(200);
  await late.done;
  assert.equal(late.events[0]!.type, 'ERROR');
  assert.equal((late.events[0]!.object as any).code, 410);
});

test('bookmarks: at the end of the initial events, each minute, and never unasked', async () => {
  const server = createTestServer();
  await server.widget('a');
  const asked = await collect(server, { allowWatchBookmarks: true, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' });
  const unasked = await collect(server, {});
  await server.clock.advance(61_000);
  await asked.stop();
  await unasked.stop();
  assert.deepEqual(asked.brief(), ['ADDED a', 'BOOKMARK', 'BOOKMARK']);
  assert.equal(asked.events[1]!.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true');
  assert.deepEqual(unasked.brief(), ['ADDED a']);
});

test('a watch ends in time, and when the server closes', async () => {
  const server = createTestServer();
  const timed = await collect(server, { timeoutSeconds: 5 });
  const open = await collect(server, {});
  await server.clock.advance(5_001);
  await timed.done;
  await server.server.close();
  await open.done;
});

test('a reader that falls behind is cut and can resume', async () => {
  const server = createTestServer();
  const reply = await server.send(Widget, { verb: 'watch', options: {} });
  assert.equal(reply.type, 'watch');
  for (let index = 0; index < 2_100; index++) await server.widget(`w${index}`);
  let count = 0;
  for await (const _ of (reply as Extract<typeof reply, { type: 'watch' }>).events) count++;
  assert.equal(count, 2_000);
});

test('a limited list tells of more whenever objects follow, selected or not', async () => {
  const { list, widget } = createTestServer();
  await widget('a', { labels: { x: 'y' } });
  await widget('b');
  assert.ok((await list(Widget, { limit: 1, labelSelector: 'x=y' })).metadata.continue);
});

test('a page of a field with an index tells of more only when the index does', async () => {
  const { list, one } = createTestServer({ kinds: [Pod as unknown as AnyKind] });
  for (const [name, nodeName] of [
    ['a', 'n'],
    ['b', ''],
    ['c', 'm'],
    ['d', 'm'],
  ])
    await one(Pod, { verb: 'create', body: { metadata: { name }, spec: { nodeName, containers: [{ name: 'a', image: 'a' }] } } });
  const page = (fieldSelector: string) => list(Pod, { limit: 1, fieldSelector });
  assert.equal((await page('spec.nodeName=n')).metadata.continue, undefined);
  assert.ok((await page('spec.nodeName=m')).metadata.continue);
  assert.ok((await page('spec.nodeName!=m')).metadata.continue);
});

test('any state is listed whole, whatever the limit', async () => {
  const { list, widget } = createTestServer();
  for (const name of ['a', 'b']) await widget(name);
  for (const match of [undefined, 'NotOlderThan'] as const) {
    const page = await list(Widget, { limit: 1, resourceVersion: '0', ...(match && { resourceVersionMatch: match }) });
    assert.deepEqual([names(page), page.metadata.continue], [['a', 'b'], undefined]);
  }
});

test('a resourceVersion that is no number', async () => {
  const { list, one } = createTestServer();
  await assert.rejects(
    list(Widget, { resourceVersion: 'x' }),
    /^StatusError: invalid resource version: resourceVersion: Invalid value: "x"/,
  );
  await assert.rejects(one(Widget, { verb: 'get', name: 'a', options: { resourceVersion: 'x' } }), { code: 500 });
});

test('a token to go on with is relative to where it was given', async () => {
  const { list, widget } = createTestServer();
  for (const name of ['a', 'b', 'c']) await widget(name);
  const { metadata } = await list(Widget, { limit: 1 }, 'default');
  assert.deepEqual(names(await list(Widget, { continue: metadata.continue }, 'default')), ['b', 'c']);
  assert.deepEqual(names(await list(Widget, { continue: metadata.continue })), ['a', 'b', 'c']);
  // Everything of a namespace called 'a' is passed over.
  await widget('d', { namespace: '0' });
  assert.deepEqual(names(await list(Widget, { continue: metadata.continue })), ['a', 'b', 'c']);
});

test('a list of one name is no page', async () => {
  const { list, widget } = createTestServer();
  const { metadata } = await widget('a');
  await widget('ab');
  const one = { fieldSelector: 'metadata.name=a', limit: 1 };
  const exact = { ...one, resourceVersion: metadata.resourceVersion };
  for (const options of [one, exact]) {
    const page = await list(Widget, options, 'default');
    assert.deepEqual([names(page), page.metadata.continue], [['a'], undefined]);
  }
  const late = await list(Widget, { ...exact, resourceVersion: '999999' }, 'default').catch((error) => error);
  assert.deepEqual([late.code, late.details.retryAfterSeconds], [504, undefined]);
});

test('one name is found at a revision, or is not, however many names begin like it', async () => {
  const { list, widget } = createTestServer();
  for (let index = 0; index < 501; index++) await widget(`a${index}`);
  const { metadata } = await widget('a');
  const exact = { resourceVersion: metadata.resourceVersion, resourceVersionMatch: 'Exact' } as const;
  for (const [name, found] of [
    ['a', ['a']],
    ['a5', ['a5']],
    ['', []],
  ] as const)
    assert.deepEqual(names(await list(Widget, { ...exact, fieldSelector: `metadata.name=${name}` }, 'default')), found);
});

test('events are not kept in memory upstream: nothing is waited for, limits count', async () => {
  const { list, one } = createTestServer({ kinds: [Event as unknown as AnyKind] });
  for (const name of ['a', 'b'])
    await one(Event, { verb: 'create', body: { metadata: { name }, involvedObject: { namespace: 'default' } } });
  for (const read of [
    list(Event, { resourceVersion: '999999' }),
    one(Event, { verb: 'get', name: 'a', options: { resourceVersion: '999999' } }),
  ])
    await assert.rejects(read, (error: any) => error.code === 504 && error.details.retryAfterSeconds === undefined);
  await assert.rejects(one(Event, { verb: 'get', name: 'a', options: { resourceVersion: 'x' } }), {
    code: 400,
    message: /^invalid resource version: /,
  });
  assert.deepEqual(names(await list(Event, { resourceVersion: '0', limit: 1 })), ['a']);
});
