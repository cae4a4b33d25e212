import { credentials } from '@grpc/grpc-js';
import type { Clock } from '../base/clock.ts';
import { type Duplex, GrpcClient, GrpcError, type Method } from '../base/grpc.node.ts';
import type { Decoded, Draft, Message } from '../base/protobuf.ts';
import { StoreUnavailable } from './store.ts';

export interface EtcdClientOptions {
  /** 'http://127.0.0.1:2379' */
  readonly servers: readonly string[];
  /** PEM: who signed the servers' certificates, and who we are to them. */
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly clock: Clock;
}

const callTimeoutMs = 10_000;
const keepAliveMs = { every: 30_000, answer: 10_000 };

function connect(server: string, { ca, certificate, key, clock }: EtcdClientOptions): GrpcClient {
  const url = new URL(server.includes('://') ? server : `http://${server}`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`etcd server ${server}: only http and https are spoken`);
  const buffer = (pem: string | undefined) => (pem === undefined ? null : Buffer.from(pem));
  return new GrpcClient(`${url.hostname}:${url.port || '2379'}`, {
    clock,
    credentials:
      url.protocol === 'https:' ? credentials.createSsl(buffer(ca), buffer(key), buffer(certificate)) : credentials.createInsecure(),
    options: { 'grpc.keepalive_time_ms': keepAliveMs.every, 'grpc.keepalive_timeout_ms': keepAliveMs.answer },
  });
}

/** Speaks to one member of an etcd cluster, and to another when that can't be reached. */
export class EtcdClient {
  readonly #clients: readonly GrpcClient[];
  #at = 0;

  constructor(options: EtcdClientOptions) {
    if (options.servers.length === 0) throw new Error('--etcd-servers must be specified');
    this.#clients = options.servers.map((server) => connect(server, options));
  }
  /** Another member from now on. */
  #next(): void {
    this.#at = (this.#at + 1) % this.#clients.length;
  }
  get #client(): GrpcClient {
    return this.#clients[this.#at]!;
  }
  /** What changes nothing is asked of each member in turn. Throws StoreUnavailable when none answers, GrpcError for what etcd refuses. */
  async read<Q extends Message, P extends Message>(method: Method<Q, P>, request: Draft<Q>): Promise<Decoded<P>> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#client.call(method, request, callTimeoutMs);
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        this.#next();
        if (tries >= this.#clients.length) throw unavailable(error);
      }
    }
  }
  /** Asked once: whether a change that got no answer was made is not known. Throws as `read`. */
  async write<Q extends Message, P extends Message>(method: Method<Q, P>, request: Draft<Q>): Promise<Decoded<P>> {
    try {
      return await this.#client.call(method, request, callTimeoutMs);
    } catch (error) {
      if (isUnreachable(error)) {
        this.#next();
        throw unavailable(error);
      }
      if (error instanceof GrpcError && error.code === 'ResourceExhausted' && error.message.includes('space'))
        throw new StoreUnavailable('ENOSPC', `etcd cannot write: ${error.message}`);
      throw error;
    }
  }
  open<Q extends Message, P extends Message>(method: Method<Q, P>): Duplex<Q, P> {
    return this.#client.open(method);
  }
  /** For streams that broke. */
  failed(): void {
    this.#next();
  }
  close(): void {
    for (const client of this.#clients) client.close();
  }
}

const isUnreachable = (error: unknown): error is GrpcError =>
  error instanceof GrpcError && (error.code === 'Unavailable' || error.code === 'DeadlineExceeded');
const unavailable = (error: Error) => new StoreUnavailable('EIO', `etcd cannot be reached: ${error.message}`);
