import { connect, type ClientHttp2Session } from 'node:http2';

/** One API server under load: the same client and the same work for every peer. */
export interface Target {
  readonly url: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}
export interface Measurement {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface CallOptions {
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
  readonly accept?: string;
  /** Bytes of the answer that are wanted. */
  readonly keep?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export const json = 'application/json';
/** To keep an answer whole. */
export const whole = Number.POSITIVE_INFINITY;
const callers = 32;
const sessionsPerTarget = 4;

export class LoadClient implements AsyncDisposable {
  readonly #sessions: ClientHttp2Session[];
  #next = 0;
  constructor(target: Target, sessions = sessionsPerTarget) {
    this.#sessions = Array.from({ length: sessions }, () => {
      const session = connect(target.url, { ca: target.ca, cert: target.cert, key: target.key, settings: { initialWindowSize: 4 << 20 } });
      session.on('error', () => undefined);
      session.once('connect', () => session.setLocalWindowSize(64 << 20));
      return session;
    });
  }
  /** Sends one request and reads the whole answer, of which `body` holds the first `keep` bytes; throws for a status of 400 and more. */
  call(
    method: string,
    path: string,
    { body, contentType = json, accept = json, keep = 0, headers = {} }: CallOptions = {},
  ): Promise<{ readonly bytes: number; readonly body: Buffer }> {
    const session = this.#sessions[this.#next++ % this.#sessions.length]!;
    return new Promise((resolve, reject) => {
      const stream = session.request(
        { ':method': method, ':path': path, accept, ...headers, ...(body === undefined ? {} : { 'content-type': contentType }) },
        { endStream: body === undefined },
      );
      let status = 0;
      let bytes = 0;
      const chunks: Buffer[] = [];
      stream.on('response', (answer) => {
        status = Number(answer[':status']);
      });
      stream.on('data', (chunk: Buffer) => {
        if (bytes < keep || status >= 400) chunks.push(chunk);
        bytes += chunk.length;
      });
      stream.on('error', reject);
      stream.on('end', () => {
        const kept = Buffer.concat(chunks);
        if (status >= 400) reject(new Error(`${method} ${path}: ${status} ${kept.toString('utf8', 0, 300)}`));
        else resolve({ bytes, body: kept });
      });
      if (body !== undefined) stream.end(body);
    });
  }
  /** A watch: calls `onBytes` as they come, until closed; `onEnd` when that is, whoever closed it. */
  watch(path: string, accept: string, onBytes: (chunk: Buffer) => void, onEnd: () => void = () => undefined): { close(): void } {
    const session = this.#sessions[this.#next++ % this.#sessions.length]!;
    const stream = session.request({ ':method': 'GET', ':path': path, accept });
    stream.on('data', onBytes);
    stream.on('error', () => undefined);
    stream.on('close', onEnd);
    return { close: () => stream.close() };
  }
  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy();
  }
}

/** Runs `work` for every index below `count`, `callers` at a time. */
export async function measure(count: number, work: (index: number) => Promise<unknown>, concurrency = callers): Promise<Measurement> {
  const times: number[] = [];
  let next = 0;
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < count) {
        const index = next++;
        const fromMs = performance.now();
        await work(index);
        times.push(performance.now() - fromMs);
      }
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  times.sort((a, b) => a - b);
  return { perSecond: count / seconds, p50Ms: times[Math.floor(times.length * 0.5)]!, p99Ms: times[Math.floor(times.length * 0.99)]! };
}
