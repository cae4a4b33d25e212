import type { Duplex } from 'node:stream';
import { StatusError } from '../../../api/status.ts';
import { type BackendAnswer, returnedHeaders } from './http-relay.ts';

/** How much of a refusal is passed on. */
const refusalMaxBytes = 1024 * 1024;

/** Joins two connections until either ends; an error of one ends both. */
function join(a: Duplex, b: Duplex, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let open = 2;
    const end = () => {
      a.destroy();
      b.destroy();
    };
    signal.addEventListener('abort', end, { once: true });
    for (const side of [a, b]) {
      side.once('error', end);
      side.once('close', () => {
        end();
        open -= 1;
        if (open > 0) return;
        signal.removeEventListener('abort', end);
        resolve();
      });
    }
    a.pipe(b);
    b.pipe(a);
  });
}

const head = (status: number, reason: string, headers: readonly (readonly [string, string])[]) =>
  `HTTP/1.1 ${status} ${reason}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;

async function refuse(answer: BackendAnswer & { type: 'response' }, client: Duplex): Promise<void> {
  const { response } = answer;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > refusalMaxBytes) break;
    chunks.push(chunk);
  }
  response.destroy();
  const body = Buffer.concat(chunks);
  const skipped = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'upgrade', 'trailer']);
  const headers = [
    ...returnedHeaders(response, (name) => !skipped.has(name)),
    ['Content-Length', String(body.length)],
    ['Connection', 'close'],
  ] as const;
  client.end(Buffer.concat([Buffer.from(head(response.statusCode ?? 502, response.statusMessage ?? '', headers), 'latin1'), body]));
}

/**
 * Passes a backend's answer to an upgrade on. Only after a 101 do the two ends talk freely; any other answer is relayed
 * whole and the client's connection closed, so that nobody keeps an open line to a backend that refused (CVE-2018-1002105).
 */
export async function completeUpgrade(
  answer: BackendAnswer,
  upgrade: { readonly socket: Duplex; readonly head: Buffer },
  signal: AbortSignal,
): Promise<void> {
  const client = upgrade.socket;
  if (answer.type === 'response') return await refuse(answer, client);
  if (answer.response.statusCode !== 101) {
    answer.socket.destroy();
    throw new StatusError(502, '', `the backend answered the upgrade with status ${answer.response.statusCode}`);
  }
  client.write(
    head(
      101,
      'Switching Protocols',
      returnedHeaders(answer.response, () => true),
    ),
    'latin1',
  );
  if (answer.head.length > 0) client.write(answer.head);
  if (upgrade.head.length > 0) answer.socket.write(upgrade.head);
  await join(client, answer.socket, signal);
}
