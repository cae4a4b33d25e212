import type { Duplex, Readable, Writable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { StreamOptions } from '../runtime.ts';
import { SpdyConnection } from './spdy.ts';
import type { SpdyStream } from './spdy-stream.ts';
import { acceptSpdy, acceptWebSocket, type Upgrade } from './upgrade.ts';
import { openWebSocketChannels } from './web-socket-channels.ts';

/** The streams of one remote command, seen from the server, whatever carries them. */
export interface RemoteChannels {
  /** What the client types; ends when the client closes it. */
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** Carries the end of the command. */
  readonly error: Writable;
  /** {"Width":…,"Height":…} objects, one after another. */
  readonly sizes: Readable | undefined;
  /** How the end is told: as a Status (v4 and later), or as bare text. */
  readonly statusAsJson: boolean;
  /** Settles when the client is gone. */
  readonly gone: Promise<void>;
  /** Ends the connection after what is under way. */
  close(): void;
}

/** By falling age: names of k8s.io/apimachinery's remotecommand constants. */
const spdyProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];
const webSocketProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
];
const streamCreationTimeoutMs = 30_000;

/** Agrees to an upgrade for a remote command; undefined when it was refused or the client went away. */
export async function openRemoteChannels(
  upgrade: Upgrade,
  options: StreamOptions,
  clock: Clock,
  webSocket: boolean,
): Promise<RemoteChannels | undefined> {
  if (webSocket) {
    const accepted = await acceptWebSocket(upgrade, webSocketProtocols, true);
    return accepted && openWebSocketChannels(accepted.webSocket, accepted.protocol, options);
  }
  const protocol = acceptSpdy(upgrade, spdyProtocols, true);
  return protocol === undefined ? undefined : await openSpdyChannels(upgrade, protocol, options, clock);
}

/** Waits until the client has opened every stream that its query announced. */
async function openSpdyChannels(
  { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
  protocol: string,
  options: StreamOptions,
  clock: Clock,
): Promise<RemoteChannels | undefined> {
  const sized = options.tty && (protocol === 'v4.channel.k8s.io' || protocol === 'v3.channel.k8s.io');
  const expected = new Set(['error']);
  if (options.stdin) expected.add('stdin');
  if (options.stdout) expected.add('stdout');
  if (options.stderr && !options.tty) expected.add('stderr');
  if (sized) expected.add('resize');
  const streams = new Map<string, SpdyStream>();
  const { promise: complete, resolve } = Promise.withResolvers<boolean>();
  const connection = new SpdyConnection(socket, {
    role: 'server',
    head,
    onStream(stream) {
      const type = stream.headers.streamtype ?? '';
      if (!expected.has(type) || streams.has(type)) return stream.destroy();
      streams.set(type, stream);
      if (streams.size === expected.size) resolve(true);
    },
  });
  using _timer = clock.setTimer(streamCreationTimeoutMs, () => resolve(false));
  void connection.done.then(() => resolve(false));
  if (!(await complete)) {
    connection.destroy();
    return undefined;
  }
  return {
    stdin: streams.get('stdin'),
    stdout: streams.get('stdout'),
    stderr: streams.get('stderr'),
    error: streams.get('error')!,
    sizes: streams.get('resize'),
    statusAsJson: protocol === 'v4.channel.k8s.io',
    gone: connection.done,
    close: () => connection.close(),
  };
}
