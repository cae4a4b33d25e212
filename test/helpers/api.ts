import { generateKeyPairSync } from 'node:crypto';
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Identity } from '../../src/client/call.ts';
import { type Api, type ControlPlaneOptions, startApi } from '../../src/cluster/control-plane.ts';
import { pretendedFolders } from '../../src/cluster/node-folders.ts';
import { machineDialer } from '../../src/cluster/node-links.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

export const admin: Identity = { user: 'test', groups: ['system:masters', 'system:authenticated'] };

/** An API server in memory, with everything that is on by default, that reaches this machine; no controllers. */
export async function startTestApi(t: TestContext, more: Partial<ControlPlaneOptions> = {}): Promise<Api> {
  const stop = new AbortController();
  const store = createMemoryStore();
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const api = await startApi({
    store,
    clock: systemClock,
    random: seededRandom(1),
    log: silentLogger,
    clientCa: '',
    serviceAccountKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    nodeConnections: { connect: () => Promise.reject(new Error('no nodes')) },
    dialer: machineDialer,
    address: { clusterIp: '10.96.0.1', address: '192.0.2.1', port: 6443 },
    podCidr: '10.244.0.0/16',
    nodeFolders: pretendedFolders,
    signal: stop.signal,
    ...more,
  });
  t.after(async () => {
    stop.abort();
    await api.server.close();
    await store.close();
  });
  return api;
}
