import { formatDuration } from '../api/gotime.ts';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { credentials, makeGenericClientConstructor, status as grpcStatus } from '@grpc/grpc-js';
import { request as httpRequest } from '../base/http.node.ts';
import type { HttpTarget, ProbeDialer } from './dialer.ts';

const maxBodyBytes = 10 * 1024;
const maxRedirects = 10;
const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);

function dialText(error: Error & { code?: string }, host: string, port: number): string {
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connect: connection refused',
    EHOSTUNREACH: 'connect: no route to host',
    ENETUNREACH: 'connect: network is unreachable',
    ETIMEDOUT: 'i/o timeout',
  };
  const reason = error.code === undefined ? undefined : reasons[error.code];
  return reason === undefined ? error.message : `dial tcp ${bracketed(host)}:${port}: ${reason}`;
}

const urlOf = (target: HttpTarget) =>
  new URL(`${target.scheme}://${bracketed(target.host)}:${target.port}${target.path.startsWith('/') ? '' : '/'}${target.path}`);

function headersOf(target: HttpTarget): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null);
  const given = new Set(target.headers.map((header) => header.name.toLowerCase()));
  if (!given.has('user-agent')) headers['User-Agent'] = target.userAgent;
  if (!given.has('accept')) headers.Accept = '*/*';
  for (const { name, value } of target.headers) {
    const key = Object.keys(headers).find((one) => one.toLowerCase() === name.toLowerCase()) ?? name;
    const before = headers[key];
    headers[key] = before === undefined || key.toLowerCase() === 'host' ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  for (const [name, value] of Object.entries(headers)) if (value === '') delete headers[name];
  return { ...headers, Connection: 'close' };
}

async function fetchOnce(
  url: URL,
  target: HttpTarget,
  signal: AbortSignal,
): Promise<{ status: number; body: string; location: string | undefined }> {
  return await new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = open(url, { headers: headersOf(target), agent: false, signal, rejectUnauthorized: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).subarray(0, maxBodyBytes).toString('utf8'),
          location: response.headers.location,
        });
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size < maxBodyBytes) return;
        finish();
        response.destroy();
      });
      response.on('end', finish);
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end();
  });
}

async function get(target: HttpTarget, timeoutMs: number): ReturnType<ProbeDialer['http']> {
  const signal = AbortSignal.timeout(timeoutMs);
  const first = urlOf(target);
  let url = first;
  try {
    for (let hop = 0; ; hop++) {
      const { status, body, location } = await fetchOnce(url, target, signal);
      const redirect = status >= 300 && status < 400 && location !== undefined;
      if (!redirect) return { status, body, redirected: false };
      const next = new URL(location, url);
      if (next.hostname !== first.hostname) return { status, body, redirected: true };
      if (hop >= maxRedirects) throw new Error('stopped after 10 redirects');
      url = next;
    }
  } catch (error) {
    const why = signal.aborted
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : dialText(error as Error, target.host, target.port);
    throw new Error(`Get "${first.href}": ${why}`);
  }
}

async function tcp(host: string, port: number, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port, signal: AbortSignal.timeout(timeoutMs) });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', (error) => {
      socket.destroy();
      reject(new Error(error.name === 'AbortError' ? `dial tcp ${bracketed(host)}:${port}: i/o timeout` : dialText(error, host, port)));
    });
  });
}

/** HealthCheckRequest{service = 1} and HealthCheckResponse{status = 1} need no more than this. */
const servingStates = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const Health = makeGenericClientConstructor(
  {
    check: {
      path: '/grpc.health.v1.Health/Check',
      requestStream: false,
      responseStream: false,
      requestSerialize: (service: string) => {
        const bytes = Buffer.from(service);
        const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
        return bytes.length === 0 ? bytes : Buffer.concat([Buffer.from([10, ...length]), bytes]);
      },
      requestDeserialize: (bytes: Buffer) => bytes.toString(),
      responseSerialize: (text: string) => Buffer.from(text),
      responseDeserialize: (bytes: Buffer) => servingStates[bytes[0] === 8 ? (bytes[1] ?? 0) : 0] ?? 'UNKNOWN',
    },
  },
  'grpc.health.v1.Health',
);

async function grpc(host: string, port: number, service: string, timeoutMs: number): Promise<void> {
  const address = `${bracketed(host)}:${port}`;
  const client = new Health(address, credentials.createInsecure(), {
    'grpc.primary_user_agent': 'kube-probe/1.36',
    'grpc.use_local_subchannel_pool': 1,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const deadline = AbortSignal.timeout(timeoutMs);
      const call = (client as any).check(service, (error: { code: number; details: string } | null, state: string) => {
        if (error === null) {
          if (state === 'SERVING') resolve();
          else reject(new Error(`service unhealthy (responded with "${state}")`));
        } else if (error.code === grpcStatus.UNIMPLEMENTED) {
          reject(new Error(`error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}`));
        } else if (deadline.aborted) reject(new Error(`timeout: health rpc did not complete within ${formatDuration(timeoutMs)}`));
        else if (error.code === grpcStatus.UNAVAILABLE) {
          reject(
            new Error(`timeout: failed to connect service "${address}" within ${formatDuration(timeoutMs)}: context deadline exceeded`),
          );
        } else reject(new Error(`error: health rpc probe failed: ${error.details}`));
      });
      deadline.addEventListener('abort', () => call.cancel(), { once: true });
    });
  } finally {
    client.close();
  }
}

/** Reaches pods over the node's network. */
export const netDialer: ProbeDialer = { http: get, tcp, grpc };
