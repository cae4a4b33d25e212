import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { supervise } from '../../src/base/supervisor.ts';
import type { Client } from '../../src/client/client.ts';
import { type ControlPlaneOptions, serverParts, sharedInformers, startApi } from '../../src/cluster/control-plane.ts';
import { pretendedFolders } from '../../src/cluster/node-folders.ts';
import { machineDialer } from '../../src/cluster/node-links.ts';
import { type Certificates, ensureCertificates } from '../../src/server/certs/certificates.ts';
import type { KeyPair } from '../../src/server/certs/certificate.ts';
import type { Server } from '../../src/server/server.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

export interface Answer {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly json: any;
}
export interface TestApi {
  readonly server: Server;
  readonly port: number;
  readonly client: Client;
  readonly certificates: Certificates;
  /** Over HTTP/1.1, as the administrator unless `as` says otherwise. */
  send(method: string, path: string, body?: object | string, headers?: Record<string, string>, as?: KeyPair): Promise<Answer>;
  until<T>(what: string, test: () => T | Promise<T>): Promise<NonNullable<T>>;
}

/** The API server with its own controllers over a store in memory, served on a free port of 127.0.0.1. */
export async function startTestApi(t: TestContext, more: Partial<ControlPlaneOptions> = {}): Promise<TestApi> {
  const dir = mkdtempSync(join(tmpdir(), 'api-'));
  const certificates = await ensureCertificates(dir, { clock: systemClock, ips: ['127.0.0.1'] });
  const stop = new AbortController();
  const proxy = certificates.frontProxyClient;
  const options: ControlPlaneOptions = {
    store: createMemoryStore(),
    clock: systemClock,
    random: seededRandom(1),
    log: silentLogger,
    clientCa: certificates.clusterCa.certificatePem,
    frontProxyCa: certificates.frontProxyCa.certificatePem,
    proxyCertificate: () => ({ cert: proxy.certificatePem, key: proxy.privateKeyPem }),
    serviceAccountKeyPem: certificates.serviceAccountKeyPem,
    nodeConnections: { connect: () => Promise.reject(new Error('no nodes')) },
    // Every address leads to this machine.
    dialer: { dial: (_, port, signal) => machineDialer.dial('127.0.0.1', port, signal) },
    address: { clusterIp: '10.96.0.1', address: '192.0.2.1', port: 6443 },
    podCidr: '10.244.0.0/16',
    nodeFolders: pretendedFolders,
    signal: stop.signal,
    ...more,
  };
  const api = await startApi(options);
  const parts = await serverParts(api, options, sharedInformers(api, options));
  const running = Promise.all(parts.map((part) => supervise(part, systemClock, silentLogger, stop.signal)));
  const tls = { cert: certificates.serving.certificatePem, key: certificates.serving.privateKeyPem };
  const { port } = await api.server.listen({ host: '127.0.0.1', port: 0, tls });
  const agents = new Map<KeyPair, Agent>();
  const agentOf = (pair: KeyPair) => {
    const known = agents.get(pair);
    if (known !== undefined) return known;
    const ca = certificates.clusterCa.certificatePem;
    const agent = new Agent({ keepAlive: true, ca, cert: pair.certificatePem, key: pair.privateKeyPem });
    agents.set(pair, agent);
    return agent;
  };
  t.after(async () => {
    for (const agent of agents.values()) agent.destroy();
    stop.abort();
    await running;
    await api.server.close();
    await options.store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    server: api.server,
    port,
    certificates,
    client: api.client({ user: 'test', groups: ['system:masters', 'system:authenticated'] }),
    send: (method, path, body, headers = {}, as = certificates.admin) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
        const about = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
        const outgoing = request({ host: '127.0.0.1', port, path, method, headers: { ...about, ...headers }, agent: agentOf(as) });
        outgoing.on('response', (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('error', reject);
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () => {
            const whole = Buffer.concat(chunks).toString();
            const json = () => JSON.parse(whole);
            const { statusCode = 0, headers: given } = incoming;
            resolve({
              code: statusCode,
              headers: given,
              text: whole,
              get json() {
                return json();
              },
            });
          });
        });
        outgoing.on('error', reject);
        outgoing.end(text);
      }),
    async until(what, test) {
      let last: unknown;
      for (let tries = 0; tries < 1000; tries++) {
        last = await test();
        if (last) return last as never;
        await systemClock.sleep(10);
      }
      throw new Error(`${what}: did not happen; last: ${JSON.stringify(last)}`);
    },
  };
}
