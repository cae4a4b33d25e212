import { Node } from '../../kinds/core/node.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { definePlugin } from '../framework.ts';
import { hostPortsOf, type HostPort } from '../snapshot.ts';

const clash = (a: HostPort, b: HostPort) =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0');

const portsClash = (pod: Pod, used: readonly HostPort[]) => hostPortsOf(pod).some((wanted) => used.some((one) => clash(wanted, one)));

/** No two pods of a node share a host port. */
export const nodePorts = definePlugin({
  name: 'NodePorts',
  retryOn: [
    { kind: Node, type: 'added' },
    { kind: Pod, type: 'deleted', helps: (pod, gone: Pod) => portsClash(pod, hostPortsOf(gone)) },
  ],
  preFilter: (pod) => (hostPortsOf(pod).length === 0 ? 'skip' : undefined),
  filter: (pod, { usedPorts }) =>
    portsClash(pod, usedPorts) ? { reason: "node(s) didn't have free ports for the requested pod ports", resolvable: true } : undefined,
});
