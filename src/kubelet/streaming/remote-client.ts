import type { Duplex, Readable, Writable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { request } from '../../base/http.node.ts';
import { RuntimeError, type StreamOptions, type StreamSession } from '../runtime.ts';
import { SpdyConnection } from './spdy.ts';

/** The client's side of Kubernetes' remote command and port forwarding, towards the runtime's streaming server. */
const upgradeTimeoutMs = 30_000;
const largestStatusBytes = 64 << 10;

function upgrade(url: URL, protocols: readonly string[], clock: Clock): Promise<{ readonly socket: Duplex; readonly head: Buffer }> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      agent: false,
      headers: { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': [...protocols], 'Content-Length': '0' },
    });
    const timer = clock.setTimer(upgradeTimeoutMs, () => call.destroy(new Error('no answer from the streaming server')));
    call.once('upgrade', (_response, socket, head) => {
      timer.cancel();
      resolve({ socket, head });
    });
    call.once('response', (response) => {
      response.resume();
      timer.cancel();
      call.destroy();
      reject(new RuntimeError('Internal', `the streaming server answered ${response.statusCode}`));
    });
    call.once('error', (error) => {
      timer.cancel();
      reject(new RuntimeError('Unavailable', error.message));
    });
    call.end();
  });
}

async function readText(from: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of from) {
    size += (chunk as Buffer).length;
    if (size <= largestStatusBytes) chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

interface ExitStatus {
  readonly status?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** What the error stream's last word means. */
export function exitFrom(text: string): { readonly exitCode: number; readonly error?: string } {
  if (text === '') return { exitCode: -1, error: 'the connection to the runtime was lost' };
  try {
    const { status, message, details } = JSON.parse(text) as ExitStatus;
    if (status === 'Success') return { exitCode: 0 };
    const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
    return code === undefined ? { exitCode: -1, error: message ?? text } : { exitCode: Number(code) };
  } catch {
    return { exitCode: -1, error: text };
  }
}

/** Opens the streams of an exec or attach at the address the runtime gave. */
export async function connectRemoteCommand(url: URL, options: StreamOptions, clock: Clock): Promise<StreamSession> {
  const { socket, head } = await upgrade(url, ['v4.channel.k8s.io'], clock);
  const connection = new SpdyConnection(socket, { role: 'client', head });
  const open = (streamtype: string) => connection.open({ streamtype });
  const errors = open('error');
  errors.end();
  const stdin = options.stdin ? open('stdin') : undefined;
  const stdout = options.stdout ? open('stdout') : undefined;
  const stderr = options.stderr && !options.tty ? open('stderr') : undefined;
  const sizes = options.tty ? open('resize') : undefined;
  const done = readText(errors)
    .catch(() => '')
    .then((text) => {
      connection.close();
      return exitFrom(text);
    });
  return {
    ...(stdin && { stdin: stdin as Writable }),
    ...(stdout && { stdout: stdout as Readable }),
    ...(stderr && { stderr: stderr as Readable }),
    resize({ width, height }) {
      if (sizes?.writable === true) sizes.write(`${JSON.stringify({ Width: width, Height: height })}\n`);
    },
    done,
    close: () => connection.destroy(),
  };
}

/** One connection into a pod. Errors of the far end show as an error of `readable`. */
export async function connectPortForward(
  url: URL,
  port: number,
  clock: Clock,
): Promise<{ readonly readable: Readable; readonly writable: Writable; close(): void }> {
  const { socket, head } = await upgrade(url, ['portforward.k8s.io'], clock);
  const connection = new SpdyConnection(socket, { role: 'client', head });
  const headers = { port: String(port), requestid: '0' };
  const errors = connection.open({ streamtype: 'error', ...headers });
  errors.end();
  const data = connection.open({ streamtype: 'data', ...headers });
  void readText(errors)
    .catch(() => '')
    .then((text) => {
      if (text !== '') data.destroy(new RuntimeError('Unavailable', text));
    });
  data.once('close', () => connection.close());
  return { readable: data, writable: data, close: () => connection.destroy() };
}
