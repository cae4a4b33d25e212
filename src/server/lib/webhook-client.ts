import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import type { Duplex } from 'node:stream';
import { noObjectText } from '../../api/decode.ts';
import { goQuote } from '../../api/go-text.ts';
import { jsonText, parseJson } from '../../api/json.ts';
import type { Clock } from '../../base/clock.ts';
import { Agent, request as httpRequest } from '../../base/http.node.ts';
import type { Random } from '../../base/random.ts';
import { Service } from '../../kinds/core/service.ts';
import { EndpointSlice } from '../../kinds/discovery/endpoint-slice.ts';
import type { Dialer } from '../node-connection.ts';
import { tracedRequest } from '../tracing/client-span.ts';
import type { RemoteUser, Shown } from './remote-user.ts';
import type { Resources } from '../types.ts';

/** Where a webhook is: at a URL, or behind a Service. */
export interface WebhookTarget {
  readonly url?: string | undefined;
  readonly service?:
    | { readonly namespace: string; readonly name: string; readonly path?: string | undefined; readonly port: number }
    | undefined;
  /** base64 of PEM: who may have signed its certificate. Absent: who this machine trusts. */
  readonly caBundle?: string | undefined;
}
export interface WebhookDeps {
  readonly resources: Resources;
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
}

export interface CallDeps extends WebhookDeps {
  readonly agents: WebhookAgents;
  /** Who the API server is to whom it asks at 'host:port'. Absent: nobody. */
  readonly userOf?: ((at: string) => RemoteUser | undefined) | undefined;
}
interface Answer {
  readonly response: IncomingMessage;
  readonly text: string;
}

const agentsMax = 100;
const idlePerAgentMax = 10;
const idleMs = 90_000;
const connectMs = 30_000;

/** Connections to webhooks that are kept for the next request: for each, and for each authority that it is trusted by, some. */
export class WebhookAgents {
  readonly #agents = new Map<string, Agent>();

  of(target: WebhookTarget, url: URL, deps: WebhookDeps, shown?: Shown): Agent {
    const key = JSON.stringify([url.host, target.service, target.caBundle, shown?.certificate]);
    const known = this.#agents.get(key);
    const agent = known ?? new WebhookAgent(target, url, deps, shown);
    this.#agents.delete(key);
    this.#agents.set(key, agent);
    if (this.#agents.size > agentsMax) {
      const [oldest, unused] = this.#agents.entries().next().value!;
      this.#agents.delete(oldest);
      unused.destroy();
    }
    return agent;
  }
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}
class WebhookAgent extends Agent {
  readonly #target: WebhookTarget;
  readonly #url: URL;
  readonly #deps: WebhookDeps;
  readonly #shown: Shown | undefined;

  constructor(target: WebhookTarget, url: URL, deps: WebhookDeps, shown: Shown | undefined) {
    super({ keepAlive: true, maxFreeSockets: idlePerAgentMax, timeout: idleMs });
    this.#target = target;
    this.#url = url;
    this.#deps = deps;
    this.#shown = shown;
  }
  override createConnection(_: unknown, done: (error: Error | null, connection: Duplex) => void): undefined {
    const late = new AbortController();
    const timer = this.#deps.clock.setTimer(connectMs, () => late.abort(new Error('i/o timeout')));
    connect(this.#target, this.#url, this.#deps, late.signal, this.#shown)
      .then(
        (connection) => done(null, connection),
        (error: Error) => done(error, undefined as never),
      )
      .finally(() => timer.cancel());
    return undefined;
  }
}

async function connect(target: WebhookTarget, url: URL, deps: WebhookDeps, signal: AbortSignal, shown: Shown | undefined): Promise<Duplex> {
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const at = target.service === undefined ? { host: hostname, port: Number(url.port || 443) } : await endpointOf(target.service, deps);
  const socket = await deps.dialer.dial(at.host, at.port, signal);
  const { certificate, key } = shown ?? {};
  return await encrypted(socket, hostname, target.caBundle, signal, certificate === undefined ? {} : { cert: certificate, key });
}

const answerBytesMax = 128 * 1024 * 1024;
const retriesMax = 10;

/** POSTs JSON and gives the JSON of the answer. Throws Error with the words that Go's client has for the failure. */
export async function callWebhook(target: WebhookTarget, body: object, timeoutMs: number, deps: CallDeps): Promise<unknown> {
  const url = urlOf(target);
  url.searchParams.set('timeout', `${timeoutMs / 1000}s`);
  const bytes = Buffer.from(jsonText(body));
  const late = new AbortController();
  const timer = deps.clock.setTimer(timeoutMs, () => late.abort(new Error('context deadline exceeded')));
  try {
    for (let attempt = 0; ; attempt++) {
      const { response, text } = await post(target, url, bytes, deps, late.signal);
      const code = response.statusCode ?? 500;
      const afterSeconds = Number(response.headers['retry-after']);
      if ((code === 429 || code >= 500) && attempt < retriesMax && Number.isInteger(afterSeconds)) {
        await deps.clock.sleep(afterSeconds * 1000, late.signal);
        continue;
      }
      return parsed(code, text);
    }
  } finally {
    timer.cancel();
  }
}

function urlOf({ url, service }: WebhookTarget): URL {
  if (url !== undefined) return new URL(url);
  const { name, namespace, path = '', port } = service!;
  const host = `${name}.${namespace}.svc:${port}`;
  return new URL(`https://${host}/${path.replace(/^\//, '')}`);
}
/** As it was given: URL drops the default port. */
function shownUrl({ service }: WebhookTarget, url: URL): string {
  return service === undefined ? url.href : url.href.replace(url.host, `${url.hostname}:${service.port}`);
}

async function post(target: WebhookTarget, url: URL, body: Uint8Array, deps: CallDeps, signal: AbortSignal) {
  try {
    const told = shownUrl(target, url);
    const shown = await deps.userOf?.(`${url.hostname}:${target.service?.port ?? (url.port || 443)}`)?.show();
    const authorization: Headers = shown?.authorization === undefined ? {} : { authorization: shown.authorization };
    const call = { target, url, body, shown, signal };
    const work = (headers: Headers) => send({ ...call, more: { ...authorization, ...headers } }, deps);
    const answer = await tracedRequest({ method: 'POST', url, shown: told }, work, codeOf);
    if (answer.response.statusCode === 401) await shown?.refused();
    return answer;
  } catch (error) {
    throw new Error(`Post ${goQuote(shownUrl(target, url))}: ${reasonOf(signal.aborted ? signal.reason : error, url)}`);
  }
}
const codeOf = ({ response }: Answer): number => response.statusCode ?? 500;
type Headers = Readonly<Record<string, string>>;
interface Sending {
  readonly target: WebhookTarget;
  readonly url: URL;
  readonly body: Uint8Array;
  readonly shown: Shown | undefined;
  readonly more: Headers;
  readonly signal: AbortSignal;
}
function send(sending: Sending, deps: CallDeps): Promise<Answer> {
  const { target, url, body, shown, more, signal } = sending;
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      agent: deps.agents.of(target, url, deps, shown),
      method: 'POST',
      path: url.pathname + url.search,
      signal,
      headers: {
        host: url.host,
        accept: 'application/json, */*',
        'content-type': 'application/json',
        'content-length': String(body.byteLength),
        'user-agent': 'kube-apiserver-admission',
        ...more,
      },
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The other side had given up a connection that was kept: it has not seen the request.
      if (request.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted) resolve(send(sending, deps));
      else reject(error);
    });
    request.once('upgrade', (_, socket) => {
      socket.destroy();
      reject(new Error('unexpected upgrade'));
    });
    request.once('response', (response) => {
      textOf(response).then(
        (text) => resolve({ response, text }),
        (error: unknown) => {
          request.destroy();
          reject(error);
        },
      );
    });
    request.end(body);
  });
}

/** TLS to a server that shows a certificate of this name, signed by `caBundle` or by whom this machine trusts. */
export function encrypted(
  socket: Duplex,
  hostname: string,
  caBundle: string | undefined,
  signal: AbortSignal,
  more: ConnectionOptions = {},
): Promise<Duplex> {
  const bundle = caBundle === undefined ? '' : Buffer.from(caBundle, 'base64').toString('utf8').trim();
  const options: ConnectionOptions = {
    socket,
    ...(isIP(hostname) === 0 ? { servername: hostname } : { host: hostname }),
    ...(bundle === '' ? {} : { ca: bundle }),
    ALPNProtocols: ['http/1.1'],
    ...more,
  };
  return new Promise((resolve, reject) => {
    const secure = tlsConnect(options, () => {
      signal.removeEventListener('abort', onAbort);
      resolve(secure);
    });
    const onAbort = () => secure.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    // Both may fail at any time after, too: the request that they carry tells of it.
    secure.on('error', reject);
    socket.on('error', (error) => secure.destroy(error));
  });
}

/** A pod behind the service, at random: the server is no client of the service's own address. */
export async function endpointOf(
  service: NonNullable<WebhookTarget['service']>,
  { resources, random }: Pick<WebhookDeps, 'resources' | 'random'>,
) {
  const { namespace, name } = service;
  const found = await resources.get(Service, { namespace, name });
  if (found === undefined) throw new Error(`service ${goQuote(name)} not found`);
  const { spec } = found;
  if (spec.type === 'ExternalName') return { host: spec.externalName ?? '', port: service.port };
  const port = spec.ports?.find((one) => one.port === service.port);
  if (port === undefined) throw new Error(`no service port ${service.port} found for service ${goQuote(name)}`);
  const slices = await resources.list(EndpointSlice, namespace);
  const choices = slices
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(({ endpoints, ports }) => {
      const at = ports?.find((one) => (one.name ?? '') === (port.name ?? ''))?.port;
      const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
      return at === undefined ? [] : ready.flatMap(({ addresses: [host] }) => (host === undefined ? [] : [{ host, port: at }]));
    });
  if (choices.length === 0) throw new Error(`no endpoints available for service ${goQuote(name)}`);
  return choices[random.int(choices.length)]!;
}

export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > answerBytesMax) throw new Error('http: response body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The words for answers that tell no reason themselves (NewGenericServerResponse upstream). */
const refusals: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};
export function parsed(code: number, text: string): unknown {
  let json: unknown;
  let fault: string | undefined;
  try {
    json = parseJson(Buffer.from(text)).value;
  } catch (error) {
    // What is no JSON is read as YAML, which almost any text is.
    fault = `couldn't get version/kind; json parse error: ${(error as Error).message}`;
    if (text !== '' && !/^\s*[{["]/.test(text)) fault = noObjectText(text);
  }
  if (code >= 200 && code < 300) {
    if (fault !== undefined) throw new Error(fault);
    return json;
  }
  const status = json as { readonly kind?: unknown; readonly message?: unknown } | undefined | null;
  if (status?.kind === 'Status' && typeof status.message === 'string') throw new Error(status.message);
  const said = refusals[code];
  if (said !== undefined) throw new Error(said);
  if (code >= 500) throw new Error(`an error on the server (${goQuote(text || 'unknown')}) has prevented the request from succeeding`);
  if (code === 403) throw new Error(text || 'unknown');
  throw new Error(`the server responded with the status code ${code} but did not return more information`);
}

/** Failures of connections in Go's words. */
export function reasonOf(error: unknown, url: URL): string {
  const { code, message, address, port } = error as Error & { code?: string; address?: string; port?: number };
  const at = `dial tcp ${address ?? url.hostname}:${port ?? (url.port || 443)}`;
  switch (code) {
    case 'ECONNREFUSED':
      return `${at}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `${at}: connect: no route to host`;
    case 'ENETUNREACH':
      return `${at}: connect: network is unreachable`;
    case 'ETIMEDOUT':
      return `${at}: i/o timeout`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${url.hostname}: no such host`;
    case 'ECONNRESET':
      return 'EOF';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match ${url.hostname}`;
    case 'CERT_HAS_EXPIRED':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    default:
      return message;
  }
}
