import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { aborted } from '../base/aborted.ts';
import { createHttpsServer } from '../base/http.node.ts';
import type { Logger } from '../base/log.ts';
import type { Part } from '../base/supervisor.ts';
import type { NodeAccess, NodeUser } from '../kubelet/access.ts';
import type { Kubelet } from '../kubelet/kubelet.ts';
import { certificateSubject } from '../server/authn/certificate-subject.ts';
import type { TlsFiles } from '../server/http.ts';

export interface KubeletPortOptions {
  readonly kubelet: Kubelet;
  readonly access: NodeAccess;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles;
  /** PEM: whose client certificates are believed. */
  readonly clientCa: string;
  readonly log: Logger;
}

const connectionsMax = 1000;
const handshakeTimeoutMs = 10_000;
const reasons: Readonly<Record<number, string>> = { 401: 'Unauthorized', 403: 'Forbidden', 500: 'Internal Server Error' };

function userByCertificate(socket: TLSSocket): NodeUser | undefined {
  if (!socket.authorized) return undefined;
  const { raw } = socket.getPeerCertificate();
  const { commonName, organizations } = certificateSubject(raw);
  return { username: commonName, groups: [...organizations, 'system:authenticated'] };
}

/**
 * The kubelet on the network, for those who scrape or ask nodes themselves: metrics servers, Prometheus. Only for callers whom the API knows and
 * allows; nobody is anonymous. The API server in this process does not need it.
 */
export function kubeletPort({ kubelet, access, host, port, tls, clientCa, log }: KubeletPortOptions): Part {
  const ready = Promise.withResolvers<void>();
  /** Undefined when the request may go on. */
  async function refusal(request: IncomingMessage): Promise<readonly [number, string] | undefined> {
    try {
      const user = userByCertificate(request.socket as TLSSocket) ?? (await access.userOf(request.headers.authorization));
      if (user === undefined) return [401, 'Unauthorized'];
      const why = await access.refusal(user, request.method ?? '', new URL(request.url ?? '/', 'http://kubelet').pathname);
      return why === undefined ? undefined : [403, why];
    } catch (error) {
      log.warn('a request could not be judged', { error });
      return [500, 'Internal Error'];
    }
  }
  function listen(signal: AbortSignal): Promise<void> {
    const options = { ...tls, ca: clientCa, requestCert: true, rejectUnauthorized: false, handshakeTimeout: handshakeTimeoutMs };
    const server = createHttpsServer(options, async (request, response) => {
      const refused = await refusal(request);
      if (refused === undefined) return kubelet.handle(request, response);
      response.writeHead(refused[0], { 'Content-Type': 'text/plain; charset=utf-8' }).end(refused[1]);
    });
    server.on('upgrade', async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const refused = await refusal(request);
      if (refused === undefined) return kubelet.upgrade(request, socket, head);
      socket.end(`HTTP/1.1 ${refused[0]} ${reasons[refused[0]]}\r\nConnection: close\r\n\r\n${refused[1]}`);
    });
    server.maxConnections = connectionsMax;
    server.on('tlsClientError', () => undefined);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => ready.resolve());
      void aborted(signal).then(() => {
        server.closeAllConnections();
        server.close(() => resolve());
      });
    });
  }
  return { name: 'kubelet-port', ready: ready.promise, run: listen };
}
