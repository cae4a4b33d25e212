import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { badRequest } from '../../api/status.ts';
import type { Reply } from '../../client/call.ts';
import type { Frames } from '../cache/watch-events.ts';

/** Logs and watches over WebSocket (RFC 6455), as upstream's API server offers them beside plain HTTP. */
const base64Protocol = 'base64.binary.k8s.io';
const protocols = ['binary.k8s.io', base64Protocol];
/** A reader this far behind is waited for. */
const bufferedMaxBytes = 1 << 20;

export const isWebSocket = (request: IncomingMessage): boolean => request.headers.upgrade?.toLowerCase() === 'websocket';

const acceptor = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  maxPayload: 64 << 10,
  handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false,
});

/** Resolves when the message may be followed by another, rejects when the client has gone. */
function send(webSocket: WebSocket, data: Uint8Array | string): Promise<void> | undefined {
  if (webSocket.bufferedAmount < bufferedMaxBytes) {
    webSocket.send(data);
    return undefined;
  }
  return new Promise((resolve, reject) => webSocket.send(data, (error) => (error ? reject(error) : resolve())));
}

/** Answers an upgrade with a reply that streams: a message for each piece of a log, or each event of a watch. */
export async function serveOverWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  reply: Reply,
  frames: Frames,
  ended: () => void,
): Promise<void> {
  if (reply.type !== 'stream' && reply.type !== 'watch') throw badRequest('only logs and watches are served over WebSocket');
  const webSocket = await new Promise<WebSocket>((resolve) => acceptor.handleUpgrade(request, socket, head, resolve));
  webSocket.on('error', ended);
  webSocket.on('close', ended);
  const encoded = webSocket.protocol === base64Protocol;
  if (reply.type === 'stream') {
    for await (const piece of reply.stream) {
      if (webSocket.readyState !== webSocket.OPEN) return;
      await send(webSocket, encoded ? Buffer.from(piece).toString('base64') : piece);
    }
  } else {
    for await (const event of reply.events) {
      if (webSocket.readyState !== webSocket.OPEN) return;
      await send(webSocket, frames.message(event));
    }
  }
  webSocket.close(1000);
}
