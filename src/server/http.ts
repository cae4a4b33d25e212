import {
  createSecureServer,
  Http2ServerRequest,
  Http2ServerResponse,
  type Http2SecureServer,
  type Http2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../base/clock.ts';
import { ServerResponse } from '../base/http.node.ts';
import { remembered } from '../base/remembered.ts';
import type { AuthenticationRequest } from './types.ts';
import { exchangeOfRequest, exchangeOfStream } from './http/exchange.ts';
import { handle } from './http/handler.ts';
import type { HttpDeps } from './http/passage.ts';
import { handleUpgrade } from './http/upgrade.ts';

export interface TlsFiles {
  /** PEM */
  readonly key: string;
  readonly cert: string;
}
export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls: TlsFiles;
}
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** New connections get this certificate from now on. */
  renew(tls: TlsFiles): void;
  /** No new connections and requests; those under way may finish for a while. */
  close(graceMs: number): Promise<void>;
}

const streamsMax = 250;
const headerBytesMax = 64 * 1024;
const connectionsMax = 10_000;
const handshakeTimeoutMs = 10_000;
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 90_000;
const keepAliveMs = 120_000;
const pingEveryMs = 30_000;
const pingAnswerMs = 15_000;
const windowBytes = 1024 * 1024;

/** Serves the API over HTTP/2 and HTTP/1.1 on one TLS port; client certificates are asked for and judged by the authenticators. */
export async function listen(deps: HttpDeps, { host, port, tls }: ListenOptions): Promise<Listener> {
  const server = createSecureServer({
    key: tls.key,
    cert: tls.cert,
    minVersion: 'TLSv1.2',
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: handshakeTimeoutMs,
    maxHeaderListPairs: 256,
    settings: {
      maxConcurrentStreams: streamsMax,
      initialWindowSize: windowBytes,
      maxHeaderListSize: headerBytesMax,
      enableConnectProtocol: false,
    },
    maxHeaderSize: headerBytesMax,
  } as never);
  Object.assign(server, { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveMs });
  (server as unknown as { maxConnections: number }).maxConnections = connectionsMax;
  const connections = new Connections(deps.clock);
  let closing = false;

  server.on('secureConnection', (socket: TLSSocket) => connections.add(socket));
  server.on('session', (session: ServerHttp2Session) => connections.addSession(session));
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (closing) response.setHeader('connection', 'close');
    void handle(
      deps,
      exchangeOfRequest(request, response, deps.clock),
      callerOf(request.socket as TLSSocket, request.headers, request.rawHeaders),
    );
  });
  // A listener for 'request' makes Node wrap HTTP/2 streams as well; they are served as streams instead.
  server.removeAllListeners('stream');
  server.on('stream', (stream: ServerHttp2Stream, headers, _flags: number, rawHeaders: readonly string[]) => {
    const native = () => ({
      request: new Http2ServerRequest(stream, headers, {}, rawHeaders as string[]),
      response: new Http2ServerResponse(stream),
    });
    const { session } = stream;
    if (session === undefined || session.destroyed) return;
    void handle(deps, exchangeOfStream(stream, headers, deps.clock, native as never), { headers, rawHeaders, ...peerOfSession(session) });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const response = new ServerResponse(request);
    const exchange = exchangeOfRequest(request, response, deps.clock);
    const over = new AbortController();
    socket.on('error', () => undefined);
    socket.once('close', () => over.abort(new Error('the client is gone')));
    const owned = { ...exchange, method: exchange.method, path: exchange.path, signal: over.signal };
    void handleUpgrade(deps, owned, callerOf(request.socket as TLSSocket, request.headers, request.rawHeaders), { socket, head });
  });
  server.on('sessionError', () => undefined);
  // Node tells of a handshake that failed or took too long, and leaves the socket open.
  const handshakeErrors = deps.metrics.metrics.counter('apiserver_tls_handshake_errors_total', '[ALPHA] Handshakes that failed').of();
  server.on('tlsClientError', (_error: Error, socket: Duplex) => {
    handshakeErrors.add();
    socket.destroy();
  });
  server.on('clientError', (_error: Error, socket: Duplex) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  await started(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    renew: (next) => server.setSecureContext({ key: next.key, cert: next.cert }),
    async close(graceMs) {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.drain();
      const timer = deps.clock.setTimer(graceMs, () => connections.destroy());
      await closed;
      timer.cancel();
    },
  };
}

function started(server: Http2SecureServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

type Peer = Pick<AuthenticationRequest, 'peerCertificates' | 'remoteAddress' | 'remotePort'>;
const callerOf = (socket: TLSSocket, headers: AuthenticationRequest['headers'], rawHeaders: readonly string[]): AuthenticationRequest => ({
  headers,
  rawHeaders,
  ...peerOf(socket),
});

/** The other end of a connection, looked at once for each. */
const peerOf = remembered((socket: TLSSocket): Peer => {
  const chain: Uint8Array[] = [];
  const seen = new Set<string>();
  for (let one = socket.getPeerX509Certificate?.(); one !== undefined && !seen.has(one.fingerprint256); one = one.issuerCertificate) {
    seen.add(one.fingerprint256);
    chain.push(one.raw);
  }
  const { remoteAddress, remotePort } = socket;
  return { peerCertificates: chain.length === 0 ? undefined : chain, remoteAddress, remotePort };
});
const peerOfSession = remembered((session: Http2Session): Peer => peerOf(session.socket as TLSSocket));

/** What is connected: dead peers are found by pings, and everybody is sent away at the end. */
class Connections {
  readonly #clock: Clock;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  add(socket: TLSSocket): void {
    this.#sockets.add(socket);
    socket.setKeepAlive(true, pingEveryMs);
    socket.setNoDelay(true);
    socket.once('close', () => this.#sockets.delete(socket));
  }
  addSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    let timer: Timer;
    const arm = () => {
      timer = this.#clock.setTimer(pingEveryMs, ping);
    };
    const ping = () => {
      if (session.destroyed) return;
      timer = this.#clock.setTimer(pingAnswerMs, () => session.destroy());
      session.ping((error) => {
        timer.cancel();
        if (error === null) arm();
      });
    };
    arm();
    session.on('error', () => undefined);
    session.once('close', () => {
      timer.cancel();
      this.#sessions.delete(session);
    });
  }
  drain(): void {
    for (const session of this.#sessions) session.close();
    for (const socket of this.#sockets) {
      const idle = (socket as Socket & { _httpMessage?: unknown })._httpMessage === null;
      if (idle) socket.destroySoon();
    }
  }
  destroy(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}
