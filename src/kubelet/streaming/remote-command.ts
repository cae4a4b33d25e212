import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../base/clock.ts';
import type { StreamOptions, StreamSession } from '../runtime.ts';
import { openRemoteChannels, type RemoteChannels } from './channels.ts';
import { isSpdy, isWebSocket, refuseUpgrade } from './upgrade.ts';

const largestSizeText = 1024;

/**
 * Serves exec and attach on an upgraded connection: SPDY/3.1 (v4 to v1) or WebSocket (v5, v4, v1, and base64 variants).
 * `start` runs once the client's streams are there. Resolves when all is over; never throws.
 * Rules of the end: https://kubernetes.io/docs/reference/command-line-tools-reference, KEP-4006 for v5.
 */
export async function serveRemoteCommand(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: StreamOptions,
  start: () => Promise<StreamSession>,
  clock: Clock,
): Promise<void> {
  socket.on('error', () => undefined);
  if (!options.stdin && !options.stdout && !options.stderr) {
    return refuseUpgrade(socket, 400, 'Bad Request', 'you must specify at least 1 of stdin, stdout, stderr');
  }
  const webSocket = isWebSocket(request.headers);
  if (!webSocket && !isSpdy(request.headers)) return refuseUpgrade(socket, 400, 'Bad Request', 'Upgrade request required');
  const channels = await openRemoteChannels({ request, socket, head }, options, clock, webSocket);
  if (channels === undefined) return;
  let session: StreamSession | undefined;
  try {
    session = await start();
    await run(channels, session);
  } catch (error) {
    await tell(channels, { exitCode: -1, error: (error as Error).message });
  } finally {
    session?.close();
    channels.close();
  }
}

async function run(channels: RemoteChannels, session: StreamSession): Promise<void> {
  if (channels.stdin && session.stdin) void copy(channels.stdin, session.stdin);
  else channels.stdin?.resume();
  if (channels.sizes) void followSizes(channels.sizes, session);
  const outputs = Promise.all([
    session.stdout && channels.stdout && copy(session.stdout, channels.stdout),
    session.stderr && channels.stderr && copy(session.stderr, channels.stderr),
  ]);
  const finished = session.done.then(async (exit) => {
    // everything the command wrote comes before word of its end
    await outputs;
    await tell(channels, exit);
  });
  finished.catch(() => undefined);
  await Promise.race([finished, channels.gone]);
}

/** Copies to the end; a reader or writer that goes away is no error. */
async function copy(from: Readable, to: Writable): Promise<void> {
  await pipeline(from, to).catch(() => undefined);
}

async function followSizes(from: Readable, session: StreamSession): Promise<void> {
  let pending = '';
  try {
    for await (const chunk of from) {
      pending += (chunk as Buffer).toString('latin1');
      for (let end = pending.indexOf('}'); end >= 0; end = pending.indexOf('}')) {
        const { Width: width, Height: height } = JSON.parse(pending.slice(0, end + 1)) as { Width: number; Height: number };
        pending = pending.slice(end + 1);
        if (Number.isInteger(width) && Number.isInteger(height)) session.resize({ width, height });
      }
      if (pending.length > largestSizeText) return;
    }
  } catch {
    // a client that sends nonsense gets no resizing
  }
}

/** Tells the client how it ended, in the words of upstream's streaming server. */
async function tell(channels: RemoteChannels, exit: { readonly exitCode: number; readonly error?: string }): Promise<void> {
  const message =
    exit.error === undefined
      ? `command terminated with non-zero exit code: exit status ${exit.exitCode}`
      : `Internal error occurred: error executing command in container: ${exit.error}`;
  const success = exit.error === undefined && exit.exitCode === 0;
  let text = success ? '' : message;
  if (channels.statusAsJson) text = JSON.stringify(success ? { metadata: {}, status: 'Success' } : failure(exit, message));
  await new Promise<void>((resolve) => {
    channels.error.once('close', resolve);
    channels.error.once('error', () => resolve());
    channels.error.end(text, resolve);
  });
}

function failure(exit: { readonly exitCode: number; readonly error?: string }, message: string): object {
  if (exit.error === undefined) {
    const causes = [{ reason: 'ExitCode', message: String(exit.exitCode) }];
    return { metadata: {}, status: 'Failure', message, reason: 'NonZeroExitCode', details: { causes } };
  }
  const causes = [{ message: message.replace('Internal error occurred: ', '') }];
  return { metadata: {}, status: 'Failure', message, reason: 'InternalError', details: { causes }, code: 500 };
}
