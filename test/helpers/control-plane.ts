import { generateKeyPairSync } from 'node:crypto';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { supervise } from '../../src/base/supervisor.ts';
import type { Client } from '../../src/client/client.ts';
import type { InformerFactory } from '../../src/client/informer.ts';
import { type Api, type ControlPlaneOptions, controlPlaneParts, sharedInformers, startApi } from '../../src/cluster/control-plane.ts';
import { pretendedFolders } from '../../src/cluster/node-folders.ts';
import { Namespace } from '../../src/kinds/core/namespace.ts';
import { Node } from '../../src/kinds/core/node.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import type { Identity } from '../../src/client/call.ts';
import { issueCertificate } from '../../src/server/certs/issue.ts';
import { signRequest } from '../../src/server/certs/sign-request.ts';
import type { Server } from '../../src/server/server.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

const dayMs = 86_400_000;
/** Signs what tests need; the API server takes its client certificates. */
export const authority = issueCertificate({
  commonName: 'test',
  use: 'ca',
  notBeforeMs: systemClock.now() - dayMs,
  notAfterMs: systemClock.now() + dayMs,
});
const keyPem = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

/** API server, controllers and scheduler in memory, with one node whose kubelet is a few lines. */
export class TestControlPlane implements AsyncDisposable {
  readonly client: Client;
  readonly as: (identity: Identity) => Client;
  readonly informers: InformerFactory;
  readonly server: Server;
  /** Pods it holds for are kept from becoming ready. */
  unready: (pod: Pod) => boolean = () => false;
  readonly #stop: AbortController;
  #running: Promise<unknown> = Promise.resolve();
  #addresses = 0;
  readonly #close: () => Promise<void>;

  private constructor(api: Api, informers: InformerFactory, stop: AbortController, close: () => Promise<void>) {
    this.as = api.client;
    this.client = api.client({ user: 'test', groups: ['system:masters', 'system:authenticated'] });
    this.informers = informers;
    this.server = api.server;
    this.#stop = stop;
    this.#close = close;
  }
  static async start(namespace: string): Promise<TestControlPlane> {
    const stop = new AbortController();
    const options: ControlPlaneOptions = {
      store: createMemoryStore(),
      clock: systemClock,
      random: seededRandom(1),
      log: silentLogger,
      clientCa: (await authority).certificatePem,
      sign: async (order) => await signRequest(await authority, order, systemClock.now()),
      serviceAccountKeyPem: keyPem(),
      nodeConnections: { connect: () => Promise.reject(new Error('no nodes')) },
      dialer: { dial: () => Promise.reject(new Error('no network')) },
      address: { clusterIp: '10.96.0.1', address: '192.0.2.1', port: 6443 } as ControlPlaneOptions['address'],
      podCidr: '10.244.0.0/16',
      nodeFolders: pretendedFolders,
      signal: stop.signal,
    };
    const api = await startApi(options);
    const informers = sharedInformers(api, options);
    const plane = new TestControlPlane(api, informers, stop, async () => {
      await api.server.close();
      await options.store.close();
    });
    await plane.#addNode();
    const parts = await controlPlaneParts(api, options, informers);
    plane.#running = Promise.all(parts.map((part) => supervise(part, systemClock, silentLogger, stop.signal)));
    informers.of(Pod).subscribe({ added: (pod) => void plane.#tend(pod), updated: (pod) => void plane.#tend(pod) });
    await Promise.all(parts.map(({ ready }) => ready));
    await plane.client.create(Namespace, { metadata: { name: namespace } });
    return plane;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#close();
  }
  /** Waits until `test` gives something truthy; throws after ten seconds with what it gave last. */
  async until<T>(what: string, test: () => T | Promise<T>): Promise<Exclude<T, false | undefined | null | 0 | ''>> {
    let last: unknown;
    for (let tries = 0; tries < 1000; tries++) {
      last = await test();
      if (last) return last as Exclude<T, false | undefined | null | 0 | ''>;
      await systemClock.sleep(10);
    }
    throw new Error(`${what}: did not happen; last: ${JSON.stringify(last)}`);
  }

  async #addNode(): Promise<void> {
    const node = await this.client.create(Node, { metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'z1' } } });
    const time = new Date(systemClock.now()).toISOString().replace(/\.\d+/, '');
    const resources = { cpu: '64', memory: '256Gi', pods: '500' };
    const ready = { type: 'Ready', status: 'True', lastHeartbeatTime: time, lastTransitionTime: time, reason: 'KubeletReady', message: '' };
    const status = { ...node.status, capacity: resources, allocatable: resources, conditions: [ready] };
    await this.client.updateStatus(Node, { ...node, status } as never);
  }
  /** What a kubelet would do: starts pods that are bound, removes those that are to end. */
  async #tend(pod: Pod): Promise<void> {
    if (!pod.spec.nodeName || this.#stop.signal.aborted) return;
    const ready = this.unready(pod) ? 'False' : 'True';
    const told = pod.status.conditions?.find(({ type }) => type === 'Ready')?.status;
    try {
      if (pod.metadata.deletionTimestamp !== undefined) {
        await this.client.delete(Pod, pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
      } else if (told !== ready) {
        const time = new Date(systemClock.now()).toISOString().replace(/\.\d+/, '');
        const podIP = pod.status.podIP || `10.244.0.${++this.#addresses % 250}`;
        const others = (pod.status.conditions ?? []).filter(({ type }) => type !== 'Ready');
        const condition = { type: 'Ready', status: ready, lastProbeTime: null, lastTransitionTime: time };
        const status = { ...pod.status, phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: [...others, condition] };
        await this.client.updateStatus(Pod, { ...pod, status } as never);
      }
    } catch {
      // changed meanwhile: its next event comes
    }
  }
}
