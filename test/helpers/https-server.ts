import { createServer, type Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from '../../src/server/certs/certificate.ts';
import { issueCertificate, type IssueRequest } from '../../src/server/certs/issue.ts';

const times = { notBeforeMs: Date.now() - 60_000, notAfterMs: Date.now() + 86_400_000 } satisfies Partial<IssueRequest>;

export interface HttpsAnswer {
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body: unknown;
}
export interface HttpsServer extends AsyncDisposable {
  readonly url: string;
  /** PEM of who signed its certificate. */
  readonly ca: string;
  readonly authority: KeyPair;
  /** Requests answered so far. */
  readonly count: number;
}

/** An HTTPS server on a free port of 127.0.0.1, with an authority of its own. */
export async function startHttpsServer(
  answer: (request: IncomingMessage, body: string) => HttpsAnswer | Promise<HttpsAnswer>,
): Promise<HttpsServer> {
  const authority = await issueCertificate({ commonName: 'test-ca', use: 'ca', ...times });
  const pair = await issueCertificate({ commonName: 'test', use: 'server', ips: ['127.0.0.1'], issuer: authority, ...times });
  let count = 0;
  const options = { key: pair.privateKeyPem, cert: pair.certificatePem, requestCert: true, rejectUnauthorized: false };
  const server: Server = createServer(options, (request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      count++;
      const { code = 200, headers = {}, body } = await answer(request, Buffer.concat(chunks).toString('utf8'));
      response.writeHead(code, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: authority.certificatePem,
    authority,
    get count() {
      return count;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
