import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import { createInformerFactory } from '../client/informer-factory.ts';
import { createKubelet, type Kubelet } from '../kubelet/kubelet.ts';
import { createFakeRuntime } from '../kubelet/runtime-fake.ts';
import type { Runtime } from '../kubelet/runtime.ts';
import type { Api } from './control-plane.ts';
import * as identities from './identities.ts';
import { network } from './network.ts';

export interface SimulatedNodeOptions {
  readonly api: Api;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The containers of a node that was there before; default: a new one without any. */
  readonly runtime?: Runtime;
}

const gibibyte = 2 ** 30;

/** A node whose containers are pretended; everything else about it is real. */
export function simulatedNode(index: number, options: SimulatedNodeOptions): { readonly name: string; readonly kubelet: Kubelet } {
  const { api, clock, random, log, signal } = options;
  const name = `simulated-${index + 1}`;
  const client = api.client(identities.node(name));
  const own = log.with({ node: name });
  const kubelet = createKubelet({
    nodeName: name,
    client,
    informers: createInformerFactory(client, clock, own, signal, random),
    runtime: options.runtime ?? createFakeRuntime({ clock, random }),
    clock,
    random,
    log: own,
    events: createEventRecorder({ client, clock, random, log: own, signal, component: 'kubelet', host: name }),
    nodeIps: [`172.16.${Math.floor(index / 250)}.${(index % 250) + 1}`],
    clusterDns: [network.dnsIp],
    clusterDomain: network.domain,
    facts: {
      cpus: 8,
      memoryBytes: 32 * gibibyte,
      osImage: 'simulated',
      kernelVersion: '6.12.0',
      machineId: random.uuid(),
      bootId: random.uuid(),
      architecture: 'amd64',
    },
  });
  return { name, kubelet };
}
