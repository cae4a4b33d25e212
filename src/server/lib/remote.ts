import type { IncomingMessage } from 'node:http';
import { Agent, type AgentOptions, request as secureRequest } from 'node:https';
import { goQuote } from '../../api/go-text.ts';
import type { Clock } from '../../base/clock.ts';
import { Agent as PlainAgent, request as plainRequest } from '../../base/http.node.ts';
import { RemoteUser, type Shown, type UserPlan } from './remote-user.ts';
import { tracedRequest } from '../tracing/client-span.ts';
import { reasonOf, textOf } from './webhook-client.ts';

/** How a service outside of the cluster is reached and knows us. Texts are PEM. */
export interface RemoteOptions extends UserPlan {
  readonly clock: Clock;
  /** Who may have signed its certificate. Default: who this machine trusts. */
  readonly ca?: string | undefined;
  /** The name that its certificate must be for, where that is not the host's. */
  readonly serverName?: string | undefined;
  readonly insecure?: boolean | undefined;
}
export interface RemoteRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}
export interface RemoteAnswer {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}
/** No answer came. The message is that of Go's client. */
export class RemoteError extends Error {
  /** The connection broke: another try may do. */
  readonly isReset: boolean;
  constructor(message: string, isReset: boolean) {
    super(message);
    this.isReset = isReset;
  }
}

const connectionsMax = 100;

/** A client of HTTP services that the server was configured with: connections are kept, times and sizes are bounded. */
export class Remote {
  readonly #options: RemoteOptions;
  readonly #user: RemoteUser;
  #secure: Agent;
  /** That the agent shows. */
  #certificate: string | undefined;
  readonly #plain = new PlainAgent({ keepAlive: true, maxSockets: connectionsMax });

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#user = new RemoteUser(options, options.clock);
    this.#certificate = options.certificate;
    this.#secure = this.#agentFor(options);
  }
  #agentFor({ certificate, key }: Pick<Shown, 'certificate' | 'key'>): Agent {
    const { ca, serverName, insecure } = this.#options;
    const tls: AgentOptions = {
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(insecure === true ? { rejectUnauthorized: false } : {}),
    };
    return new Agent({ ...tls, keepAlive: true, maxSockets: connectionsMax });
  }
  /** Throws RemoteError. */
  async request(asked: RemoteRequest): Promise<RemoteAnswer> {
    const url = new URL(asked.url);
    const late = new AbortController();
    const timer = this.#options.clock.setTimer(asked.timeoutMs, () =>
      late.abort(new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')),
    );
    try {
      const { authorization, refused } = await this.#show();
      const send = (more: RemoteRequest['headers']) =>
        this.#send(asked, url, { ...(authorization === undefined ? {} : { authorization }), ...more }, late.signal);
      const answer = await tracedRequest({ method: asked.method, url }, send, ({ code }) => code);
      if (answer.code === 401) await refused();
      return answer;
    } catch (error) {
      const verb = asked.method === 'GET' ? 'Get' : 'Post';
      const why = reasonOf(late.signal.aborted ? late.signal.reason : error, url);
      throw new RemoteError(`${verb} ${goQuote(asked.url)}: ${why}`, (error as NodeJS.ErrnoException).code === 'ECONNRESET');
    } finally {
      timer.cancel();
    }
  }
  /** Connections under a certificate that is no longer shown are not used any more. */
  async #show(): Promise<Shown> {
    const shown = await this.#user.show();
    if (shown.certificate !== this.#certificate) {
      this.#secure.destroy();
      this.#secure = this.#agentFor(shown);
      this.#certificate = shown.certificate;
    }
    return shown;
  }
  #send({ method, headers, body }: RemoteRequest, url: URL, more: RemoteRequest['headers'], signal: AbortSignal): Promise<RemoteAnswer> {
    return new Promise((resolve, reject) => {
      const isSecure = url.protocol === 'https:';
      const request = (isSecure ? secureRequest : plainRequest)(url, {
        method,
        agent: isSecure ? this.#secure : this.#plain,
        signal,
        headers: {
          'user-agent': 'kube-apiserver',
          accept: 'application/json, */*',
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
          ...more,
          ...headers,
        },
      });
      request.once('error', reject);
      request.once('response', (response) => {
        textOf(response).then(
          (text) => resolve({ code: response.statusCode ?? 500, headers: response.headers, text }),
          (error: unknown) => {
            request.destroy();
            reject(error);
          },
        );
      });
      request.end(body);
    });
  }
  close(): void {
    this.#secure.destroy();
    this.#plain.destroy();
  }
}
