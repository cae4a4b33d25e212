import type { Node } from '../kinds/core/node.ts';
import type { Pod } from '../kinds/core/pod.ts';
import { PodIndex } from './pod-index.ts';
import { podRequests, amountsOf, type Amounts } from '../kinds/core/lib/pod-requests.ts';

export interface HostPort {
  readonly protocol: string;
  readonly ip: string;
  readonly port: number;
}

/** A node with what runs or is about to run on it. Never changed: a new one replaces it. */
export interface NodeInfo {
  readonly name: string;
  readonly node: Node;
  readonly pods: readonly Pod[];
  /** Allocatable and requested amounts; cpu in thousandths, the rest in units. 'pods' counts pods. */
  readonly allocatable: Amounts;
  readonly requested: Amounts;
  /** As requested, with upstream's assumed amounts for containers that ask for no cpu or memory. Scores use it. */
  readonly assumed: Amounts;
  readonly usedPorts: readonly HostPort[];
}

/** All nodes at one moment, in a steady order. */
export interface Snapshot {
  readonly nodes: readonly NodeInfo[];
  readonly byName: ReadonlyMap<string, NodeInfo>;
  /** How many nodes have each image name, for scores. */
  readonly imageNodes: ReadonlyMap<string, number>;
  /** The pods of the nodes by their labels and affinity, until the cache it comes from changes. */
  readonly podIndex: PodIndex;
}

export function hostPortsOf(pod: Pod): readonly HostPort[] {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always')];
  return containers.flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port) => ({
        protocol: port.protocol ?? 'TCP',
        ip: port.hostIP === undefined || port.hostIP === '' ? '0.0.0.0' : port.hostIP,
        port: port.hostPort!,
      })),
  );
}

function sum(parts: readonly Amounts[]): Amounts {
  const total = new Map<string, number>();
  for (const part of parts) for (const [name, amount] of part) total.set(name, (total.get(name) ?? 0) + amount);
  return total;
}

function difference(all: Amounts, less: Amounts): Amounts {
  const rest = new Map(all);
  for (const [name, amount] of less) rest.set(name, (rest.get(name) ?? 0) - amount);
  return rest;
}

export function nodeInfo(node: Node, pods: readonly Pod[]): NodeInfo {
  const requests = pods.map((pod) => podRequests(pod));
  return {
    name: node.metadata.name,
    node,
    pods,
    allocatable: amountsOf(node.status.allocatable ?? node.status.capacity),
    requested: sum(requests.map((one) => one.requested)),
    assumed: sum(requests.map((one) => one.assumed)),
    usedPorts: pods.flatMap(hostPortsOf),
  };
}

/** A pod that was placed there, or removed: cheaper than counting all anew. */
export const withPod = (info: NodeInfo, pod: Pod): NodeInfo => {
  const { requested, assumed } = podRequests(pod);
  return {
    ...info,
    pods: [...info.pods, pod],
    requested: sum([info.requested, requested]),
    assumed: sum([info.assumed, assumed]),
    usedPorts: [...info.usedPorts, ...hostPortsOf(pod)],
  };
};
/** The same node without a pod that is on it. */
export function withoutPod(info: NodeInfo, pod: Pod): NodeInfo {
  const pods = info.pods.filter(({ metadata }) => metadata.uid !== pod.metadata.uid);
  const { requested, assumed } = podRequests(pod);
  return {
    ...info,
    pods,
    requested: difference(info.requested, requested),
    assumed: difference(info.assumed, assumed),
    usedPorts: hostPortsOf(pod).length === 0 ? info.usedPorts : pods.flatMap(hostPortsOf),
  };
}

/** How many of the nodes have each image. */
export function countImages(nodes: readonly NodeInfo[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { node } of nodes) {
    for (const image of node.status.images ?? []) for (const name of image.names ?? []) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function indexPods(nodes: readonly NodeInfo[]): PodIndex {
  const index = new PodIndex();
  for (const { name, pods } of nodes) for (const pod of pods) index.add(pod, name);
  return index;
}

export function snapshotOf(nodes: readonly NodeInfo[], imageNodes = countImages(nodes), podIndex = indexPods(nodes)): Snapshot {
  return { nodes, byName: new Map(nodes.map((info) => [info.name, info])), imageNodes, podIndex };
}
