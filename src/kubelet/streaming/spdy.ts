import { type Duplex, finished } from 'node:stream';
import { HeaderReader, type Headers, HeaderWriter } from './spdy-headers.ts';
import { SpdyStream } from './spdy-stream.ts';

export interface SpdyOptions {
  readonly role: 'client' | 'server';
  /** A stream that the peer opened. Without it, peers' streams are refused. */
  readonly onStream?: (stream: SpdyStream) => void;
  /** Bytes of the connection that were read before it was handed over. */
  readonly head?: Buffer;
}

const synStream = 1;
const synReply = 2;
const rstStream = 3;
const ping = 6;
const goAway = 7;
const windowUpdate = 9;
const settings = 4;
const finFlag = 1;
const refusedStream = 3;
const cancelled = 5;
const largestControlBytes = 64 << 10;
const largestDataBytes = 32 << 10;
const mostStreams = 1024;

/**
 * SPDY/3.1 over a connection, as Kubernetes' clients speak it (moby/spdystream): no flow-control windows are kept or
 * awaited; a slow reader of any stream holds back the whole connection instead. Ends by itself when the peer goes away.
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #options: SpdyOptions;
  readonly #writer = new HeaderWriter();
  readonly #reader = new HeaderReader();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #waiting: ((error?: Error | null) => void)[] = [];
  #nextId: number;
  #lastPeerId = 0;
  #closed = false;
  /** Settles when the connection has ended, whatever the reason. */
  readonly done: Promise<void>;

  constructor(socket: Duplex, options: SpdyOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextId = options.role === 'client' ? 1 : 2;
    socket.on('drain', () => this.#wake());
    socket.on('error', () => undefined);
    // What the peer sent before it hung up is still to be read; only writers learn of the end at once.
    finished(socket, { readable: false }, () => this.#wake(new Error('the connection is closed')));
    if (options.head !== undefined && options.head.length > 0) socket.unshift(options.head);
    this.done = this.#run();
  }

  open(headers: Headers): SpdyStream {
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = this.#add(id, headers);
    const start = Buffer.alloc(10);
    start.writeUInt32BE(id);
    this.#control(synStream, 0, Buffer.concat([start, this.#writer.write(headers)]));
    return stream;
  }
  /** Sends what is under way, then ends the connection. */
  close(): void {
    if (this.#closed) return;
    const last = Buffer.alloc(8);
    last.writeUInt32BE(this.#lastPeerId);
    this.#control(goAway, 0, last);
    this.#socket.end();
  }
  destroy(): void {
    this.#socket.destroy();
    this.#shut();
  }

  #add(id: number, headers: Headers): SpdyStream {
    const stream = new SpdyStream(id, headers, {
      sendData: (of, data, last, sent) => this.#sendData(of, data, last, sent),
      sendReset: (of) => this.#reset(of, cancelled),
      forget: (of) => this.#streams.delete(of),
    });
    stream.on('error', () => undefined);
    this.#streams.set(id, stream);
    return stream;
  }
  #sendData(id: number, data: Buffer, last: boolean, sent: (error?: Error | null) => void): void {
    if (this.#closed || !this.#socket.writable) return sent(new Error('the connection is closed'));
    let room = true;
    for (let at = 0; at === 0 || at < data.length; at += largestDataBytes) {
      const part = data.subarray(at, at + largestDataBytes);
      const header = Buffer.alloc(8);
      header.writeUInt32BE(id);
      header.writeUInt32BE(part.length, 4);
      header[4] = last && at + largestDataBytes >= data.length ? finFlag : 0;
      this.#socket.write(header);
      room = this.#socket.write(part);
    }
    if (room) sent();
    else this.#waiting.push(sent);
  }
  #wake(error?: Error): void {
    for (const sent of this.#waiting.splice(0)) sent(error);
  }
  #control(type: number, flags: number, body: Buffer): void {
    if (this.#closed || !this.#socket.writable) return;
    const header = Buffer.alloc(8);
    header.writeUInt16BE(0x8003);
    header.writeUInt16BE(type, 2);
    header.writeUInt32BE(body.length, 4);
    header[4] = flags;
    this.#socket.write(Buffer.concat([header, body]));
  }
  #reset(id: number, code: number): void {
    const body = Buffer.alloc(8);
    body.writeUInt32BE(id);
    body.writeUInt32BE(code, 4);
    this.#control(rstStream, 0, body);
  }
  #shut(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader.close();
    this.#wake(new Error('the connection is closed'));
    for (const stream of [...this.#streams.values()]) stream.abandon();
    this.#streams.clear();
  }

  async #run(): Promise<void> {
    try {
      await this.#readFrames();
    } catch {
      // a broken connection and a peer that breaks the protocol end the same way
    } finally {
      this.#shut();
      this.#socket.destroy();
    }
  }
  /** Frames as they come; data is passed on in the pieces it arrives in. */
  async #readFrames(): Promise<void> {
    let pending: Buffer = Buffer.alloc(0);
    let data: { readonly id: number; left: number; readonly last: boolean } | undefined;
    for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
      pending = pending.length === 0 ? (chunk as Buffer) : Buffer.concat([pending, chunk as Buffer]);
      for (;;) {
        if (data !== undefined) {
          const part = pending.subarray(0, data.left);
          pending = pending.subarray(part.length);
          data.left -= part.length;
          const stream = this.#streams.get(data.id);
          await stream?.accept(part);
          if (data.left > 0) break;
          if (data.last) stream?.acceptEnd();
          data = undefined;
        }
        if (pending.length < 8) break;
        const size = pending.readUIntBE(5, 3);
        if (pending[0]! < 0x80) {
          data = { id: pending.readUInt32BE(0), left: size, last: (pending[4]! & finFlag) !== 0 };
          pending = pending.subarray(8);
          continue;
        }
        if (pending.readUInt16BE(0) !== 0x8003) throw new Error('not SPDY/3');
        if (size > largestControlBytes) throw new Error('frame too large');
        if (pending.length < 8 + size) break;
        await this.#onControl(pending.readUInt16BE(2), pending[4]!, pending.subarray(8, 8 + size));
        pending = pending.subarray(8 + size);
      }
    }
  }
  async #onControl(type: number, flags: number, body: Buffer): Promise<void> {
    const id = body.length >= 4 ? body.readUInt32BE(0) & 0x7fffffff : 0;
    if (type === synStream) await this.#onOpen(id, flags, body);
    else if (type === synReply) {
      await this.#reader.read(body.subarray(4));
      if ((flags & finFlag) !== 0) this.#streams.get(id)?.acceptEnd();
    } else if (type === rstStream) this.#streams.get(id)?.acceptReset();
    else if (type === ping) {
      // pings of our own have our parity; only the peer's are answered
      if (id % 2 === (this.#options.role === 'client' ? 0 : 1)) this.#control(ping, 0, Buffer.from(body));
    } else if (type === goAway) {
      // the peer opens no more; what is open goes on until it closes the connection
    } else if (type !== windowUpdate && type !== settings && type !== 8) throw new Error(`unknown frame ${type}`);
    else if (type === 8) await this.#reader.read(body.subarray(4));
  }
  async #onOpen(id: number, flags: number, body: Buffer): Promise<void> {
    if (body.length < 10) throw new Error('frame too short');
    const headers = await this.#reader.read(body.subarray(10));
    if (id <= this.#lastPeerId || id % 2 === this.#nextId % 2) throw new Error('stream number out of order');
    this.#lastPeerId = id;
    if (this.#options.onStream === undefined || this.#streams.size >= mostStreams) return this.#reset(id, refusedStream);
    const stream = this.#add(id, headers);
    if ((flags & finFlag) !== 0) stream.acceptEnd();
    const start = Buffer.alloc(4);
    start.writeUInt32BE(id);
    this.#control(synReply, 0, Buffer.concat([start, this.#writer.write({})]));
    this.#options.onStream(stream);
  }
}
