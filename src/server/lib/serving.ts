import { connect } from 'node:http2';
import { request } from 'node:https';
import type { TestContext } from 'node:test';
import { issueCertificate } from '../certs/issue.ts';
import { createTestServer, type TestServerOptions } from './testing.ts';

export interface Answer {
  readonly code: number;
  readonly headers: Record<string, any>;
  readonly text: string;
  readonly json: any;
}
export type Send = (method: string, path: string, body?: string | Buffer, headers?: Record<string, string>) => Promise<Answer>;
const answerOf = (code: number, headers: Record<string, any>, text: string): Answer => ({
  code,
  headers,
  text,
  get json() {
    return JSON.parse(text);
  },
});

const keys = issueCertificate({ commonName: 'api', notBeforeMs: 0, notAfterMs: Date.UTC(2100, 0, 1), use: 'server', ips: ['127.0.0.1'] });

/** A served test server with clients of both protocols. */
export async function serve(t: TestContext, options: TestServerOptions = {}) {
  const local = createTestServer(options);
  const { privateKeyPem: key, certificatePem: cert } = await keys;
  const listener = await local.server.listen({ host: '127.0.0.1', port: 0, tls: { key, cert } });
  const session = connect(`https://127.0.0.1:${listener.port}`, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  t.after(async () => {
    session.close();
    await local.server.close();
  });
  const h2: Send = (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':method': method, ':path': path, ...headers });
      const chunks: Buffer[] = [];
      let answer: Record<string, any> = {};
      stream.on('response', (given) => {
        answer = given;
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => resolve(answerOf(Number(answer[':status']), answer, Buffer.concat(chunks).toString())));
      stream.on('error', reject);
      stream.end(body);
    });
  const h1: Send = (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port: listener.port, path, method, headers, rejectUnauthorized: false, agent: false });
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => resolve(answerOf(incoming.statusCode!, incoming.headers, Buffer.concat(chunks).toString())));
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return { ...local, session, h1, h2 };
}
