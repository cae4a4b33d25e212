import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from './base/clock.ts';
import { createLogger, type Logger } from './base/log.ts';
import { systemRandom } from './base/random.ts';
import { type Part, supervise } from './base/supervisor.ts';
import type { Backend, ClusterOptions, Progress, RunningCluster } from './cli/backend.ts';
import { UserError } from './cli/command.ts';
import { defaultElectionTimes } from './client/election-times.ts';
import type { InformerFactory } from './client/informer.ts';
import { type Api, type ControlPlaneOptions, controlPlaneParts, sharedInformers, startApi } from './cluster/control-plane.ts';
import { adminKubeconfig } from './cluster/kubeconfig.ts';
import type { MachineBackend } from './cluster/machine.ts';
import { network } from './cluster/network.ts';
import { diskFolders, pretendedFolders } from './cluster/node-folders.ts';
import { machineDialer, NodeLinks } from './cluster/node-links.ts';
import { isNodeReady, readyCondition } from './kinds/core/lib/node-conditions.ts';
import { Node } from './kinds/core/node.ts';
import type { Kubelet } from './kubelet/kubelet.ts';
import type { MachineFacts } from './kubelet/host/machine.ts';
import { type Certificates, ensureCertificates } from './server/certs/certificates.ts';
import { type ApiServerFlags, ConfigurationError, parseFlags } from './server/flags.ts';
import type { TlsFiles } from './server/http.ts';
import { openLmdbStore } from './store/lmdb.ts';
import type { Store } from './store/store.ts';

/** The composition root: which parts run in this process, and with which client. */
const readyLimitMs = 120_000;

/** Parts run and are started again when they die; `stop` ends all of them. */
class Parts {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #log: Logger;
  constructor(log: Logger) {
    this.#log = log;
  }
  get signal(): AbortSignal {
    return this.#stop.signal;
  }
  start(parts: readonly Part[]): void {
    for (const part of parts) this.#running.push(supervise(part, systemClock, this.#log, this.signal));
  }
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the cluster is stopping'));
    await Promise.all(this.#running);
  }
}

/** What the objects of nodes say may be from before this start: the kubelets must have told it, too. */
async function untilNodesReady(informers: InformerFactory, kubelets: readonly Kubelet[]): Promise<void> {
  const nodes = informers.of(Node);
  const untilMs = systemClock.monotonic() + readyLimitMs;
  while (!kubelets.every((kubelet) => kubelet.isReady) || nodes.cache.list().filter(isNodeReady).length < kubelets.length) {
    if (systemClock.monotonic() > untilMs) {
      const why = nodes.cache
        .list()
        .map((node) => `${node.metadata.name}: ${readyCondition(node)?.message ?? 'has not reported yet'}`)
        .join('\n');
      throw new UserError(`the node did not become Ready within ${readyLimitMs / 1000} s\n${why}`);
    }
    await systemClock.sleep(20);
  }
}

async function openStore(stateDir: string, flags: ApiServerFlags, log: Logger): Promise<Store> {
  try {
    if (flags['etcd-servers'] !== undefined) return await (await import('./cluster/etcd.ts')).openEtcd(flags, systemClock, log);
    return await openLmdbStore(join(stateDir, 'store'), { clock: systemClock, log });
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

async function makeNodes(
  options: ClusterOptions,
  api: Api,
  links: NodeLinks,
  control: ControlPlaneOptions,
  facts: MachineFacts | undefined,
  tls: TlsFiles,
): Promise<{ readonly parts: readonly Part[]; readonly kubelets: readonly Kubelet[] }> {
  if (options.nodes.type === 'local' && facts !== undefined) {
    const { nodeName, stateDir, bindAddress } = options;
    const { localNode } = await import('./cluster/local-node.ts');
    const node = localNode({
      ...control,
      nodeName,
      bindAddress,
      tls,
      nodeIp: control.address.address,
      stateDir,
      facts,
      configuration: await kubeletConfiguration(options),
      api,
    });
    links.add(nodeName, node.kubelet);
    return { parts: node.parts, kubelets: [node.kubelet] };
  }
  const count = options.nodes.type === 'simulated' ? options.nodes.count : 0;
  if (count === 0) return { parts: [], kubelets: [] };
  const { simulatedNode } = await import('./cluster/simulated-nodes.ts');
  const kubelets = Array.from({ length: count }, (_, index) => {
    const { name, kubelet } = simulatedNode(index, { ...control, api });
    links.add(name, kubelet);
    return kubelet;
  });
  return { parts: kubelets, kubelets };
}

async function kubeletConfiguration({ stateDir, kubeletConfig }: ClusterOptions) {
  const { nodeConfiguration } = await import('./cluster/local-node.ts');
  try {
    return nodeConfiguration(stateDir, kubeletConfig);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

function apiServerFlags({ apiServerArgs = [], workDir = '/' }: ClusterOptions): ApiServerFlags {
  try {
    return parseFlags(apiServerArgs, workDir);
  } catch (error) {
    throw new UserError((error as Error).message, 2);
  }
}

const proxyPair = ({ frontProxyClient: { certificatePem, privateKeyPem } }: Certificates) => ({ cert: certificatePem, key: privateKeyPem });

/** Throws UserError when this machine is the node of another cluster. */
async function claimNode(stateDir: string): Promise<void> {
  const [{ claimMachine }, { runDir }] = await Promise.all([import('./kubelet/host/owner.ts'), import('./cluster/local-node.ts')]);
  const other = claimMachine(runDir, stateDir);
  if (other === undefined) return;
  throw new UserError(
    `this machine is already the node of the cluster in ${other}. Stop that one first ("SKIFF_HOME=${other} skiff down"), or use simulated nodes here.`,
  );
}

async function runCluster(options: ClusterOptions, onProgress: (progress: Progress) => void): Promise<RunningCluster> {
  const { stateDir } = options;
  const log = createLogger((line) => void process.stdout.write(line), systemClock.now, options.logLevel);
  process.on('unhandledRejection', (error) => log.error('a promise failed that nobody waited for', { error }));
  process.on('uncaughtException', (error) => log.error('an error that nobody caught', { error }));
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  /** What was started, to be ended in reverse order: now if something fails, else when the cluster is stopped. */
  await using started = new AsyncDisposableStack();
  const parts = new Parts(log);
  const step = async <T>(text: string, work: () => Promise<T>): Promise<T> => {
    onProgress({ step: text, done: false });
    const result = await work();
    onProgress({ step: text, done: true });
    return result;
  };
  const flags = apiServerFlags(options);
  if (options.nodes.type === 'local') await claimNode(stateDir);
  const facts = options.nodes.type === 'local' ? await (await import('./kubelet/host/machine.ts')).machineFacts() : undefined;
  const apiAddress = facts?.primaryIp ?? (options.nodes.type === 'local' ? network.bridgeIp : '172.16.255.254');
  const [store, certificates] = await step('Opening the store and the keys', () =>
    Promise.all([
      openStore(stateDir, flags, log),
      ensureCertificates(join(stateDir, 'pki'), {
        clock: systemClock,
        hosts: [hostname(), options.nodeName],
        ips: [apiAddress, network.bridgeIp],
      }),
    ]),
  );
  started.defer(() => store.close());
  const links = new NodeLinks();
  const control: ControlPlaneOptions = {
    store,
    clock: systemClock,
    random: systemRandom,
    log,
    clientCa: certificates.clusterCa.certificatePem,
    frontProxyCa: certificates.frontProxyCa.certificatePem,
    proxyCertificate: () => proxyPair(certificates),
    sign: certificates.signRequest,
    serviceAccountKeyPem: certificates.serviceAccountKeyPem,
    nodeConnections: links,
    dialer: machineDialer,
    address: { clusterIp: network.apiIp, address: apiAddress, port: options.apiPort },
    podCidr: network.podCidr,
    serviceCidr: network.serviceCidr,
    nodeFolders: options.nodes.type === 'local' ? diskFolders(join(stateDir, 'volumes')) : pretendedFolders,
    flags,
    election:
      (options.leaderElect ?? flags['etcd-servers'] !== undefined)
        ? { identity: `${hostname()}_${systemRandom.uuid()}`, times: options.electionTimes ?? defaultElectionTimes }
        : undefined,
    signal: parts.signal,
  };
  const tls = { cert: certificates.serving.certificatePem, key: certificates.serving.privateKeyPem };
  const api = await step('Starting the API', async () => {
    const made = await startApi(control).catch(async (error: unknown) => {
      await parts.stop();
      throw error instanceof ConfigurationError ? new UserError(error.message, 2) : error;
    });
    started.defer(() => made.server.close());
    await made.server.listen({ host: options.bindAddress, port: options.apiPort, tls }).catch((error: Error) => {
      throw new UserError(
        `the API cannot listen on ${options.bindAddress}:${options.apiPort}: ${error.message}\nChoose another port with --port.`,
      );
    });
    return made;
  });
  started.defer(() => parts.stop());
  const apiUrl = `https://127.0.0.1:${options.apiPort}`;
  const kubeconfig = adminKubeconfig(apiUrl, certificates.clusterCa.certificatePem, certificates.admin);
  writeFileSync(join(stateDir, 'admin.kubeconfig'), kubeconfig, { mode: 0o600 });
  const informers = sharedInformers(api, control);
  await step('Starting controllers and scheduler', async () => parts.start(await controlPlaneParts(api, control, informers)));
  const count = options.nodes.type === 'local' ? 1 : options.nodes.count;
  await step(options.nodes.type === 'local' ? 'Starting containerd and the node' : `Starting ${count} simulated nodes`, async () => {
    const nodes = await makeNodes(options, api, links, control, facts, tls);
    parts.start(nodes.parts);
    await untilNodesReady(informers, nodes.kubelets);
  });
  log.info('the cluster is ready', { apiUrl });
  const running = started.move();
  return {
    apiUrl,
    async stop() {
      await running.disposeAsync();
      log.info('the cluster has stopped');
    },
  };
}

const machine = async (): Promise<MachineBackend> => (await import('./cluster/machine.ts')).machineBackend;

/** Everything is loaded when it is asked for: a command pays for what it uses. */
export const backend: Backend = {
  runCluster,
  missingPackages: async () => (await machine()).missingPackages(),
  nodeOwner: async () => (await machine()).nodeOwner(),
  tearDownNode: async (...input) => (await machine()).tearDownNode(...input),
  inspectMachine: async (...input) => (await machine()).inspectMachine(...input),
  packImage: async (...input) => (await machine()).packImage(...input),
  loadImage: async (...input) => (await machine()).loadImage(...input),
  listImages: async (...input) => (await machine()).listImages(...input),
};
