import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** A protocol upgrade as Node's HTTP server hands it over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

const largestFrameBytes = 4 << 20;

export const isWebSocket = (headers: IncomingHttpHeaders): boolean => headers.upgrade?.toLowerCase() === 'websocket';
export const isSpdy = (headers: IncomingHttpHeaders): boolean => headers.upgrade?.toLowerCase() === 'spdy/3.1';

/** Answers an upgrade that will not be, and ends the connection. */
export function refuseUpgrade(socket: Duplex, code: number, reason: string, text: string, headers: readonly string[] = []): void {
  const body = `${text}\n`;
  const lines = [
    `HTTP/1.1 ${code} ${reason}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...headers,
  ];
  if (socket.writable) socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function offered(request: IncomingMessage, header: string): readonly string[] {
  return (request.headersDistinct[header] ?? [])
    .flatMap((line) => line.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * Agrees to SPDY and one of our protocols, by the client's order; '' when the client names none and `unnamed` allows it.
 * Undefined when the upgrade was refused.
 */
export function acceptSpdy({ request, socket }: Upgrade, protocols: readonly string[], unnamed: boolean): string | undefined {
  const wanted = offered(request, 'x-stream-protocol-version');
  const chosen = wanted.length === 0 && unnamed ? '' : wanted.find((name) => protocols.includes(name));
  if (chosen === undefined) {
    const text = `unable to upgrade: unable to negotiate protocol: client supports [${wanted.join(' ')}], server accepts [${protocols.join(' ')}]`;
    refuseUpgrade(socket, 403, 'Forbidden', text, [`X-Accepted-Stream-Protocol-Versions: ${protocols.join(', ')}`]);
    return undefined;
  }
  const named = chosen === '' ? '' : `X-Stream-Protocol-Version: ${chosen}\r\n`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${named}\r\n`);
  return chosen;
}

/** Agrees to a WebSocket; undefined when the upgrade was refused. The messages wait (`pause`) until somebody resumes them. */
export function acceptWebSocket(
  { request, socket, head }: Upgrade,
  protocols: readonly string[],
  unnamed: boolean,
): Promise<{ readonly webSocket: WebSocket; readonly protocol: string } | undefined> {
  const wanted = offered(request, 'sec-websocket-protocol');
  const chosen = wanted.length === 0 && unnamed ? '' : wanted.find((name) => protocols.includes(name));
  if (chosen === undefined) {
    refuseUpgrade(
      socket,
      403,
      'Forbidden',
      `unable to upgrade: client offers [${wanted.join(' ')}], server accepts [${protocols.join(' ')}]`,
    );
    return Promise.resolve(undefined);
  }
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: largestFrameBytes,
    handleProtocols: () => (chosen === '' ? false : chosen),
  });
  return new Promise((resolve) => {
    server.on('wsClientError', () => {
      refuseUpgrade(socket, 400, 'Bad Request', 'not a WebSocket handshake');
      resolve(undefined);
    });
    server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => undefined);
      webSocket.pause();
      resolve({ webSocket, protocol: chosen });
    });
  });
}
