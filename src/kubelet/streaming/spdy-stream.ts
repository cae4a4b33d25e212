import { Duplex } from 'node:stream';
import type { Headers } from './spdy-headers.ts';

/** What a stream needs of its connection. */
export interface StreamLink {
  sendData(id: number, data: Buffer, last: boolean, sent: (error?: Error | null) => void): void;
  sendReset(id: number): void;
  forget(id: number): void;
}

const readAheadBytes = 128 << 10;

/** One stream of a SPDY connection. `end` closes our half; the other half ends when the peer closes its own. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: Headers;
  readonly #link: StreamLink;
  #wanted: (() => void) | undefined;
  #remoteEnded = false;
  #localEnded = false;

  constructor(id: number, headers: Headers, link: StreamLink) {
    super({ allowHalfOpen: true, readableHighWaterMark: readAheadBytes });
    this.id = id;
    this.headers = headers;
    this.#link = link;
  }
  /** Takes in what the peer sent; resolves when there is room for more. */
  accept(data: Buffer): Promise<void> | undefined {
    if (this.destroyed || this.#remoteEnded || data.length === 0 || this.push(data)) return undefined;
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }
  acceptEnd(): void {
    if (this.#remoteEnded) return;
    this.#remoteEnded = true;
    if (!this.destroyed) this.push(null);
    this.#release();
  }
  /**
   * The peer takes nothing more and sends nothing more. What it sent before can still be read: containerd resets its
   * streams right after the last word on them.
   */
  acceptReset(): void {
    this.abandon();
  }
  /** Nothing more comes or can be sent; what was received can still be read. */
  abandon(): void {
    this.acceptEnd();
    this.#localEnded = true;
    if (this.destroyed) return;
    if (this.readableEnded) {
      this.destroy();
      return;
    }
    this.once('end', () => this.destroy());
    // makes the end known when nothing is left to read
    this.read(0);
  }
  #release(): void {
    if (this.#remoteEnded && this.#localEnded) this.#link.forget(this.id);
  }
  override _read(): void {
    this.#wanted?.();
    this.#wanted = undefined;
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#link.sendData(this.id, chunk, false, done);
  }
  override _final(done: (error?: Error | null) => void): void {
    this.#localEnded = true;
    this.#link.sendData(this.id, Buffer.alloc(0), true, done);
    this.#release();
  }
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#remoteEnded || !this.#localEnded) this.#link.sendReset(this.id);
    this.#link.forget(this.id);
    this.#wanted?.();
    this.#wanted = undefined;
    done(error);
  }
}
