import { Server, ServerCredentials } from '@grpc/grpc-js';

/** A gRPC server with the health protocol (grpc.health.v1) on all addresses of this machine; `state` is what it answers: 1 serving, 2 not. */
export async function startHealthServer(): Promise<{ readonly port: number; state: number; asked: string[]; close(): void }> {
  const server = new Server();
  const health = { port: 0, state: 1, asked: [] as string[], close: () => server.forceShutdown() };
  server.addService(
    {
      check: {
        path: '/grpc.health.v1.Health/Check',
        requestStream: false,
        responseStream: false,
        requestDeserialize: (bytes: Buffer) => ({ service: bytes.subarray(2).toString() }),
        requestSerialize: ({ service }: { service: string }) => Buffer.from(service),
        responseSerialize: (state: number) => Buffer.from([8, state]),
        responseDeserialize: (bytes: Buffer) => bytes[1]!,
      },
    },
    {
      check: (call: { request: { service: string } }, answer: (error: null, state: number) => void) => {
        health.asked.push(call.request.service);
        answer(null, health.state);
      },
    },
  );
  health.port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('0.0.0.0:0', ServerCredentials.createInsecure(), (error, port) => (error === null ? resolve(port) : reject(error))),
  );
  return health;
}
