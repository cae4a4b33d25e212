import { generateKeyPairSync } from 'node:crypto';
import { serviceUnavailable } from '../api/status.ts';
import { systemClock, VirtualClock } from '../base/clock.ts';
import { type Logger, silentLogger } from '../base/log.ts';
import { type Random, seededRandom } from '../base/random.ts';
import type { Part } from '../base/supervisor.ts';
import type { Identity, Interceptor, Transport } from '../client/call.ts';
import { type Client, createClient } from '../client/client.ts';
import type { Components } from '../cluster/components.ts';
import {
  type Api,
  type ControlPlaneOptions,
  controlPlaneParts,
  loadControlPlane,
  sharedInformers,
  startApi,
} from '../cluster/control-plane.ts';
import { adminKubeconfig } from '../cluster/kubeconfig.ts';
import { network } from '../cluster/network.ts';
import { pretendedFolders } from '../cluster/node-folders.ts';
import { NodeLinks } from '../cluster/node-links.ts';
import { simulatedNode } from '../cluster/simulated-nodes.ts';
import { createFakeRuntime, type FakeRuntime } from '../kubelet/runtime-fake.ts';
import type { Runtime } from '../kubelet/runtime.ts';
import { issueCertificate } from '../server/certs/issue.ts';
import type { TlsFiles } from '../server/http.ts';
import type { Server } from '../server/server.ts';
import { Metrics } from '../base/metrics.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import { type Life, Process } from './process.ts';

export interface SimulatedClusterOptions {
  /** The same seed and the same calls give the same run, to the byte. Default 1. */
  readonly seed?: number;
  /** Nodes with pretended containers. Default 1. */
  readonly nodes?: number;
  /** What the clock shows at first, in milliseconds since the epoch. */
  readonly startMs?: number;
  /** Also serves the API over TLS on a free port of 127.0.0.1, for kubectl and clients in other languages: see `url` and `kubeconfig`. */
  readonly listen?: boolean;
  readonly log?: Logger;
  /** Opens the store, at each start of the API server. Default: one in memory, which outlives the server. */
  readonly openStore?: (clock: VirtualClock) => Store;
  /** Stands between a part of the cluster and the API server. */
  readonly between?: (identity: Identity) => Interceptor;
  /** Stands between a node's kubelet and its containers. */
  readonly aroundRuntime?: (runtime: FakeRuntime, nodeName: string) => Runtime;
}

/** A node of the cluster: its kubelet as a process, and its containers, which outlive that. */
export interface SimulatedNode {
  readonly name: string;
  readonly kubelet: Process;
  readonly runtime: FakeRuntime;
  /** Kubelet and containers end at once, as when the power goes. `kubelet.start()` is the reboot. */
  cutPower(): void;
}

const stepMs = 100;
const dayMs = 86_400_000;
const admin: Identity = { user: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const unreachable = () => serviceUnavailable('connection refused');

/**
 * A whole cluster in this process, under a clock that only moves when told to: the real API server, controllers and scheduler, and
 * nodes whose containers are pretended. Hours pass in seconds, and a seed repeats a run exactly.
 */
export class SimulatedCluster implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly random: Random;
  /** As the administrator. */
  readonly client: Client;
  readonly nodes: readonly SimulatedNode[];
  readonly server: Process;
  /** Controllers and scheduler, with the informers that they share. */
  readonly controllers: Process;
  readonly #options: SimulatedClusterOptions;
  readonly #log: Logger;
  readonly #links = new NodeLinks();
  readonly #keyPem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  /** What the API server has opened. */
  #store: Store;
  #clientCa = '';
  #tls: TlsFiles | undefined;
  #port = 0;
  #kubeconfig = (_url: string): string => '';
  /** The last server started, and whether it can be reached. */
  #api: Server | undefined;
  #components: Components | undefined;
  #life: Life | undefined;
  readonly #waiting = new Set<() => void>();

  private constructor(options: SimulatedClusterOptions) {
    const { seed = 1, nodes = 1, log = silentLogger } = options;
    this.#options = options;
    this.#log = log;
    this.clock = new VirtualClock(options.startMs);
    this.random = seededRandom(seed);
    this.#store = createMemoryStore({ clock: this.clock });
    this.client = createClient(this.#link(admin));
    this.server = new Process('api-server', this.clock, log, (life) => [this.#apiServer(life)]);
    this.controllers = new Process('controllers', this.clock, log, (life) => {
      const control = this.#control(life);
      const api = this.#apiFor(life);
      return controlPlaneParts(api, control, sharedInformers(api, control));
    });
    this.nodes = Array.from({ length: nodes }, (_, index) => this.#node(index));
  }
  /** A cluster whose system objects are there and whose nodes are Ready, a few seconds of its time after its birth. */
  static async start(options: SimulatedClusterOptions = {}): Promise<SimulatedCluster> {
    const cluster = new SimulatedCluster(options);
    // What is imported on first use comes in real time: before virtual time begins.
    await loadControlPlane();
    if (options.listen === true) await cluster.#makeCertificates();
    await cluster.server.start();
    await cluster.until('the API server is ready', () => cluster.#reachable);
    const parts = [await cluster.controllers.start(), ...(await Promise.all(cluster.nodes.map(({ kubelet }) => kubelet.start())))].flat();
    let ready = 0;
    for (const part of parts) void part.ready.then(() => ready++);
    await cluster.until('all parts are ready', () => ready === parts.length);
    return cluster;
  }
  /** Where the API listens; undefined unless asked for. */
  get url(): string | undefined {
    return this.#port === 0 ? undefined : `https://127.0.0.1:${this.#port}`;
  }
  /** YAML of a kubeconfig for the administrator; undefined unless the API listens. */
  get kubeconfig(): string | undefined {
    return this.url && this.#kubeconfig(this.url);
  }
  /** Moves time forward; everything that is due meanwhile happens. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }
  /** Moves time forward until `test` gives something truthy, and returns that. Throws after `limitMs` of the cluster's time with what it gave last. */
  async until<T>(what: string, test: () => T | Promise<T>, limitMs = 600_000): Promise<Exclude<T, false | undefined | null | 0 | ''>> {
    let last: T | undefined;
    for (let passedMs = 0; passedMs <= limitMs; passedMs += stepMs) {
      last = await test();
      if (last) return last as Exclude<T, false | undefined | null | 0 | ''>;
      await this.advance(stepMs);
    }
    throw new Error(`${what}: not within ${limitMs / 1000} s; last: ${JSON.stringify(last)}`);
  }
  /** Ends the API server as kill -9 does: callers are cut off, the store keeps what was acknowledged. */
  killServer(): void {
    this.server.kill();
    this.#cutOff();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { kubelet } of this.nodes) kubelet.kill();
    this.controllers.kill();
    let ended = false;
    void this.server.stop().finally(() => {
      ended = true;
    });
    while (!ended) await this.clock.advance(stepMs);
    await this.#store.close();
  }

  get #reachable(): boolean {
    return this.#api !== undefined && this.#life?.dead === false && this.server.running;
  }
  #cutOff(): void {
    void this.#api?.close().catch(() => undefined);
    for (const fail of [...this.#waiting]) fail();
  }
  /** Calls the server that runs now. Those under way fail when it dies. */
  #link(identity: Identity): Transport {
    return async (call) => {
      const server = this.#api;
      if (server === undefined || !this.#reachable) throw unreachable();
      const dies = Promise.withResolvers<never>();
      const fail = () => dies.reject(unreachable());
      this.#waiting.add(fail);
      try {
        return await Promise.race([server.transport(identity)(call), dies.promise]);
      } finally {
        this.#waiting.delete(fail);
      }
    };
  }
  #apiFor(life: Life): Api {
    const { between } = this.#options;
    const current = () => ({ server: this.#api!, components: this.#components! });
    return {
      get server() {
        return current().server;
      },
      get components() {
        return current().components;
      },
      metrics: new Metrics(),
      trust: {},
      client: (identity) => {
        const link = this.#link(identity);
        return createClient(life.attach(between === undefined ? link : between(identity)(link)));
      },
    };
  }
  #control(life: Life): ControlPlaneOptions {
    return {
      store: life.hold(this.#store),
      clock: life.clock,
      random: this.random,
      log: this.#log,
      clientCa: this.#clientCa,
      serviceAccountKeyPem: this.#keyPem,
      nodeConnections: this.#links,
      dialer: { dial: () => Promise.reject(new Error('simulated pods have no network')) },
      address: { clusterIp: network.apiIp, address: '172.16.255.254', port: 6443 },
      podCidr: network.podCidr,
      nodeFolders: pretendedFolders,
      signal: life.signal,
    };
  }
  #apiServer(life: Life): Part {
    const ready = Promise.withResolvers<void>();
    return {
      name: 'api-server',
      ready: ready.promise,
      run: async (signal) => {
        this.#store = this.#options.openStore?.(this.clock) ?? this.#store;
        const { server, components } = await startApi(this.#control(life));
        this.#api = server;
        this.#components = components;
        this.#life = life;
        if (this.#tls !== undefined) await this.#listen(server, this.#tls);
        ready.resolve();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        await server.close();
        this.#cutOff();
      },
    };
  }
  #node(index: number): SimulatedNode {
    const { clock, random } = this;
    const name = `simulated-${index + 1}`;
    const aroundRuntime = this.#options.aroundRuntime ?? ((runtime: FakeRuntime): Runtime => runtime);
    let runtime = createFakeRuntime({ clock, random });
    const kubelet = new Process(name, clock, this.#log, (life) => {
      const api = this.#apiFor(life);
      const own = { api, clock: life.clock, random, log: this.#log, signal: life.signal, runtime: life.hold(aroundRuntime(runtime, name)) };
      const node = simulatedNode(index, own);
      this.#links.add(name, node.kubelet);
      return [node.kubelet];
    });
    return {
      name,
      kubelet,
      get runtime() {
        return runtime;
      },
      cutPower() {
        kubelet.kill();
        runtime = createFakeRuntime({ clock, random });
      },
    };
  }
  async #listen(server: Server, tls: TlsFiles): Promise<void> {
    const { port } = await server.listen({ host: '127.0.0.1', port: this.#port, tls });
    this.#port = port;
  }
  async #makeCertificates(): Promise<void> {
    const times = [systemClock.now(), this.clock.now()];
    const life = { notBeforeMs: Math.min(...times) - dayMs, notAfterMs: Math.max(...times) + 3650 * dayMs };
    const issuer = await issueCertificate({ ...life, commonName: 'simulated', use: 'ca' });
    const own = await issueCertificate({ ...life, issuer, commonName: 'kube-apiserver', use: 'server', ips: ['127.0.0.1'] });
    const user = await issueCertificate({ ...life, issuer, commonName: admin.user, organizations: ['system:masters'], use: 'client' });
    this.#clientCa = issuer.certificatePem;
    this.#tls = { cert: own.certificatePem, key: own.privateKeyPem };
    this.#kubeconfig = (url) => adminKubeconfig(url, issuer.certificatePem, user);
  }
}
