import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Http2Stream, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { type Exchange, exchangeOfStream } from './exchange.ts';

/** A server that answers as told, and a session of a client. */
async function serve(t: TestContext, answer: (exchange: Exchange) => Promise<void>) {
  const streams: { readonly stream: Http2Stream; readonly exchange: Exchange; readonly closed: Promise<unknown> }[] = [];
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const exchange = exchangeOfStream(stream as ServerHttp2Stream, headers, new VirtualClock(), undefined as never);
    streams.push({ stream, exchange, closed: once(stream, 'close') });
    void answer(exchange);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => {
    session.destroy();
    server.close();
  });
  return { streams, session };
}

test('a stream that was answered has ended in order: nobody is told that its client went away', async (t) => {
  const { streams, session } = await serve(t, async (exchange) => {
    assert.ok(!exchange.signal.aborted);
    const body = exchange.method === 'GET' ? 'nothing' : await exchange.readBody();
    exchange.begin(200, {});
    exchange.end(Buffer.from(body));
  });
  const bodies = [undefined, 'a body', 'x'.repeat(300_000)];
  for (const body of bodies) {
    const length = body === undefined ? {} : { ':method': 'POST', 'content-length': body.length };
    const stream = session.request({ ':path': '/', ...length }, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    assert.equal(Buffer.concat(await stream.toArray()).toString(), body ?? 'nothing');
  }
  assert.equal(streams.length, bodies.length);
  for (const { stream, exchange, closed } of streams) {
    await closed;
    assert.ok(stream.destroyed);
    if (exchange.method === 'GET') assert.ok(stream.writableFinished);
    assert.equal(exchange.signal.aborted, false);
  }
});

test('a body without its length is read to its end, and one that nobody reads does not keep the stream', async (t) => {
  const { streams, session } = await serve(t, async (exchange) => {
    const body = exchange.path === '/read' ? await exchange.readBody() : Buffer.from('unread');
    exchange.begin(200, {});
    exchange.end(body);
  });
  for (const [path, length] of [
    ['/read', {}],
    ['/not', {}],
    ['/not', { 'content-length': 200_000 }],
  ] as const) {
    const stream = session.request({ ':method': 'POST', ':path': path, ...length });
    stream.end('y'.repeat(200_000));
    const answer = Buffer.concat(await stream.toArray()).toString();
    assert.equal(answer, path === '/read' ? 'y'.repeat(200_000) : 'unread');
  }
  for (const { closed } of streams) await closed;
});

test('the signal aborts when the client goes away, whenever it is asked for', async (t) => {
  const came = Promise.withResolvers<void>();
  const { streams, session } = await serve(t, async (exchange) => {
    if (exchange.path === '/asked') assert.ok(!exchange.signal.aborted);
    if (streams.length === 2) came.resolve();
  });
  const asked = [session.request({ ':path': '/asked' }), session.request({ ':path': '/later' })];
  for (const stream of asked) stream.on('error', () => undefined);
  await came.promise;
  for (const stream of asked) stream.close(8);
  for (const { exchange, closed } of streams) {
    await closed;
    assert.ok(exchange.signal.aborted);
  }
});
