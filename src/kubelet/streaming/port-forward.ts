import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createWebSocketStream, type WebSocket } from 'ws';
import { SpdyConnection } from './spdy.ts';
import type { SpdyStream } from './spdy-stream.ts';
import { acceptSpdy, acceptWebSocket, isSpdy, isWebSocket, refuseUpgrade } from './upgrade.ts';
import { Inbox, Outbox, readMessage, sendOn } from './web-socket-channels.ts';

/** A connection to a port of a pod. */
export interface ForwardedConnection {
  readonly readable: Readable;
  readonly writable: Writable;
  close(): void;
}
type Open = (port: number) => Promise<ForwardedConnection>;

const spdyProtocol = 'portforward.k8s.io';
/** SPDY inside WebSocket messages (KEP-4006). */
const tunnelProtocol = `SPDY/3.1+${spdyProtocol}`;
const webSocketProtocols = [tunnelProtocol, 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];
const mostConnections = 256;

/**
 * Serves port forwarding on an upgraded connection: SPDY, SPDY tunnelled in a WebSocket, or the older WebSocket channels
 * whose ports stand in the query. Resolves when the client is gone; never throws.
 */
export async function servePortForward(request: IncomingMessage, socket: Duplex, head: Buffer, open: Open): Promise<void> {
  socket.on('error', () => undefined);
  if (isWebSocket(request.headers)) {
    const accepted = await acceptWebSocket({ request, socket, head }, webSocketProtocols, true);
    if (accepted === undefined) return;
    const { webSocket, protocol } = accepted;
    if (protocol !== tunnelProtocol) return await serveChannels(webSocket, protocol, portsOf(request), open);
    const tunnel = createWebSocketStream(webSocket);
    tunnel.on('error', () => undefined);
    webSocket.resume();
    return await serveSpdy(tunnel, Buffer.alloc(0), open);
  }
  if (!isSpdy(request.headers)) return refuseUpgrade(socket, 400, 'Bad Request', 'Upgrade request required');
  if (acceptSpdy({ request, socket, head }, [spdyProtocol], false) === undefined) return;
  await serveSpdy(socket, head, open);
}

const isPort = (port: number) => Number.isInteger(port) && port > 0 && port < 65536;

async function serveSpdy(socket: Duplex, head: Buffer, open: Open): Promise<void> {
  /** Streams that wait for the other of their pair. */
  const halves = new Map<string, SpdyStream>();
  let connections = 0;
  const connection = new SpdyConnection(socket, {
    role: 'server',
    head,
    onStream(stream) {
      const { streamtype: type, port } = stream.headers;
      if ((type !== 'error' && type !== 'data') || !isPort(Number(port))) return stream.destroy();
      // clients from before request numbers open the error stream and then the data stream
      const pair = stream.headers.requestid ?? String(type === 'error' ? stream.id : stream.id - 2);
      const other = halves.get(pair);
      if (other === undefined) {
        if (halves.size >= mostConnections) return stream.destroy();
        halves.set(pair, stream);
        return;
      }
      halves.delete(pair);
      if (other.headers.streamtype === type || connections >= mostConnections) {
        other.destroy();
        return stream.destroy();
      }
      const [data, error] = type === 'data' ? [stream, other] : [other, stream];
      connections++;
      void forward(Number(port), data, data, error, open).finally(() => connections--);
    },
  });
  await connection.done;
}

/** Joins one client connection with one into the pod. What goes wrong is said on the error stream. */
async function forward(port: number, from: Readable, to: Writable, error: Writable, open: Open): Promise<void> {
  let target: ForwardedConnection | undefined;
  try {
    target = await open(port);
    const { readable, writable } = target;
    // either side may finish sending first; the connection ends when the pod's side does
    void pipeline(from, writable).catch(() => undefined);
    await pipeline(readable, to);
    error.end();
  } catch (cause) {
    error.end(`error forwarding port ${port} to pod: ${(cause as Error).message}`);
    to.end();
  } finally {
    target?.close();
    from.destroy();
  }
}

function portsOf(request: IncomingMessage): readonly number[] {
  const query = new URL(request.url ?? '/', 'http://kubelet').searchParams;
  return [...query.getAll('port'), ...query.getAll('ports')].flatMap((text) => text.split(',')).map(Number);
}

/** Channels 2n (data) and 2n+1 (errors) for the n-th port; the first message of each tells its port, two bytes, low first. */
async function serveChannels(webSocket: WebSocket, protocol: string, ports: readonly number[], open: Open): Promise<void> {
  if (ports.length === 0 || ports.length > 127 || !ports.every(isPort)) return webSocket.close(1008, 'query parameter "port" is required');
  const base64 = protocol.includes('base64');
  const resume = () => {
    if (webSocket.isPaused) webSocket.resume();
  };
  const inboxes = ports.map(() => new Inbox(resume));
  webSocket.on('message', (raw) => {
    const message = readMessage(raw as Buffer, base64);
    const inbox = message === undefined || message.number % 2 === 1 ? undefined : inboxes[message.number / 2];
    if (inbox === undefined || inbox.destroyed || message!.data.length === 0) return;
    if (!inbox.push(message!.data)) webSocket.pause();
  });
  const gone = new Promise<void>((resolve) => webSocket.once('close', () => resolve()));
  void gone.then(() => {
    for (const inbox of inboxes) if (!inbox.destroyed) inbox.push(null);
  });
  const outbox = (number: number) => new Outbox((data, sent) => sendOn(webSocket, base64, number, data, sent));
  const all = ports.map((port, index) => {
    const [data, error] = [outbox(index * 2), outbox(index * 2 + 1)];
    const first = Buffer.from([port & 0xff, port >> 8]);
    data.write(first);
    error.write(first);
    return forward(port, inboxes[index]!, data, error, open);
  });
  resume();
  await Promise.race([Promise.all(all), gone]);
  webSocket.close(1000);
}
