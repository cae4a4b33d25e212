import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { configz, type KubeletConfiguration } from './configuration.ts';
import { restartCountOf } from './container-status.ts';
import { type LogOptions, readContainerLog } from './container-logs.ts';
import { containerMetrics, kubeletMetrics, probeMetrics, resourceMetrics } from './metrics.ts';
import { latest, observePod } from './observed.ts';
import type { ProbeCount } from './probes.ts';
import type { ContainerStatus, Runtime } from './runtime.ts';
import { podLogFolder } from './sandbox-config.ts';
import { type Snapshot, statsSummary } from './stats.ts';
import { servePortForward } from './streaming/port-forward.ts';
import { serveRemoteCommand } from './streaming/remote-command.ts';
import type { Pod } from './types.ts';
import { findContainer } from './types.ts';

export interface ServerDeps {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
  readonly podLogDir: string;
  readonly configuration: KubeletConfiguration;
  readonly pods: () => readonly Pod[];
  readonly snapshot: () => Promise<Snapshot>;
  readonly probes: () => Iterable<ProbeCount>;
}
class HttpError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = 'HttpError';
    this.code = code;
  }
}
const urlOf = (request: IncomingMessage) => new URL(request.url ?? '/', 'http://kubelet');
const flag = (url: URL, name: string) => ['true', '1'].includes(url.searchParams.get(name) ?? '');

function find(deps: ServerDeps, namespace: string | undefined, name: string | undefined): Pod {
  const pod = deps.pods().find((one) => one.metadata.namespace === namespace && one.metadata.name === name);
  if (pod === undefined) throw new HttpError(404, `pod does not exist`);
  return pod;
}

async function instanceOf(deps: ServerDeps, pod: Pod, container: string): Promise<ContainerStatus> {
  const status = latest(await observePod(deps.runtime, pod.metadata.uid), container);
  if (status?.state !== 'RUNNING') throw new HttpError(404, `container not found ("${container}")`);
  return status;
}

const metricsAt: Readonly<Record<string, (deps: ServerDeps) => Promise<string> | string>> = {
  '': async ({ snapshot }) => kubeletMetrics(await snapshot()),
  resource: async ({ snapshot }) => resourceMetrics(await snapshot()),
  cadvisor: async ({ snapshot }) => containerMetrics(await snapshot()),
  probes: ({ probes }) => probeMetrics(probes()),
};

/** The kubelet's endpoints of port 10250 that the API server uses. */
export function createKubeletServer(deps: ServerDeps) {
  const send = (response: ServerResponse, code: number, type: string, body: string) => {
    response.writeHead(code, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlOf(request);
    const [, head, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    if (head === 'healthz' || head === 'livez' || head === 'readyz') return send(response, 200, 'text/plain; charset=utf-8', 'ok');
    if (head === 'containerLogs') return await logs(deps, request, response, rest, url);
    if (head === 'pods' || head === 'runningpods') {
      return send(
        response,
        200,
        'application/json',
        JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: deps.pods() }),
      );
    }
    if (head === 'configz') return send(response, 200, 'application/json', JSON.stringify(configz(deps.configuration)));
    if (head === 'stats' && (rest[0] ?? 'summary') === 'summary')
      return send(response, 200, 'application/json', JSON.stringify(statsSummary(await deps.snapshot())));
    const metrics = head === 'metrics' ? metricsAt[rest.join('/')] : undefined;
    if (metrics !== undefined) return send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await metrics(deps));
    throw new HttpError(404, '404 page not found');
  }
  function handle(request: IncomingMessage, response: ServerResponse): void {
    answer(request, response).catch((error: Error) => {
      if (response.headersSent) return void response.destroy();
      send(response, error instanceof HttpError ? error.code : 500, 'text/plain; charset=utf-8', `${error.message}\n`);
    });
  }
  async function open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = urlOf(request);
    const [, verb, namespace, name, ...more] = url.pathname.split('/').map(decodeURIComponent);
    const pod = find(deps, namespace, name);
    if (verb === 'portForward') {
      const sandbox = (await observePod(deps.runtime, pod.metadata.uid)).sandboxes.find((one) => one.state === 'READY');
      if (sandbox === undefined) throw new HttpError(404, 'sandbox is not ready');
      return await servePortForward(request, socket, head, (port) => deps.runtime.portForward(sandbox.id, port));
    }
    const container = more.at(-1);
    if (container === undefined || (verb !== 'exec' && verb !== 'attach')) throw new HttpError(404, '404 page not found');
    const { id } = await instanceOf(deps, pod, container);
    const tty = flag(url, 'tty');
    const streams = {
      stdin: flag(url, 'input') || flag(url, 'stdin'),
      stdout: flag(url, 'output') || flag(url, 'stdout'),
      stderr: (flag(url, 'error') || flag(url, 'stderr')) && !tty,
      tty,
    };
    const command = url.searchParams.getAll('command');
    const start = () => (verb === 'exec' ? deps.runtime.exec(id, command, streams) : deps.runtime.attach(id, streams));
    await serveRemoteCommand(request, socket, head, streams, start, deps.clock);
  }
  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    open(request, socket, head).catch((error: Error) => {
      deps.log.debug('stream ended with an error', { error });
      if (socket.destroyed || !socket.writable) return;
      const code = error instanceof HttpError ? error.code : 500;
      const reason = code === 404 ? 'Not Found' : 'Internal Server Error';
      socket.end(
        `HTTP/1.1 ${code} ${reason}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(error.message)}\r\nConnection: close\r\n\r\n${error.message}`,
      );
    });
  }
  return { handle, upgrade };
}

/** Why there is no log yet, in upstream's words; undefined when there is one. */
function whyNoLog(pod: Pod, container: string, previous: boolean): string | undefined {
  const status = [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ].find((one) => one.name === container);
  const about = `container "${container}" in pod "${pod.metadata.name}"`;
  if (previous) return `previous terminated ${about} not found`;
  const reason = status?.state?.waiting?.reason;
  if (reason === 'ErrImagePull') return `${about} is waiting to start: image can't be pulled`;
  if (reason === 'ImagePullBackOff') return `${about} is waiting to start: trying and failing to pull image`;
  return `${about} is waiting to start: ${reason ?? 'no logs yet'}`;
}

async function logs(
  deps: ServerDeps,
  request: IncomingMessage,
  response: ServerResponse,
  path: readonly string[],
  url: URL,
): Promise<void> {
  const [namespace, name, container = ''] = path;
  const pod = find(deps, namespace, name);
  if (findContainer(pod, container) === undefined)
    throw new HttpError(404, `container "${container}" not found in pod "${pod.metadata.name}"`);
  const previous = flag(url, 'previous');
  const observed = await observePod(deps.runtime, pod.metadata.uid);
  const instances = observed.containers.filter((one) => one.name === container && one.state !== 'CREATED');
  const instance = previous ? instances.filter((one) => one.state === 'EXITED')[instances[0]?.state === 'EXITED' ? 1 : 0] : instances[0];
  if (instance === undefined) throw new HttpError(400, whyNoLog(pod, container, previous) ?? '');
  const options = logOptions(url, deps.clock.now());
  const file = instance.logPath.startsWith('/')
    ? instance.logPath
    : join(deps.podLogDir, podLogFolder(pod), container, `${restartCountOf(instance)}.log`);
  const stop = new AbortController();
  request.on('close', () => stop.abort());
  response.on('close', () => stop.abort());
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Transfer-Encoding': 'chunked' });
  response.flushHeaders();
  const ended = async () => {
    const status = await deps.runtime.containerStatus(instance.id).catch(() => undefined);
    return status === undefined || status.state === 'EXITED';
  };
  for await (const chunk of readContainerLog(file, options, ended, deps.clock, stop.signal)) {
    if (response.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      response.once('drain', resolve);
      response.once('close', resolve);
    });
  }
  response.end();
}

function logOptions(url: URL, nowMs: number): LogOptions {
  const number = (name: string) => {
    const text = url.searchParams.get(name);
    if (text === null || text === '') return undefined;
    const parsed = Number(text);
    if (!Number.isInteger(parsed) || parsed < 0) throw new HttpError(422, `invalid value for ${name}: ${text}`);
    return parsed;
  };
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = url.searchParams.get('sinceTime');
  const stream = url.searchParams.get('stream')?.toLowerCase();
  const tail = url.searchParams.get('tailLines');
  return {
    follow: flag(url, 'follow'),
    timestamps: flag(url, 'timestamps'),
    tailLines: tail === 'all' ? undefined : number('tailLines'),
    limitBytes: number('limitBytes'),
    sinceMs: sinceSeconds !== undefined ? nowMs - sinceSeconds * 1000 : sinceTime ? Date.parse(sinceTime) : undefined,
    stream: stream === 'stdout' || stream === 'stderr' ? stream : undefined,
  };
}
