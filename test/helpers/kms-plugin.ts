import { decryptCall, encryptCall, statusCall } from '../../src/server/encryption/kms-messages.ts';
import { GrpcServer } from './grpc-server.ts';

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
  const server = new GrpcServer();
  const plugin = {
    endpoint: `unix://${path}`,
    keyId: 'key-1',
    healthz: 'ok',
    lost: new Set<string>(),
    counts: { encrypt: 0, decrypt: 0, status: 0 },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  server.serve(statusCall, () => {
    plugin.counts.status++;
    return { version: 'v2', healthz: plugin.healthz, keyId: plugin.keyId };
  });
  server.serve(encryptCall, ({ plaintext }) => {
    plugin.counts.encrypt++;
    return { ciphertext: hidden(plaintext), keyId: plugin.keyId, annotations: { 'note.example.com': Buffer.from('x') } };
  });
  server.serve(decryptCall, ({ ciphertext, keyId }) => {
    plugin.counts.decrypt++;
    if (plugin.lost.has(keyId)) throw new Error(`no key ${keyId}`);
    return { plaintext: hidden(ciphertext) };
  });
  await server.listen(plugin.endpoint);
  return plugin;
}
