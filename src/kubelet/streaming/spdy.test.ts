import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { SpdyConnection } from './spdy.ts';
import { dictionary, HeaderReader, HeaderWriter } from './spdy-headers.ts';
import type { SpdyStream } from './spdy-stream.ts';

async function socketPair(): Promise<{ near: Socket; far: Socket; close(): void }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const near = connect(address.port, '127.0.0.1');
  const far = await accepted;
  return {
    near,
    far,
    close() {
      near.destroy();
      far.destroy();
      server.close();
    },
  };
}

test('the dictionary is the one zlib names by its checksum', () => {
  let [low, high] = [1, 0];
  for (const byte of dictionary) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  assert.equal(high * 65536 + low, 0xe3c6a7c2);
});

test('header blocks survive in order', async () => {
  const writer = new HeaderWriter();
  const reader = new HeaderReader();
  const blocks: Record<string, string>[] = [
    { streamtype: 'error' },
    {},
    { streamtype: 'data', port: '80', long: 'x'.repeat(40_000) },
    { a: 'b' },
  ];
  for (const headers of blocks) {
    assert.deepEqual(await reader.read(writer.write(headers)), headers);
  }
  await assert.rejects(reader.read(Buffer.from('ffff', 'hex')));
  reader.close();
});

test('streams carry data both ways and close by halves', async () => {
  const pair = await socketPair();
  try {
    const opened: SpdyStream[] = [];
    const server = new SpdyConnection(pair.far, {
      role: 'server',
      onStream(stream) {
        opened.push(stream);
        stream.pipe(stream);
      },
    });
    const client = new SpdyConnection(pair.near, { role: 'client' });
    const first = client.open({ streamtype: 'stdin' });
    const second = client.open({ streamtype: 'stdout' });
    const large = Buffer.alloc(3 << 20, 'abc');
    first.end(large);
    second.end('hello');
    assert.ok((await buffer(first)).equals(large));
    assert.equal(await text(second), 'hello');
    assert.deepEqual(
      opened.map(({ headers }) => headers.streamtype),
      ['stdin', 'stdout'],
    );
    client.close();
    await Promise.all([client.done, server.done]);
  } finally {
    pair.close();
  }
});

test('a reader that stands still holds back the writer', async () => {
  const pair = await socketPair();
  try {
    const streams: SpdyStream[] = [];
    new SpdyConnection(pair.far, { role: 'server', onStream: (stream) => streams.push(stream) });
    const client = new SpdyConnection(pair.near, { role: 'client' });
    const stream = client.open({ streamtype: 'stdin' });
    const chunk = Buffer.alloc(1 << 20);
    let written = 0;
    const total = 40;
    const write = (): void => {
      if (written < total)
        stream.write(chunk, () => {
          written++;
          write();
        });
      else stream.end();
    };
    write();
    while (streams.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 2000; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(written < total, 'the writer waits');
    assert.ok(streams[0]!.readableLength < 1 << 20, 'little is kept');
    assert.equal((await buffer(streams[0]!)).length, total << 20);
  } finally {
    pair.close();
  }
});

test('bytes that are not SPDY end the connection, and every stream with it', async () => {
  const pair = await socketPair();
  try {
    const client = new SpdyConnection(pair.near, { role: 'client' });
    const stream = client.open({ streamtype: 'stdin' });
    pair.far.write(Buffer.from('ffffffffffffffffffffffff', 'hex'));
    await Promise.all([client.done, once(stream, 'close')]);
  } finally {
    pair.close();
  }
});

test('what a peer sent is read to the end, although nothing can be written to it any more', async () => {
  const [near, far] = duplexPair();
  const client = new SpdyConnection(near, { role: 'client' });
  const stream = client.open({ streamtype: 'stdout' });
  const body = Buffer.concat([Buffer.from([0, 0, 0, 1]), new HeaderWriter().write({})]);
  const reply = Buffer.concat([Buffer.from([0x80, 3, 0, 2, 0, 0, 0, body.length]), body]);
  const data = Buffer.concat([Buffer.from([0, 0, 0, 1, 1, 0, 0, 4]), Buffer.from('last')]);
  far.resume();
  far.end(Buffer.concat([reply, data]));
  // Comes while the headers of the reply are still being inflated.
  near.end();
  assert.equal(await text(stream), 'last');
  await client.done;
});
