import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type Decoded, decodeMessage, type Draft, encodeMessage, type Message } from '../../src/base/protobuf.ts';
import type { Method } from '../../src/base/grpc.node.ts';

/** A gRPC server of methods that answer once; what an answer throws is the call's failure. */
export class GrpcServer implements AsyncDisposable {
  readonly #server = new Server();

  serve<Q extends Message, P extends Message>(method: Method<Q, P>, answer: (request: Decoded<Q>) => Draft<P>): void {
    this.#server.register(
      method.path,
      (call: { request: Decoded<Q> }, reply: (error: Error | null, value?: Draft<P>) => void) => {
        try {
          reply(null, answer(call.request));
        } catch (error) {
          reply(error as Error);
        }
      },
      (value: Draft<P>) => Buffer.from(encodeMessage(method.reply, value)),
      (bytes: Buffer) => decodeMessage(method.request, bytes),
      'unary',
    );
  }
  /** 'unix:///run/x.sock', '127.0.0.1:0'; gives the port. */
  listen(endpoint: string): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.bindAsync(endpoint, ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    );
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
  }
}
