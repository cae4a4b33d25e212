import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { Agent } from '../../base/http.node.ts';
import type { Identity } from '../../client/call.ts';
import type { APIServiceSpec } from '../../kinds/apiregistration/shapes/api-service.ts';
import { encrypted, endpointOf, reasonOf, type WebhookDeps } from '../lib/webhook-client.ts';
import { ask, type BackendAnswer, type ForwardedHeaders } from '../subresources/lib/http-relay.ts';
import type { TlsFiles } from '../http.ts';

export interface BackendDeps extends WebhookDeps {
  /** What the server shows of itself, so that it may speak for its callers; read anew for each connection. */
  readonly proxyCertificate?: (() => TlsFiles | undefined) | undefined;
}
/** The spec of an APIService that another server answers for. */
export type RemoteSpec = APIServiceSpec & { readonly service: NonNullable<APIServiceSpec['service']> };

export interface Fetched {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}
interface Question {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: ForwardedHeaders;
  readonly body?: Readable | undefined;
  readonly signal: AbortSignal;
}

const connectionsMax = 1_000;
const idleConnectionsMax = 16;
const idleMs = 90_000;
const connectMs = 30_000;
const documentBytesMax = 64 * 1024 * 1024;

/** Characters of a header's name (RFC 9110, 5.6.2), but for the one that escapes. */
const plainByte = /[!#$&'*+\-.^_`|~0-9A-Za-z]/;
function escapedKey(key: string): string {
  let text = '';
  for (const byte of Buffer.from(key)) {
    const character = String.fromCharCode(byte);
    text += plainByte.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
/** Who is calling, as a front proxy says it: kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer. */
export function identityHeaders({ user, uid, groups, extra = {} }: Identity): ForwardedHeaders {
  const headers: ForwardedHeaders = { 'X-Remote-User': headerText(user) };
  if (uid) headers['X-Remote-Uid'] = headerText(uid);
  if (groups.length > 0) headers['X-Remote-Group'] = groups.map(headerText);
  for (const [key, values] of Object.entries(extra)) headers[`X-Remote-Extra-${escapedKey(key)}`] = values.map(headerText);
  return headers;
}
/** Bytes of UTF-8, as Go writes them. */
const headerText = (text: string): string => Buffer.from(text.replaceAll(/[\r\n\0]/g, ' '), 'utf8').toString('latin1');

/** Connections to the server behind an APIService, kept open between requests. */
export class Backend {
  readonly spec: RemoteSpec;
  readonly #deps: BackendDeps;
  readonly #agent: Agent;

  constructor(spec: RemoteSpec, deps: BackendDeps) {
    this.spec = spec;
    this.#deps = deps;
    const connect = () => this.#connect();
    this.#agent = new (class extends Agent {
      override createConnection(_: object, done?: (error: Error | null, stream: Duplex) => void): undefined {
        connect().then(
          (socket) => done?.(null, socket),
          (error: Error) => done?.(error, undefined as never),
        );
      }
    })({ keepAlive: true, maxSockets: connectionsMax, maxFreeSockets: idleConnectionsMax, timeout: idleMs });
  }
  /** The name that the certificate must be of. */
  get host(): string {
    const { name, namespace } = this.spec.service;
    return `${name ?? ''}.${namespace ?? ''}.svc`;
  }
  async #connect(): Promise<Duplex> {
    const { dialer, clock, proxyCertificate } = this.#deps;
    const { caBundle, insecureSkipTLSVerify = false, service } = this.spec;
    const late = new AbortController();
    const timer = clock.setTimer(connectMs, () => late.abort(new Error('net/http: TLS handshake timeout')));
    try {
      const { namespace = '', name = '', port = 443 } = service;
      const at = await endpointOf({ namespace, name, port }, this.#deps);
      const socket = await dialer.dial(at.host, at.port, late.signal);
      return await encrypted(socket, this.host, caBundle, late.signal, {
        rejectUnauthorized: !insecureSkipTLSVerify,
        ...proxyCertificate?.(),
      });
    } finally {
      timer.cancel();
    }
  }
  /** Sends a request and gives the answer's head. Throws Error in Go's words when the service cannot be talked to. */
  async ask(question: Question): Promise<BackendAnswer> {
    const headers = { ...question.headers, host: `${this.host}:${this.spec.service.port ?? 443}` };
    const send = () => ask({ ...question, headers, agent: this.#agent });
    try {
      return await send().catch((error: NodeJS.ErrnoException & { onReused?: boolean }) => {
        // The service may close a connection at the moment when it is used again; what changes nothing is asked once more.
        if (error.onReused !== true || question.body !== undefined || question.signal.aborted) throw error;
        return send();
      });
    } catch (error) {
      throw new Error(reasonOf(error, new URL(`https://${headers.host}`)), { cause: error });
    }
  }
  /** Reads a whole document as `identity`. Throws Error for what cannot be reached, and what takes longer. */
  async fetch(path: string, identity: Identity, headers: ForwardedHeaders, timeoutMs: number, clock: Clock): Promise<Fetched> {
    const late = new AbortController();
    const timer = clock.setTimer(timeoutMs, () => late.abort(new Error('context deadline exceeded')));
    try {
      const answer = await this.ask({ method: 'GET', path, headers: { ...headers, ...identityHeaders(identity) }, signal: late.signal });
      const { response } = answer;
      if (answer.type === 'upgrade') {
        answer.socket.destroy();
        throw new Error('the service changed the protocol without being asked');
      }
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        size += chunk.byteLength;
        if (size > documentBytesMax) throw new Error(`${path} is larger than ${documentBytesMax} bytes`);
        chunks.push(chunk);
      }
      return { code: response.statusCode ?? 502, headers: response.headers, body: Buffer.concat(chunks) };
    } finally {
      timer.cancel();
    }
  }
  /** Ends connections, those in use too. */
  close(): void {
    this.#agent.destroy();
  }
}
