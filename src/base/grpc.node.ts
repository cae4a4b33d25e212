import { type ChannelCredentials, Client, credentials, type ClientOptions, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { Clock } from './clock.ts';
import { type Decoded, decodeMessage, type Draft, encodeMessage, type Message } from './protobuf.ts';

/** A method of a gRPC service, by its path: '/package.Service/Method'. */
export interface Method<Q extends Message, P extends Message> {
  readonly path: string;
  readonly request: Q;
  readonly reply: P;
}
/** gRPC's canonical names of its codes, by number. */
const codeNames = (
  'OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition ' +
  'Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated'
).split(' ');
export class GrpcError extends Error {
  /** 'Unavailable' */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'GrpcError';
    this.code = code;
  }
}
export interface GrpcOptions {
  readonly clock: Clock;
  /** Default: none, as on a unix socket. */
  readonly credentials?: ChannelCredentials;
  readonly options?: ClientOptions;
}
/** A call in both directions: what is written is a message of the request, what is read one of the reply. */
export interface Duplex<Q extends Message, P extends Message> extends AsyncIterable<Decoded<P>> {
  write(request: Draft<Q>): void;
  cancel(): void;
}

const largestMessageBytes = 64 << 20;

/** A client of gRPC services whose messages are tables. It reconnects by itself. */
export class GrpcClient {
  readonly #client: Client;
  readonly #clock: Clock;

  /** `target`: 'unix:///run/x.sock', 'host:port', 'ipv4:10.0.0.1:1,10.0.0.2:1'. */
  constructor(target: string, options: GrpcOptions) {
    this.#clock = options.clock;
    this.#client = new Client(target, options.credentials ?? credentials.createInsecure(), {
      'grpc.max_receive_message_length': largestMessageBytes,
      'grpc.max_send_message_length': largestMessageBytes,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.service_config_disable_resolution': 1,
      'grpc.enable_http_proxy': 0,
      ...options.options,
    });
  }
  /** One call, given up after `timeoutMs`. Throws GrpcError. */
  call<Q extends Message, P extends Message>(method: Method<Q, P>, request: Draft<Q>, timeoutMs: number): Promise<Decoded<P>> {
    return new Promise((resolve, reject) => {
      let timedOut = false;
      const call = this.#client.makeUnaryRequest(
        method.path,
        (value: Draft<Q>) => asBuffer(encodeMessage(method.request, value)),
        (bytes: Buffer) => decodeMessage(method.reply, bytes),
        request,
        new Metadata(),
        {},
        (error, value) => {
          timer.cancel();
          if (error === null) resolve(value!);
          else
            reject(
              timedOut ? new GrpcError('DeadlineExceeded', `${nameOf(method)}: no answer within ${timeoutMs} ms`) : asGrpcError(error),
            );
        },
      );
      const timer = this.#clock.setTimer(timeoutMs, () => {
        timedOut = true;
        call.cancel();
      });
    });
  }
  /** A stream of the server's messages; ends with the signal, throws GrpcError when the server goes away. */
  async *stream<Q extends Message, P extends Message>(
    method: Method<Q, P>,
    request: Draft<Q>,
    signal: AbortSignal,
  ): AsyncGenerator<Decoded<P>, void, undefined> {
    if (signal.aborted) return;
    const call = this.#client.makeServerStreamRequest(
      method.path,
      (value: Draft<Q>) => asBuffer(encodeMessage(method.request, value)),
      (bytes: Buffer) => decodeMessage(method.reply, bytes),
      request,
      new Metadata(),
    );
    const onAbort = () => call.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for await (const value of call) yield value;
      if (!signal.aborted) throw new GrpcError('Unavailable', `${method.path}: the stream ended`);
    } catch (error) {
      if (!signal.aborted) throw error instanceof GrpcError ? error : asGrpcError(error as ServiceError);
    } finally {
      signal.removeEventListener('abort', onAbort);
      call.on('error', () => undefined);
      call.cancel();
    }
  }
  /** Reading it throws GrpcError when it ends other than by `cancel`. */
  open<Q extends Message, P extends Message>(method: Method<Q, P>): Duplex<Q, P> {
    const call = this.#client.makeBidiStreamRequest(
      method.path,
      (value: Draft<Q>) => asBuffer(encodeMessage(method.request, value)),
      (bytes: Buffer) => decodeMessage(method.reply, bytes),
      new Metadata(),
    );
    let cancelled = false;
    // Whoever reads gets the error; a call that nobody reads any more may fail unheard.
    call.on('error', () => undefined);
    return {
      write: (request) => void call.write(request),
      cancel() {
        cancelled = true;
        call.cancel();
      },
      async *[Symbol.asyncIterator]() {
        try {
          for await (const value of call) yield value as Decoded<P>;
          if (!cancelled) throw new GrpcError('Unavailable', `${method.path}: the stream ended`);
        } catch (error) {
          if (!cancelled) throw error instanceof GrpcError ? error : asGrpcError(error as ServiceError);
        } finally {
          call.cancel();
        }
      },
    };
  }
  close(): void {
    this.#client.close();
  }
}

const nameOf = ({ path }: Method<any, any>): string => path.slice(path.lastIndexOf('/') + 1);
const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const asGrpcError = ({ code, details, message }: ServiceError): GrpcError =>
  new GrpcError(codeNames[code ?? 2] ?? 'Unknown', details || message);
