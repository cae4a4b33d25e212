import { Readable, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { StreamOptions } from '../runtime.ts';
import type { RemoteChannels } from './channels.ts';

/** Channel numbers, the first byte (or base64: digit) of every message. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const readAheadBytes = 128 << 10;
const normalClosure = 1000;

/** Something that messages are put into, and that says when it is full. */
export class Inbox extends Readable {
  readonly #wanted: () => void;
  constructor(wanted: () => void) {
    super({ highWaterMark: readAheadBytes });
    this.#wanted = wanted;
    this.on('error', () => undefined);
  }
  override _read(): void {
    this.#wanted();
  }
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#wanted();
    done(error);
  }
}

/** Sends what is written as messages of one channel, waiting for each to be sent. */
export class Outbox extends Writable {
  readonly #send: (data: Buffer, sent: (error?: Error | null) => void) => void;
  constructor(send: (data: Buffer, sent: (error?: Error | null) => void) => void) {
    super({ highWaterMark: readAheadBytes });
    this.#send = send;
    this.on('error', () => undefined);
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }
}

export function sendOn(webSocket: WebSocket, base64: boolean, number: number, data: Buffer, sent: (error?: Error | null) => void): void {
  if (webSocket.readyState !== webSocket.OPEN) return sent(new Error('the connection is closed'));
  if (base64) webSocket.send(`${number}${data.toString('base64')}`, { binary: false }, sent);
  else webSocket.send(Buffer.concat([Buffer.from([number]), data]), { binary: true }, sent);
}

/** A message's channel and payload; undefined for an empty message. */
export function readMessage(message: Buffer, base64: boolean): { readonly number: number; readonly data: Buffer } | undefined {
  if (message.length === 0) return undefined;
  if (!base64) return { number: message[0]!, data: message.subarray(1) };
  return { number: message[0]! - 0x30, data: Buffer.from(message.toString('latin1', 1), 'base64') };
}

/** The channels of a remote command on a WebSocket. Only v5 lets the client close stdin alone. */
export function openWebSocketChannels(webSocket: WebSocket, protocol: string, options: StreamOptions): RemoteChannels {
  const base64 = protocol.includes('base64');
  const resume = () => {
    if (webSocket.isPaused) webSocket.resume();
  };
  const { promise: gone, resolve: setGone } = Promise.withResolvers<void>();
  const stdin = options.stdin ? new Inbox(resume) : undefined;
  const sizes = options.tty ? new Inbox(resume) : undefined;
  const put = (inbox: Inbox | undefined, data: Buffer) => {
    if (inbox === undefined || inbox.destroyed || inbox.readableEnded || data.length === 0) return;
    if (!inbox.push(data)) webSocket.pause();
  };
  let stdinEnded = false;
  const endStdin = () => {
    if (!stdinEnded) stdin?.push(null);
    stdinEnded = true;
  };
  webSocket.on('message', (raw) => {
    const message = readMessage(raw as Buffer, base64);
    if (message === undefined) return;
    if (message.number === channel.stdin && !stdinEnded) put(stdin, message.data);
    else if (message.number === channel.resize) put(sizes, message.data);
    else if (message.number === channel.close && protocol.startsWith('v5.') && message.data[0] === channel.stdin) endStdin();
  });
  webSocket.once('close', () => {
    endStdin();
    sizes?.push(null);
    setGone();
  });
  resume();
  const outbox = (number: number) => new Outbox((data, sent) => sendOn(webSocket, base64, number, data, sent));
  const lowest = options.stdout ? channel.stdout : options.stderr && !options.tty ? channel.stderr : channel.error;
  // upstream's first message is empty: proxies on the way pass the headers on
  sendOn(webSocket, base64, lowest, Buffer.alloc(0), () => undefined);
  return {
    stdin,
    sizes,
    stdout: options.stdout ? outbox(channel.stdout) : undefined,
    stderr: options.stderr && !options.tty ? outbox(channel.stderr) : undefined,
    error: outbox(channel.error),
    statusAsJson: /^v[45]\./.test(protocol),
    gone,
    close: () => {
      resume();
      webSocket.close(normalClosure);
    },
  };
}
