import type { Clock } from '../../base/clock.ts';
import { GrpcClient, GrpcError, type Method } from '../../base/grpc.node.ts';
import type { Decoded, Draft, Message } from '../../base/protobuf.ts';
import { RuntimeError } from '../runtime.ts';
import { calls } from './messages.ts';

type Calls = typeof calls;
export type CallName = keyof Calls;
export interface CriClient {
  /** One call, given up after `timeoutMs`. Throws RuntimeError. */
  call<N extends CallName>(name: N, request: Draft<Calls[N]['request']>, timeoutMs: number): Promise<Decoded<Calls[N]['reply']>>;
  /** A stream of the server's messages; ends with the signal, throws RuntimeError when the server goes away. */
  stream<Q extends Message, P extends Message>(method: Method<Q, P>, request: Draft<Q>, signal: AbortSignal): AsyncIterable<Decoded<P>>;
  close(): void;
}

/** A client of the CRI server on a unix socket. It reconnects by itself, quickly: the server is on this machine. */
export function createCriClient(socketPath: string, clock: Clock): CriClient {
  const client = new GrpcClient(`unix://${socketPath}`, { clock });
  return {
    async call(name, request, timeoutMs) {
      const { service, request: requestShape, reply } = calls[name] as { service: string; request: Message; reply: Message };
      try {
        return (await client.call({ path: `${service}${name}`, request: requestShape, reply }, request as any, timeoutMs)) as any;
      } catch (error) {
        throw asRuntimeError(error);
      }
    },
    async *stream(method, request, signal) {
      try {
        yield* client.stream(method, request, signal);
      } catch (error) {
        throw asRuntimeError(error);
      }
    },
    close: () => client.close(),
  };
}
const asRuntimeError = (error: unknown): unknown => (error instanceof GrpcError ? new RuntimeError(error.code, error.message) : error);
