import { badRequest, forbidden, internalError, StatusError } from '../../../api/status.ts';
import type { Attributes, ConnectRequest, SubresourceDeps } from '../../types.ts';
import { containerOf } from './containers.ts';
import { ask, forwardedHeaders } from './http-relay.ts';
import { flag, text } from './query.ts';
import { admit, target } from './request.ts';
import { completeUpgrade } from './upgrade.ts';

/** Opens a connection to a node's kubelet; what goes wrong is the wire's error. */
export async function connectNode(deps: SubresourceDeps, nodeName: string, signal: AbortSignal) {
  try {
    return await deps.nodeConnections.connect(nodeName, signal);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw internalError(`error dialing backend: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Who gets into a pod must be allowed to "create" there, also when a WebSocket comes as a GET. */
async function checkCreate({ identity, kind, subresource, key }: ConnectRequest, deps: SubresourceDeps): Promise<void> {
  const attributes: Attributes = {
    identity,
    verb: 'create',
    group: kind.group,
    version: kind.version,
    resource: kind.plural,
    subresource,
    namespace: key.namespace ?? '',
    name: key.name,
    path: '',
    isResource: true,
  };
  const verdict = await deps.authorize(attributes);
  if (verdict.decision === 'allow') return;
  const resource = JSON.stringify(`${kind.plural}/${subresource}`);
  const place = `in API group "" in the namespace ${JSON.stringify(key.namespace ?? '')}`;
  const why = `User ${JSON.stringify(identity.user)} cannot create resource ${resource} ${place}`;
  throw forbidden({ group: '', resource: kind.plural }, key.name, verdict.reason === '' ? why : `${why}: ${verdict.reason}`);
}

/** What exec and attach ask of a kubelet, as it reads them. */
export function streamOptions({ query }: ConnectRequest): {
  readonly container: string;
  readonly object: object;
  readonly search: URLSearchParams;
} {
  const names = ['stdin', 'stdout', 'stderr', 'tty'] as const;
  const streams: Partial<Record<(typeof names)[number], true>> = {};
  for (const name of names) if (flag(query, name)) streams[name] = true;
  const search = new URLSearchParams();
  if (streams.stdin) search.append('input', '1');
  if (streams.stdout) search.append('output', '1');
  if (streams.stderr) search.append('error', '1');
  if (streams.tty) search.append('tty', '1');
  const container = text(query, 'container');
  return { container, object: { ...streams, ...(container === '' ? {} : { container }) }, search };
}

export interface KubeletStream {
  /** 'exec', 'attach', 'portForward' */
  readonly action: string;
  /** '': the only container. undefined: the pod as a whole. */
  readonly container: string | undefined;
  readonly search: URLSearchParams;
  /** What admission sees: PodExecOptions and the like. */
  readonly options: { readonly kind: string } & Record<string, unknown>;
}

/** Connects a client with its pod's kubelet, which speaks WebSocket and SPDY itself: bytes go through as they are. */
export async function streamToKubelet(request: ConnectRequest, deps: SubresourceDeps, stream: KubeletStream): Promise<void> {
  await checkCreate(request, deps);
  await admit(request, deps, 'CONNECT', { apiVersion: 'v1', ...stream.options });
  const pod = await target(request, deps);
  const { namespace, name } = pod.metadata;
  const container = stream.container === undefined ? [] : [containerOf(pod, stream.container)];
  const node: string = pod.spec.nodeName ?? '';
  if (node === '') throw badRequest(`pod ${name} does not have a host assigned`);
  if (request.upgrade === undefined) throw badRequest('Upgrade request required');
  const search = stream.search.toString();
  const path = `/${[stream.action, namespace, name, ...container].map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
  const connection = await connectNode(deps, node, request.signal);
  const headers = { ...forwardedHeaders(request.request.headers, true), host: node };
  const answer = await ask({ connection, method: request.method, path, headers, signal: request.signal }).catch((error: unknown) => {
    throw internalError(`error dialing backend: ${error instanceof Error ? error.message : String(error)}`);
  });
  await completeUpgrade(answer, request.upgrade, request.signal);
}
