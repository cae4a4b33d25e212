import type { IncomingMessage } from 'node:http';
import { duplexPair, PassThrough } from 'node:stream';
import { VirtualClock } from '../../../src/base/clock.ts';
import type { StreamOptions, StreamSession } from '../../../src/kubelet/runtime.ts';
import { servePortForward } from '../../../src/kubelet/streaming/port-forward.ts';
import { exitFrom } from '../../../src/kubelet/streaming/remote-client.ts';
import { serveRemoteCommand } from '../../../src/kubelet/streaming/remote-command.ts';
import { SpdyConnection } from '../../../src/kubelet/streaming/spdy.ts';
import { bytesOf, joined } from '../lib/mutate.ts';
import { throwFaults, unwatchFaults, watchFaults } from '../lib/faults.ts';
import { type Target, textOf } from '../lib/target.ts';

const spdy = (protocol: string) => ({ upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol });
const webSocket = (protocol: string) => ({
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'sec-websocket-protocol': protocol,
});
const ways: readonly { readonly forwards: boolean; readonly headers: Record<string, string> }[] = [
  { forwards: false, headers: spdy('v4.channel.k8s.io') },
  { forwards: true, headers: spdy('portforward.k8s.io') },
  { forwards: false, headers: webSocket('v5.channel.k8s.io') },
  { forwards: false, headers: webSocket('base64.channel.k8s.io') },
  { forwards: true, headers: webSocket('v4.channel.k8s.io') },
  { forwards: true, headers: webSocket('SPDY/3.1+portforward.k8s.io') },
];
function requestOf(way: number): IncomingMessage {
  const { headers } = ways[way]!;
  const headersDistinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { method: 'GET', url: '/x?ports=80,81', headers, headersDistinct } as unknown as IncomingMessage;
}

/** What a client of ours writes. */
async function written(streams: readonly Record<string, string>[]): Promise<Uint8Array> {
  const [near, far] = duplexPair();
  const chunks: Buffer[] = [];
  far.on('data', (chunk: Buffer) => chunks.push(chunk));
  const connection = new SpdyConnection(near, { role: 'client' });
  for (const headers of streams) connection.open(headers).end('{"Width":80,"Height":24}');
  await new Promise(setImmediate);
  connection.destroy();
  return Buffer.concat(chunks);
}
/** A masked frame of RFC 6455, 5.2; its mask is zero. */
function message(opcode: number, payload: Uint8Array | string): Uint8Array {
  const bytes = bytesOf(payload);
  const size = bytes.length < 126 ? [0x80 | bytes.length] : [0x80 | 126, bytes.length >> 8, bytes.length & 0xff];
  return joined(Uint8Array.of(0x80 | opcode, ...size, 0, 0, 0, 0), bytes);
}
const headed = (way: number, ...parts: readonly Uint8Array[]) => joined(Uint8Array.of(way), ...parts);

const options: StreamOptions = { stdin: true, stdout: true, stderr: true, tty: false };
const sized: StreamOptions = { stdin: true, stdout: true, stderr: false, tty: true };
function session(): StreamSession {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  stdin.pipe(stdout);
  const done = new Promise<{ exitCode: number }>((resolve) => stdin.once('end', () => resolve({ exitCode: 0 })));
  const close = () => void (stdin.destroy(), stdout.destroy());
  return { stdin, stdout, stderr: undefined, done, resize: () => undefined, close } as unknown as StreamSession;
}
async function opened() {
  const echo = new PassThrough();
  return { readable: echo, writable: echo, close: () => void echo.destroy() };
}

/** What a client sends on an upgraded connection of exec, attach or port forwarding. The first byte says which and over what. */
export const target: Target = {
  async samples() {
    const exec = await written([
      { streamtype: 'error' },
      { streamtype: 'stdin' },
      { streamtype: 'stdout' },
      { streamtype: 'stderr' },
      { streamtype: 'resize' },
    ]);
    const forward = await written([
      { streamtype: 'error', port: '80', requestid: '0' },
      { streamtype: 'data', port: '80', requestid: '0' },
    ]);
    watchFaults();
    return [
      headed(0, exec),
      headed(1, forward),
      headed(
        2,
        message(2, '\0hello'),
        message(2, '\x04{"Width":80,"Height":24}'),
        message(2, Uint8Array.of(255, 0)),
        message(8, Uint8Array.of(3, 232)),
      ),
      headed(3, message(1, `0${btoa('hello')}`), message(1, `4${btoa('{"Width":1}')}`), message(9, 'ping'), message(10, '')),
      headed(4, message(2, '\0a'), message(2, '\x02b'), message(2, 'x'.repeat(300))),
      headed(5, message(2, forward)),
    ];
  },
  words: [
    ...[
      Uint8Array.of(0x80, 3, 0, 1, 0),
      Uint8Array.of(0x80, 3, 0, 2, 1),
      Uint8Array.of(0x80, 3, 0, 3, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 5),
      Uint8Array.of(0x80, 3, 0, 6, 0, 0, 0, 4),
    ],
    ...[
      Uint8Array.of(0, 0, 0, 1, 1, 0, 0, 0),
      Uint8Array.of(0x80, 3, 0, 7, 0, 0, 0, 8),
      Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 0x10),
      Uint8Array.of(0x78, 0xbb),
    ],
    ...['{"Width":80,"Height":24}', '{"Width":', '}', message(2, '\0x'), message(9, ''), message(8, ''), Uint8Array.of(0xff, 0xff, 0xff)],
  ],
  async check(input) {
    const way = (input[0] ?? 0) % ways.length;
    const bytes = Buffer.from(input.subarray(1));
    const [near, far] = duplexPair();
    near.on('error', () => undefined).resume();
    const half = bytes.length >> 1;
    const head = bytes.subarray(0, half);
    const served = ways[way]!.forwards
      ? servePortForward(requestOf(way), far, head, opened)
      : serveRemoteCommand(requestOf(way), far, head, way % 2 === 0 ? options : sized, async () => session(), new VirtualClock(0));
    near.write(bytes.subarray(half));
    await new Promise(setImmediate);
    near.end();
    await new Promise(setImmediate);
    near.destroy();
    await served;
    exitFrom(textOf(input));
    throwFaults();
  },
  close: async () => unwatchFaults(),
};
