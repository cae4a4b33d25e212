import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallOptions, WatchEvent } from '../client/call.ts';
import { createTestServer, Widget } from './lib/testing.ts';

/**
 * The tables of kubernetes.io/docs/reference/using-api/api-concepts, "Resource versions", row by row. What is expected is what
 * kube-apiserver 1.36.3 answered to the same requests.
 */
async function setUp() {
  const server = createTestServer();
  const at: Record<string, string> = {};
  for (const name of ['a', 'b', 'c', 'd', 'e']) at[name] = (await server.widget(name)).metadata.resourceVersion;
  const first = await server.list(Widget, { limit: 2 });
  await server.one(Widget, { verb: 'delete', name: 'e' });
  at.f = (await server.widget('f')).metadata.resourceVersion;
  return { ...server, at, token: first.metadata.continue as string };
}
type Server = Awaited<ReturnType<typeof setUp>>;
const shown = (list: any) => {
  const { resourceVersion, remainingItemCount = 'none' } = list.metadata;
  const more = list.metadata.continue === undefined ? 'no more' : `more: ${remainingItemCount}`;
  return `${list.items.map((item: any) => item.metadata.name)} @${resourceVersion}, ${more}`;
};
const outcome = (server: Server, options: CallOptions): Promise<string> =>
  server.list(Widget, options).then(shown, (error) => `${error.code} ${error.message}`);

test('lists: resourceVersion, its match, limit and continue', async (t) => {
  const server = await setUp();
  const { at, token } = server;
  const mid = at.c!;
  const now = at.f!;
  const [all, pair] = [`a,b,c,d,f @${now}, no more`, `a,b @${now}, more: 3`];
  const exact = { resourceVersion: mid, resourceVersionMatch: 'Exact' } as const;
  const notOlder = (resourceVersion: string) => ({ resourceVersion, resourceVersionMatch: 'NotOlderThan' }) as const;
  const rows: readonly (readonly [string, CallOptions, string | RegExp])[] = [
    ['unset: most recent', {}, all],
    ['unset, limit: most recent', { limit: 2 }, pair],
    ['unset, continue: the token', { continue: token }, `c,d,e @${at.e}, no more`],
    ['unset, limit, continue: the token', { limit: 2, continue: token }, `c,d @${at.e}, more: 1`],
    ['"": as unset', { resourceVersion: '', limit: 2 }, pair],
    ['"0": any', { resourceVersion: '0' }, all],
    ['"0", limit: any, without a limit', { resourceVersion: '0', limit: 2 }, all],
    ['"0", limit, continue: the token, without a limit', { resourceVersion: '0', limit: 2, continue: token }, `c,d,e @${at.e}, no more`],
    ['"0" NotOlderThan: any', notOlder('0'), all],
    ['"0" NotOlderThan, limit: any, without a limit', { ...notOlder('0'), limit: 2 }, all],
    ['N: not older than', { resourceVersion: mid }, all],
    ['N, limit: exact', { resourceVersion: mid, limit: 2 }, `a,b @${mid}, more: 1`],
    ['N NotOlderThan', notOlder(mid), all],
    ['N NotOlderThan, limit', { ...notOlder(mid), limit: 2 }, pair],
    ['N Exact', exact, `a,b,c @${mid}, no more`],
    ['N Exact, limit', { ...exact, limit: 2 }, `a,b @${mid}, more: 1`],
    ['the newest Exact', { ...exact, resourceVersion: now }, all],
    ['N, continue', { resourceVersion: mid, continue: token }, '400 specifying resource version is not allowed when using continue'],
    ['the future Exact', { ...exact, resourceVersion: '999' }, `504 Timeout: Too large resource version: 999, current: ${now}`],
    [
      'a word',
      { resourceVersion: 'x' },
      /^400 invalid resource version: resourceVersion: Invalid value: "x": strconv\.ParseUint: parsing "x": /,
    ],
    ['a word, continue', { resourceVersion: 'x', continue: token }, '400 specifying resource version is not allowed when using continue'],
    ['unset Exact', { resourceVersionMatch: 'Exact' }, /^422 .*resourceVersionMatch is forbidden unless resourceVersion is provided$/],
    ['"0" Exact', { ...exact, resourceVersion: '0' }, /^422 .*resourceVersionMatch "exact" is forbidden for resourceVersion "0"$/],
    ['Exact, continue', { ...exact, continue: token }, /^422 .*resourceVersionMatch is forbidden when continue is provided$/],
    [
      'another match',
      { resourceVersion: mid, resourceVersionMatch: 'Bad' as 'Exact' },
      /Unsupported value: "Bad": supported values: "Exact", "NotOlderThan", ""$/,
    ],
    ['no token', { continue: '%%%' }, '400 invalid continue token: continue key is not valid: illegal base64 data at input byte 0'],
    ...(
      [
        ['[]', 'json: cannot unmarshal array into Go value of type storage.continueToken'],
        ['{"rv":1.5}', 'json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64'],
        ['{"v":1}', 'json: cannot unmarshal number into Go struct field continueToken.v of type string'],
      ] as const
    ).map(
      ([json, why]) =>
        [
          `a token of ${json}`,
          { continue: Buffer.from(json).toString('base64url') },
          `400 invalid continue token: continue key is not valid: ${why}`,
        ] as [string, CallOptions, string],
    ),
    ['half a token', { continue: 'abcde' }, '400 invalid continue token: continue key is not valid: illegal base64 data at input byte 4'],
    [
      'another token',
      { continue: 'e30' },
      '400 invalid continue token: continue key is not valid: server does not recognize this encoded version ',
    ],
  ];
  for (const [name, options, expected] of rows)
    await t.test(name, async () => {
      const found = await outcome(server, options);
      if (typeof expected === 'string') assert.equal(found, expected);
      else assert.match(found, expected);
    });
});

test('lists of what is forgotten: 410, and how to go on', async () => {
  const server = await setUp();
  const { at, token, store } = server;
  await store.compact(Number(at.e));
  const late = createTestServer({ more: { store } });
  assert.equal(
    await outcome({ ...server, ...late }, { resourceVersion: at.b!, resourceVersionMatch: 'Exact' }),
    '410 The resourceVersion for the provided list is too old.',
  );
  assert.match(await outcome({ ...server, ...late }, { resourceVersion: at.b!, limit: 1 }), /^410 /);
  await server.widget('g');
  await store.compact(store.revision);
  const error = await late.list(Widget, { continue: token, limit: 2 }).catch((reason) => reason);
  assert.deepEqual([error.code, error.reason], [410, 'Expired']);
  const rest = await late.list(Widget, { continue: error.toStatus().metadata.continue, limit: 2 });
  assert.deepEqual(
    rest.items.map((item: any) => item.metadata.name),
    ['c', 'd'],
  );
});

async function watched(server: Server, options: CallOptions): Promise<string> {
  try {
    const reply = await server.send(Widget, { verb: 'watch', options: { timeoutSeconds: 1, ...options } });
    const events: WatchEvent[] = [];
    const over = (async () => {
      for await (const event of (reply as Extract<typeof reply, { type: 'watch' }>).events) events.push(event);
    })();
    await server.clock.advance(5_000);
    await over;
    return events
      .map(({ type, object }: any) => {
        if (type === 'ERROR') return `ERROR ${object.code}`;
        if (type !== 'BOOKMARK') return `${type} ${object.metadata.name}`;
        return object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true' ? 'END' : 'BOOKMARK';
      })
      .join(', ');
  } catch (error) {
    const { code, message } = error as { code: number; message: string };
    return `${code} ${message}`;
  }
}

test('watches: resourceVersion, initial events and bookmarks', async (t) => {
  const server = await setUp();
  const mid = server.at.c!;
  const all = 'ADDED a, ADDED b, ADDED c, ADDED d, ADDED f';
  const since = 'ADDED d, ADDED e, DELETED e, ADDED f';
  const marks = { allowWatchBookmarks: true } as const;
  const streaming = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } as const;
  const silent = { sendInitialEvents: false, resourceVersionMatch: 'NotOlderThan' } as const;
  const rows: readonly (readonly [string, CallOptions, string | RegExp])[] = [
    ['unset: state, then changes', {}, all],
    ['unset, bookmarks: the end of the state is told', marks, `${all}, END`],
    ['"0"', { resourceVersion: '0' }, all],
    ['"0", bookmarks', { resourceVersion: '0', ...marks }, `${all}, END`],
    ['N: changes since then', { resourceVersion: mid }, since],
    ['N, bookmarks', { resourceVersion: mid, ...marks }, since],
    ['streaming list, unset', { ...streaming, ...marks }, `${all}, END`],
    ['streaming list, "0"', { ...streaming, ...marks, resourceVersion: '0' }, `${all}, END`],
    ['streaming list, N', { ...streaming, ...marks, resourceVersion: mid }, `${all}, END`],
    ['streaming list without bookmarks', streaming, all],
    ['no initial events, unset', { ...silent, ...marks }, ''],
    ['no initial events, "0"', { ...silent, ...marks, resourceVersion: '0' }, ''],
    ['no initial events, N', { ...silent, resourceVersion: mid }, since],
    [
      'initial events without a match',
      { sendInitialEvents: true },
      /^422 .*sendInitialEvents requires setting resourceVersionMatch to NotOlderThan$/,
    ],
    ['a match alone', { resourceVersionMatch: 'NotOlderThan' }, /^422 .*forbidden for watch unless sendInitialEvents is provided$/],
    ['Exact', { ...streaming, resourceVersionMatch: 'Exact', resourceVersion: mid }, /^422 .*Unsupported value: "Exact"/],
    ['a word', { resourceVersion: 'x' }, /^500 resourceVersion: Invalid value: "x": strconv\.ParseUint/],
  ];
  for (const [name, options, expected] of rows)
    await t.test(name, async () => {
      const found = await watched(server, options);
      if (typeof expected === 'string') assert.equal(found, expected);
      else assert.match(found, expected);
    });
});

test('a streaming list of the future says so on the stream', async () => {
  const server = await setUp();
  const asked = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', resourceVersion: '999' } as const;
  const reply = server.send(Widget, { verb: 'watch', options: asked });
  await server.clock.advance(5_000);
  const given = await reply;
  const events: WatchEvent[] = [];
  for await (const event of (given as Extract<typeof given, { type: 'watch' }>).events) events.push(event);
  assert.deepEqual(
    events.map(({ type, object }: any) => [type, object.code, object.reason]),
    [['ERROR', 504, 'Timeout']],
  );
});

test('the last bookmark comes two seconds before the end of a longer watch', async () => {
  const server = await setUp();
  assert.equal(await watched(server, { timeoutSeconds: 4, resourceVersion: server.at.f!, allowWatchBookmarks: true }), 'BOOKMARK');
});

test('one object: at least as new as asked for', async () => {
  const server = await setUp();
  const get = (resourceVersion: string) => server.send(Widget, { verb: 'get', name: 'a', options: { resourceVersion } });
  for (const version of ['', '0', server.at.c!, server.at.f!]) assert.equal((await get(version)).code, 200);
  await assert.rejects(get('x'), /resourceVersion: Invalid value: "x"/);
  const late = assert.rejects(get('999'), /Too large resource version: 999/);
  await server.clock.advance(5_000);
  await late;
});

test('deletecollection takes the options of a list and of a delete', async (t) => {
  const left = async (server: Server) => (await server.list(Widget)).items.map((item: any) => item.metadata.name).join();
  const remove = async (server: Server, options: CallOptions) => {
    const reply: any = await server.send(Widget, { verb: 'deletecollection', options });
    return shown(reply.list);
  };
  await t.test('dry run', async () => {
    const server = await setUp();
    assert.match(await remove(server, { dryRun: true }), /^a,b,c,d,f /);
    assert.equal(await left(server), 'a,b,c,d,f');
  });
  await t.test('selectors', async () => {
    const server = await setUp();
    await remove(server, { fieldSelector: 'metadata.name=d' });
    await remove(server, { fieldSelector: 'metadata.name!=a', gracePeriodSeconds: 0, propagationPolicy: 'Background' });
    assert.equal(await left(server), 'a');
    await assert.rejects(remove(server, { fieldSelector: 'spec.nope=d' }), /field label not supported/);
  });
  await t.test('a limit: so many, and where to go on', async () => {
    const server = await setUp();
    assert.match(await remove(server, { limit: 2 }), /^a,b .*more: 3$/);
    assert.equal(await left(server), 'c,d,f');
  });
  await t.test('what was at a revision', async () => {
    const server = await setUp();
    await remove(server, { resourceVersion: server.at.b!, resourceVersionMatch: 'Exact' });
    assert.equal(await left(server), 'c,d,f');
  });
  await t.test('what was at a version, without a match: it is read in pages', async () => {
    const server = await setUp();
    await remove(server, { resourceVersion: server.at.b! });
    assert.equal(await left(server), 'c,d,f');
  });
  await t.test('preconditions hold for each, in order', async () => {
    const server = await setUp();
    await assert.rejects(remove(server, { preconditions: { uid: 'other' } }), /"a": the UID in the precondition \(other\)/);
    assert.equal(await left(server), 'a,b,c,d,f');
  });
});
