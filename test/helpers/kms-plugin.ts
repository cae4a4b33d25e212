import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type Decoded, decodeMessage, type Draft, encodeMessage, type Message } from '../../src/base/protobuf.ts';
import type { Method } from '../../src/base/grpc.node.ts';
import { decryptCall, encryptCall, statusCall } from '../../src/server/encryption/kms-messages.ts';

export interface KmsPlugin extends AsyncDisposable {
  readonly endpoint: string;
  keyId: string;
  /** 'ok', or what is wrong. */
  healthz: string;
  /** Keys that it forgot: what they encrypted is lost. */
  readonly lost: Set<string>;
  readonly counts: { encrypt: number; decrypt: number; status: number };
}

const hidden = (bytes: Uint8Array) => Buffer.from(bytes.map((byte) => byte ^ 7));

/** A key service on a unix socket that hides keys a little. */
export async function startKmsPlugin(path: string): Promise<KmsPlugin> {
  const server = new Server();
  const plugin = {
    endpoint: `unix://${path}`,
    keyId: 'key-1',
    healthz: 'ok',
    lost: new Set<string>(),
    counts: { encrypt: 0, decrypt: 0, status: 0 },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => (server.forceShutdown(), resolve())),
  };
  const serve = <Q extends Message, P extends Message>(method: Method<Q, P>, answer: (request: Decoded<Q>) => Draft<P>) =>
    server.register(
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
  serve(statusCall, () => {
    plugin.counts.status++;
    return { version: 'v2', healthz: plugin.healthz, keyId: plugin.keyId };
  });
  serve(encryptCall, ({ plaintext }) => {
    plugin.counts.encrypt++;
    return { ciphertext: hidden(plaintext), keyId: plugin.keyId, annotations: { 'note.example.com': Buffer.from('x') } };
  });
  serve(decryptCall, ({ ciphertext, keyId }) => {
    plugin.counts.decrypt++;
    if (plugin.lost.has(keyId)) throw new Error(`no key ${keyId}`);
    return { plaintext: hidden(ciphertext) };
  });
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(plugin.endpoint, ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error))),
  );
  return plugin;
}
