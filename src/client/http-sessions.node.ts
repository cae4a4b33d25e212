import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { Clock } from '../base/clock.ts';
import * as http from '../base/http.node.ts';
import { serviceUnavailable } from '../api/status.ts';

export interface TlsOptions {
  readonly ca?: string | Buffer | undefined;
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  readonly insecure?: boolean | undefined;
  /** Name to check the server's certificate for, when it isn't the host of the address. */
  readonly serverName?: string | undefined;
}
export interface HttpRequest {
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Ends the request when the reader leaves early. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Streams on one connection before another one is opened; servers allow 100 or more. */
const streamsPerSession = 90;
const pingEveryMs = 30_000;
const pingTimeoutMs = 15_000;

const unreachable = (cause: unknown) =>
  Object.assign(serviceUnavailable(cause instanceof Error ? cause.message : String(cause)), { cause });

/** Rejections of a request: the signal's own reason, or that the server can't be reached. */
const failure = (error: unknown, signal: AbortSignal | undefined) => (signal?.aborted ? signal.reason : unreachable(error));

/** Reads a stream; errors in its middle are StatusErrors too. */
async function* chunks(stream: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    throw failure(error, signal);
  }
}

/** HTTP/2 connections to one server: opened when needed, pinged, replaced when they die. */
export class HttpSessions {
  readonly #origin: string;
  readonly #tls: TlsOptions;
  readonly #clock: Clock;
  readonly #sessions = new Map<ClientHttp2Session, { active: number }>();

  constructor(origin: string, tls: TlsOptions, clock: Clock) {
    this.#origin = origin;
    this.#tls = tls;
    this.#clock = clock;
  }

  request(request: HttpRequest): Promise<HttpResponse> {
    return this.#origin.startsWith('http:') ? this.#plain(request) : this.#secure(request);
  }

  close(): void {
    for (const session of this.#sessions.keys()) session.destroy();
    this.#sessions.clear();
  }

  #session(): ClientHttp2Session {
    for (const [session, use] of this.#sessions)
      if (!session.closed && !session.destroyed && use.active < streamsPerSession) return session;
    const { ca, cert, key, insecure, serverName } = this.#tls;
    const session = http2.connect(this.#origin, {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      rejectUnauthorized: !insecure,
      settings: { enablePush: false, initialWindowSize: 1 << 20 },
    });
    this.#sessions.set(session, { active: 0 });
    const forget = () => this.#sessions.delete(session);
    session.on('error', forget);
    session.on('goaway', forget);
    session.on('close', forget);
    session.on('connect', () => {
      session.setLocalWindowSize(1 << 24);
      this.#ping(session);
    });
    session.unref();
    return session;
  }

  /** A connection whose other end is silent is closed, so that its watches end and are opened anew. */
  #ping(session: ClientHttp2Session): void {
    const timer = this.#clock.setTimer(pingEveryMs, () => {
      if (session.destroyed) return;
      const late = this.#clock.setTimer(pingTimeoutMs, () => session.destroy());
      session.ping((error) => {
        late.cancel();
        if (!error) this.#ping(session);
      });
    });
    session.once('close', () => timer.cancel());
  }

  #secure({ method, path, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const session = this.#session();
      const use = this.#sessions.get(session)!;
      let stream: ClientHttp2Stream;
      try {
        stream = session.request({ ...headers, ':method': method, ':path': path }, { endStream: body === undefined });
      } catch (error) {
        return reject(failure(error, signal));
      }
      if (use.active++ === 0) session.ref();
      const abort = () => stream.close(http2.constants.NGHTTP2_CANCEL);
      signal?.addEventListener('abort', abort, { once: true });
      let failed: unknown;
      stream.on('error', (error) => {
        failed = error;
      });
      stream.on('close', () => {
        signal?.removeEventListener('abort', abort);
        if (--use.active === 0 && !session.destroyed) session.unref();
        reject(failure(failed ?? new Error('connection closed before the answer'), signal));
      });
      stream.on('response', ({ ':status': status = 0, ...rest }) => {
        resolve({ status, headers: rest as HttpResponse['headers'], body: chunks(stream, signal) });
      });
      if (body !== undefined) stream.end(body);
    });
  }

  /** Without TLS there is no HTTP/2 to agree on: HTTP/1.1, as to `kubectl proxy`. */
  #plain({ method, path, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const request = http.request(new URL(path, this.#origin), {
        method,
        headers: { ...headers } as Record<string, string>,
        ...(signal ? { signal } : {}),
      });
      request.on('error', (error) => reject(failure(error, signal)));
      request.on('response', (response) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: chunks(response, signal) });
      });
      request.end(body);
    });
  }
}
