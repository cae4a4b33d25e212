import { type ClientHttp2Session, connect } from 'node:http2';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import type { Target } from '../../bench/load.ts';

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  readonly plain?: boolean;
}
export interface Answer {
  /** 0: there was none; the body says why. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

const longestAnswerMs = 30_000;
const sessions = 4;
/** Longer answers are cut: bodies are compared in memory. */
const longestBytes = 32 << 20;

const none = (why: string): Answer => ({ status: 0, headers: {}, body: Buffer.from(why) });

/** Some connections to one server, kept open and opened again. */
export class Connection implements Disposable {
  readonly #target: Target;
  readonly #sessions: (ClientHttp2Session | undefined)[] = Array.from({ length: sessions }, () => undefined);
  #next = 0;

  constructor(target: Target) {
    this.#target = target;
  }
  send(request: Sent): Promise<Answer> {
    return request.plain === true ? this.#sendPlain(request) : this.#sendFramed(request);
  }
  #session(): ClientHttp2Session {
    const index = this.#next++ % sessions;
    const open = this.#sessions[index];
    if (open !== undefined && !open.closed && !open.destroyed) return open;
    const { url, ca, cert, key } = this.#target;
    const session = connect(url, { ca, cert, key, settings: { initialWindowSize: 4 << 20 } });
    session.on('error', () => undefined);
    session.once('goaway', () => {
      if (this.#sessions[index] === session) this.#sessions[index] = undefined;
    });
    session.once('connect', () => session.setLocalWindowSize(16 << 20));
    this.#sessions[index] = session;
    return session;
  }
  #sendFramed({ method, path, headers, body }: Sent): Promise<Answer> {
    return new Promise((resolve) => {
      let status = 0;
      let answered: Answer['headers'] = {};
      const chunks: Buffer[] = [];
      let bytes = 0;
      try {
        const stream = this.#session().request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
        stream.setTimeout(longestAnswerMs, () => stream.close());
        stream.on('response', (given) => {
          status = Number(given[':status']);
          answered = given as Answer['headers'];
        });
        stream.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes <= longestBytes) chunks.push(chunk);
        });
        stream.on('error', (error) => resolve(none(error.message)));
        stream.on('close', () =>
          resolve(status === 0 ? none('the stream was closed') : { status, headers: answered, body: Buffer.concat(chunks) }),
        );
        if (body !== undefined) stream.end(body);
      } catch (error) {
        resolve(none((error as Error).message));
      }
    });
  }
  /** A connection for one request: what a client library would not send can be sent, and what the server does after it is seen. */
  #sendPlain({ method, path, headers, body }: Sent): Promise<Answer> {
    const { url, ca, cert, key } = this.#target;
    const { hostname, port } = new URL(url);
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      const socket: TLSSocket = connectTls({ host: hostname, port: Number(port), ca, cert, key, ALPNProtocols: ['http/1.1'] });
      socket.setTimeout(longestAnswerMs, () => socket.destroy());
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('error', (error) => resolve(none(error.message)));
      socket.on('close', () => resolve(parsePlain(Buffer.concat(chunks))));
      const lines = Object.entries({ host: `${hostname}:${port}`, connection: 'close', ...headers }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      if (body !== undefined && headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
        lines.push(`content-length: ${body.length}\r\n`);
      socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
      if (body !== undefined) socket.write(body);
    });
  }
  [Symbol.dispose](): void {
    for (const session of this.#sessions) session?.destroy();
  }
}

/** An answer of HTTP/1.1 whose end is the connection's. */
export function parsePlain(bytes: Buffer): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.subarray(0, Math.max(end, 0)).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0);
  if (status === 0) return none('no answer of HTTP/1.1');
  const headers: Record<string, string | string[]> = {};
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    const before = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = before === undefined ? value : [before, value].flat();
  }
  const body = bytes.subarray(end + 4);
  return { status, headers, body: headers['transfer-encoding'] === 'chunked' ? joinChunks(body) : body };
}

function joinChunks(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at);
    const size = end < 0 ? 0 : Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 4 + size;
  }
}
