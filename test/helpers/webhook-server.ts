import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { TestContext } from 'node:test';
import { issueCertificate } from '../../src/server/certs/issue.ts';

export interface WebhookServer {
  readonly clientConfig: { readonly url: string; readonly caBundle: string };
  /** The same server at another path. */
  at(path: string): WebhookServer['clientConfig'];
  /** What it was sent, in order: the path, and the review's request. */
  readonly connections: number;
  /** Closes what is open. */
  drop(): void;
  readonly calls: { readonly path: string; readonly request: any; readonly apiVersion: string }[];
}
/** The response of a review, without its uid; undefined: never answers. */
export type Answer = (request: any, path: string, headers: IncomingHttpHeaders) => object | undefined | Promise<object | undefined>;

/** Speaks AdmissionReview over HTTPS on this machine. */
export async function startWebhookServer(t: TestContext, answer: Answer): Promise<WebhookServer> {
  const { certificatePem, privateKeyPem } = await issueCertificate({
    commonName: 'webhook',
    notBeforeMs: Date.UTC(2020),
    notAfterMs: Date.UTC(2120),
    use: 'server',
    ips: ['127.0.0.1'],
  });
  const calls: WebhookServer['calls'] = [];
  const server = createServer({ key: privateKeyPem, cert: certificatePem }, async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const { request, ...review } = JSON.parse(Buffer.concat(chunks).toString());
    const path = message.url!.replace(/\?.*/, '');
    calls.push({ path, request, apiVersion: review.apiVersion });
    const said = await answer(request, path, message.headers);
    if (said !== undefined) response.end(JSON.stringify({ ...review, response: { uid: request.uid, ...said } }));
  });
  let connections = 0;
  server.on('secureConnection', () => {
    connections++;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const caBundle = Buffer.from(certificatePem).toString('base64');
  const at = (path: string) => ({ url: `https://127.0.0.1:${port}${path}`, caBundle });
  return {
    clientConfig: at('/'),
    at,
    calls,
    get connections() {
      return connections;
    },
    drop: () => server.closeAllConnections(),
  };
}
