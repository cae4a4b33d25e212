import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Stream } from 'node:http2';
import type { Writable } from 'node:stream';
import { StatusError } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';

export const bodyBytesMax = 3 * 1024 * 1024;
/** A client that takes nothing for this long is cut. */
const stalledMs = 30_000;

export type AnswerHeaders = Readonly<Record<string, string | number | readonly string[]>>;

/** One request and its answer, over HTTP/2 streams or HTTP/1.1. */
export interface Exchange {
  readonly method: string;
  /** Encoded, without the query. */
  readonly path: string;
  /** Without '?'. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  /** Aborts when the client goes away before the answer is done. */
  readonly signal: AbortSignal;
  readonly begun: boolean;
  /** Bytes of the answer's body so far, as they go out. */
  readonly sent: number;
  /** Throws 413 beyond 3 MiB. */
  readBody(): Promise<Buffer>;
  begin(status: number, headers: AnswerHeaders): void;
  /** Resolves when more may be written; rejects when the client is gone or takes nothing. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  end(chunk?: Uint8Array): void;
  /** Cuts the connection, or the stream of it. */
  destroy(): void;
  /** For handlers that want to speak HTTP themselves. */
  native(): { readonly request: IncomingMessage | Http2ServerRequest; readonly response: ServerResponse | Http2ServerResponse };
}

function splitTarget(target: string): { path: string; search: string } {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  return { path: path.startsWith('/') ? path : `/${path}`, search: at < 0 ? '' : target.slice(at + 1) };
}

const tooLarge = () => new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyBytesMax}`);

async function collect(source: NodeJS.ReadableStream & { destroyed?: boolean }, headers: IncomingHttpHeaders): Promise<Buffer> {
  if (Number(headers['content-length'] ?? 0) > bodyBytesMax) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  return await new Promise((resolve, reject) => {
    source.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bodyBytesMax) {
        chunks.length = 0;
        source.pause();
        reject(tooLarge());
      } else chunks.push(chunk);
    });
    let isWhole = false;
    source.on('end', () => {
      isWhole = true;
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    // Streams close after every request.
    const onGone = () => {
      if (!isWhole) reject(new StatusError(400, 'BadRequest', 'the client went away while it sent the body'));
    };
    source.on('error', onGone);
    source.on('close', onGone);
  });
}

function writeTo(sink: Writable, chunk: Uint8Array, clock: Clock): Promise<void> | undefined {
  if (sink.destroyed) return Promise.reject(new Error('the client is gone'));
  if (sink.write(chunk)) return undefined;
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      timer.cancel();
      sink.off('drain', drained);
      sink.off('close', closed);
      act();
    };
    const drained = settle(resolve);
    const closed = settle(() => reject(new Error('the client is gone')));
    const timer = clock.setTimer(stalledMs, () => {
      sink.off('drain', drained);
      sink.off('close', closed);
      sink.destroy();
      reject(new Error('the client takes nothing'));
    });
    sink.once('drain', drained);
    sink.once('close', closed);
  });
}

/** A signal, made when it is asked for, that aborts when the sink closes and `isCut` says that the answer did not get through. */
function closing(sink: Writable, isCut: () => boolean): () => AbortSignal {
  let controller: AbortController | undefined;
  return () => {
    if (controller === undefined) {
      const made = new AbortController();
      controller = made;
      const leave = () => {
        if (isCut()) made.abort(new Error('the client is gone'));
      };
      if (sink.destroyed) leave();
      else sink.once('close', leave);
    }
    return controller.signal;
  };
}

export function exchangeOfStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  clock: Clock,
  native: Exchange['native'],
): Exchange {
  const { path, search } = splitTarget(String(headers[':path'] ?? '/'));
  const signal = closing(stream, () => stream.aborted || (!stream.writableFinished && stream.rstCode !== constants.NGHTTP2_NO_ERROR));
  let sent = 0;
  // An answer may fail to be written at any time; who waits for it sees the stream close.
  stream.on('error', () => undefined);
  return {
    method: String(headers[':method'] ?? 'GET'),
    path,
    search,
    headers,
    get signal() {
      return signal();
    },
    get begun() {
      return stream.headersSent;
    },
    get sent() {
      return sent;
    },
    readBody: () => collect(stream, headers),
    begin(status, answer) {
      if (!stream.destroyed && !stream.headersSent) stream.respond({ ...answer, ':status': status } as never);
    },
    write(chunk) {
      sent += chunk.byteLength;
      return writeTo(stream, chunk, clock);
    },
    end(chunk) {
      sent += chunk?.byteLength ?? 0;
      if (stream.destroyed) return;
      stream.end(chunk);
      // The rest of a body that nobody wants. Where there is none Node reads the end itself, when the answer is out; were it read before,
      // Node would take the answer for cut off, and make an error of it.
      if (!stream.endAfterHeaders && !stream.readableEnded) stream.resume();
    },
    destroy: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    native,
  };
}

/** What is left of a body that nobody wants is read away up to here, so that the connection can go on. */
const unwantedBytesMax = 256 * 1024;

export function exchangeOfRequest(request: IncomingMessage, response: ServerResponse, clock: Clock): Exchange {
  const { path, search } = splitTarget(request.url ?? '/');
  const signal = closing(response, () => !response.writableFinished);
  let sent = 0;
  const size =
    request.headers['transfer-encoding'] === undefined ? Number(request.headers['content-length'] ?? 0) : Number.POSITIVE_INFINITY;
  const leavesBody = () => !request.complete && size > unwantedBytesMax;
  response.on('error', () => undefined);
  return {
    method: request.method ?? 'GET',
    path,
    search,
    headers: request.headers,
    get signal() {
      return signal();
    },
    get begun() {
      return response.headersSent;
    },
    get sent() {
      return sent;
    },
    readBody: () => collect(request, request.headers),
    begin(status, answer) {
      if (response.headersSent) return;
      response.writeHead(status, (leavesBody() ? { ...answer, connection: 'close' } : answer) as never);
    },
    write(chunk) {
      sent += chunk.byteLength;
      return writeTo(response, chunk, clock);
    },
    end(chunk) {
      sent += chunk?.byteLength ?? 0;
      const closes = leavesBody();
      response.end(chunk);
      if (!request.complete) request.resume();
      if (closes) response.once('finish', () => request.socket.destroySoon());
    },
    destroy: () => response.destroy(),
    native: () => ({ request, response }),
  };
}

/** The value of a header; the first where there are several. */
export const header = (exchange: Exchange, name: string): string | undefined => {
  const value = exchange.headers[name];
  return typeof value === 'string' ? value : value?.[0];
};
