import { mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { aborted } from '../base/aborted.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Part } from '../base/supervisor.ts';
import { parseYaml } from '../base/yaml.ts';
import type { Client } from '../client/client.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import { createInformerFactory } from '../client/informer-factory.ts';
import type { InformerFactory } from '../client/informer.ts';
import { createForward, nameserversOf } from '../dns/forward.ts';
import { createDnsPart } from '../dns/part.ts';
import { defaultConfiguration, type KubeletConfiguration, parseConfiguration } from '../kubelet/configuration.ts';
import { amountOf } from '../kubelet/eviction/thresholds.ts';
import { createContainerd, type Containerd } from '../kubelet/host/containerd.ts';
import { hasApparmor, type MachineFacts } from '../kubelet/host/machine.ts';
import { runProgram } from '../base/program.node.ts';
import { pauseImage } from '../kubelet/images/pause.ts';
import { NodeAccess } from '../kubelet/access.ts';
import { createKubelet, type Kubelet } from '../kubelet/kubelet.ts';
import { parseResolvConf } from '../kubelet/resolv-conf.ts';
import { createCriRuntime } from '../kubelet/runtime-cri.ts';
import { createProxyPart } from '../proxy/apply.ts';
import { ensureDnsService } from '../server/bootstrap.ts';
import type { TlsFiles } from '../server/http.ts';
import type { Api } from './control-plane.ts';
import * as identities from './identities.ts';
import { kubeletPort } from './kubelet-port.ts';
import { network } from './network.ts';

export interface LocalNodeOptions {
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly stateDir: string;
  readonly facts: MachineFacts;
  readonly configuration: KubeletConfiguration;
  readonly api: Api;
  /** Where the kubelet's port is open, and with which certificate. */
  readonly bindAddress: string;
  readonly tls: TlsFiles;
  readonly clientCa: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Where sockets and process ids of a node live; short, since a socket's path may have 107 bytes. */
export const runDir = '/run/skiff';

export const localContainerd = (stateDir: string, clock: Clock, log: Logger): Containerd =>
  createContainerd({ dataDir: join(stateDir, 'containerd'), runDir, bridge: network.bridge, cgroupRoots: ['/kubepods'], clock, log });

const readResolvConf = (): string => {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return '';
  }
};

const capacityOf = (path: string): number => {
  const { blocks, bsize } = statfsSync(path);
  return blocks * bsize;
};

/** More than this need not be kept free of a large disk before pods are evicted. */
const mostKeptBytes = 2 * 2 ** 30;

/**
 * The node's configuration: what a file says, else upstream's defaults, but for thresholds of disks as large as those of
 * people's machines, and a folder of static pods among the cluster's own. Throws Error for a file that is wrong.
 */
export function nodeConfiguration(stateDir: string, file: string | undefined): KubeletConfiguration {
  const evictionHard = new Map(defaultConfiguration.evictionHard);
  for (const signal of ['nodefs.available', 'imagefs.available'] as const) {
    const kept = amountOf(evictionHard.get(signal), capacityOf(stateDir));
    if (kept > mostKeptBytes) evictionHard.set(signal, { quantity: '2Gi' });
  }
  const defaults = { ...defaultConfiguration, evictionHard, staticPodPath: join(stateDir, 'manifests') };
  if (file === undefined) return defaults;
  try {
    return parseConfiguration(parseYaml(readFileSync(file, 'utf8'))[0], defaults);
  } catch (error) {
    throw new Error(`the kubelet's configuration ${file} cannot be used: ${(error as Error).message}`);
  }
}

/** First address of an IPv4 network: the bridge's own. */
const gatewayOf = (cidr: string): string => cidr.replace(/\.\d+\/\d+$/, '.1');

/** The bridge is there before the first pod, so that DNS can listen on it. */
async function ensureBridge(cidr: string): Promise<void> {
  const { bridge } = network;
  await runProgram('ip', ['link', 'add', bridge, 'type', 'bridge']).catch(() => undefined);
  await runProgram('ip', ['addr', 'replace', `${gatewayOf(cidr)}/24`, 'dev', bridge]);
  await runProgram('ip', ['link', 'set', bridge, 'up']);
  // Without a default route this machine itself would not know where to send packets for Services, to be redirected on their way.
  await runProgram('ip', ['route', 'replace', network.serviceCidr, 'dev', bridge, 'src', gatewayOf(cidr)]);
}

/** This machine as a node: containerd, kubelet, service proxy, DNS. Parts are in the order of their start. */
export function localNode(options: LocalNodeOptions): {
  readonly kubelet: Kubelet;
  readonly containerd: Containerd;
  readonly parts: readonly Part[];
} {
  const { nodeName, nodeIp, stateDir, facts, api, clock, random, signal } = options;
  const log = options.log.with({ node: nodeName });
  const containerd = localContainerd(stateDir, clock, log.with({ part: 'containerd' }));
  const cidrKnown = Promise.withResolvers<string>();
  const onPodCidr = async (cidr: string) => {
    await ensureBridge(cidr);
    await containerd.configureNetwork({ podCidrs: [cidr], ...(facts.mtu === undefined ? {} : { mtu: facts.mtu }) });
    cidrKnown.resolve(cidr);
  };
  for (const name of ['kubelet', 'manifests']) mkdirSync(join(stateDir, name), { recursive: true });
  const client = api.client(identities.node(nodeName));
  const informersOf = (whose: Client) => createInformerFactory(whose, clock, log, signal, random);
  const runtime = createCriRuntime({ socketPath: containerd.socketPath, clock, log, onPodCidr });
  const kubelet = createKubelet({
    nodeName,
    client,
    informers: informersOf(client),
    runtime,
    clock,
    random,
    log: log.with({ part: 'kubelet' }),
    events: createEventRecorder({ client, clock, random, log, signal, component: 'kubelet', host: nodeName }),
    nodeIps: [nodeIp],
    clusterDns: [network.dnsIp],
    clusterDomain: network.domain,
    facts,
    configuration: options.configuration,
    capacity: { 'ephemeral-storage': String(capacityOf(stateDir)) },
    disk: { stateDir: join(stateDir, 'kubelet'), podLogDir: '/var/log/pods', mounts: containerd.mounter, cgroupRoot: '' },
    nodeDns: parseResolvConf(readResolvConf()),
    apparmor: hasApparmor(),
    keepImages: [pauseImage],
  });
  const proxy = createProxyPart({
    table: network.table,
    clusterCidr: network.podCidr,
    podCidr: network.podCidr,
    serviceCidr: network.serviceCidr,
    nodeName,
    informers: informersOf(api.client(identities.proxy)),
    run: runProgram,
    clock,
    log: log.with({ part: 'proxy' }),
  });
  const port = kubeletPort({
    kubelet,
    access: new NodeAccess({ nodeName, client, clock }),
    host: options.bindAddress,
    port: options.configuration.port,
    tls: options.tls,
    clientCa: options.clientCa,
    log: log.with({ part: 'kubelet-port' }),
  });
  const dns: Part = dnsPart(options, informersOf(api.client(identities.dns)), cidrKnown.promise, log.with({ part: 'dns' }));
  return { kubelet, containerd, parts: [containerd, after(containerd.ready, kubelet), port, proxy, dns] };
}

/** A part that starts once something else is ready. */
function after(condition: Promise<unknown>, part: Part): Part {
  return {
    name: part.name,
    ready: part.ready,
    async run(signal) {
      await Promise.race([condition, aborted(signal)]);
      if (!signal.aborted) await part.run(signal);
    },
  };
}

function dnsPart({ api, clock, random }: LocalNodeOptions, informers: InformerFactory, cidr: Promise<string>, log: Logger): Part {
  const ready = Promise.withResolvers<void>();
  return {
    name: 'dns',
    ready: ready.promise,
    async run(signal) {
      const known = await Promise.race([cidr, aborted(signal)]);
      if (known === undefined) return;
      const address = gatewayOf(known);
      const forward = createForward(() => nameserversOf(readResolvConf(), network.dnsIp), clock, random);
      const part = createDnsPart({ address, port: network.dnsPort, forward, informers, domain: network.domain, clock, random, log });
      void part.ready.then(
        async () => {
          await ensureDnsService(api.server.resources, { clusterIp: network.dnsIp, address, port: network.dnsPort });
          ready.resolve();
        },
        log.error.bind(log, 'DNS did not start'),
      );
      await part.run(signal);
    },
  };
}
