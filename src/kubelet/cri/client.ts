import { Client, credentials, Metadata, type ServiceError, status as grpcStatus } from '@grpc/grpc-js';
import type { Clock } from '../../base/clock.ts';
import { RuntimeError } from '../runtime.ts';
import { type Decoded, type Draft, decodeMessage, encodeMessage, type Message } from './message.ts';
import { calls } from './messages.ts';

type Calls = typeof calls;
export type CallName = keyof Calls;
export interface CriClient {
  /** One call, given up after `timeoutMs`. Throws RuntimeError. */
  call<N extends CallName>(name: N, request: Draft<Calls[N]['request']>, timeoutMs: number): Promise<Decoded<Calls[N]['reply']>>;
  /** A stream of the server's messages; ends with the signal, throws RuntimeError when the server goes away. */
  stream<Q extends Message, P extends Message>(
    method: { readonly path: string; readonly request: Q; readonly reply: P },
    request: Draft<Q>,
    signal: AbortSignal,
  ): AsyncIterable<Decoded<P>>;
  close(): void;
}

/** gRPC's canonical names of its codes, by number. */
const codeNames = (
  'OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition ' +
  'Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated'
).split(' ');
const largestMessageBytes = 40 << 20;

/** A client of the CRI server on a unix socket. It reconnects by itself, quickly: the server is on this machine. */
export function createCriClient(socketPath: string, clock: Clock): CriClient {
  const client = new Client(`unix://${socketPath}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': largestMessageBytes,
    'grpc.max_send_message_length': largestMessageBytes,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_http_proxy': 0,
  });
  return {
    call(name, request, timeoutMs) {
      const { service, request: requestShape, reply } = calls[name] as { service: string; request: Message; reply: Message };
      return new Promise((resolve, reject) => {
        const call = client.makeUnaryRequest(
          `${service}${name}`,
          (value: object) => asBuffer(encodeMessage(requestShape, value as any)),
          (bytes: Buffer) => decodeMessage(reply, bytes) as any,
          request as object,
          new Metadata(),
          {},
          (error, value) => {
            timer.cancel();
            if (error !== null)
              reject(timedOut ? new RuntimeError('DeadlineExceeded', `${name}: no answer within ${timeoutMs} ms`) : asRuntimeError(error));
            else resolve(value as any);
          },
        );
        let timedOut = false;
        const timer = clock.setTimer(timeoutMs, () => {
          timedOut = true;
          call.cancel();
        });
      });
    },
    async *stream(method, request, signal) {
      if (signal.aborted) return;
      const call = client.makeServerStreamRequest(
        method.path,
        (value: object) => asBuffer(encodeMessage(method.request, value as any)),
        (bytes: Buffer) => decodeMessage(method.reply, bytes),
        request as object,
        new Metadata(),
      );
      const onAbort = () => call.cancel();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        for await (const value of call) yield value;
        if (!signal.aborted) throw new RuntimeError('Unavailable', `${method.path}: the stream ended`);
      } catch (error) {
        if (!signal.aborted) throw error instanceof RuntimeError ? error : asRuntimeError(error as ServiceError);
      } finally {
        signal.removeEventListener('abort', onAbort);
        call.on('error', () => undefined);
        call.cancel();
      }
    },
    close: () => client.close(),
  };
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function asRuntimeError(error: ServiceError): RuntimeError {
  return new RuntimeError(codeNames[error.code ?? grpcStatus.UNKNOWN] ?? 'Unknown', error.details || error.message);
}
