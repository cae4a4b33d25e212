import { nodeMatchesPod } from '../kinds/core/lib/node-selector.ts';
import { isExtendedResource } from '../kinds/core/lib/resource-names.ts';
import { untoleratedTaint } from '../kinds/core/lib/taints.ts';
import { amountsOf, podAmounts } from '../kinds/core/lib/pod-requests.ts';
import { isStatic } from './static-pods/manifest.ts';
import type { Node, Pod, ResourceList } from './types.ts';
import { allContainersOf, isTerminalPhase } from './types.ts';

export interface Refused {
  readonly reason: string;
  readonly message: string;
}
export interface AdmissionInputs {
  readonly node: Node | undefined;
  readonly allocatable: ResourceList;
  /** Pods that this node already runs. */
  readonly others: readonly Pod[];
  readonly apparmor: boolean;
  /** Sysctls that are allowed besides the safe ones; a final * stands for any end. */
  readonly unsafeSysctls?: readonly string[];
}
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);
const hostPorts = (pod: Pod) =>
  allContainersOf(pod).flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port) => `${port.hostIP || '0.0.0.0'} ${port.protocol || 'TCP'} ${port.hostPort}`),
  );

function portsClash(wanted: readonly string[], taken: readonly string[]): boolean {
  return wanted.some((one) => {
    const [ip, protocol, port] = one.split(' ');
    return taken.some((other) => {
      const [otherIp, otherProtocol, otherPort] = other.split(' ');
      return protocol === otherProtocol && port === otherPort && (ip === otherIp || ip === '0.0.0.0' || otherIp === '0.0.0.0');
    });
  });
}

/** Why this node must not run the pod, in upstream's reasons and words; undefined when it may. Pure. */
export function admitPod(pod: Pod, inputs: AdmissionInputs): Refused | undefined {
  const { node, allocatable } = inputs;
  const allowed = (name: string) =>
    safeSysctls.has(name) ||
    inputs.unsafeSysctls?.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one)) === true;
  const sysctl = (pod.spec?.securityContext?.sysctls ?? []).find((one) => !allowed(one.name.replaceAll('/', '.')));
  if (sysctl !== undefined) return { reason: 'SysctlForbidden', message: `forbidden sysctl: "${sysctl.name}" not allowlisted` };
  if (pod.spec?.hostUsers === false) {
    return { reason: 'PodFeatureUnsupported', message: 'user namespaces are not supported by the container runtime of this node' };
  }
  const profiles = [pod.spec?.securityContext?.appArmorProfile, ...allContainersOf(pod).map((one) => one.securityContext?.appArmorProfile)];
  if (!inputs.apparmor && profiles.some((one) => one !== undefined && one.type !== 'Unconfined')) {
    return { reason: 'AppArmor', message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host' };
  }
  const others = inputs.others.filter((other) => other.metadata.uid !== pod.metadata.uid && !isTerminalPhase(other.status?.phase));
  const capacity = amountsOf(allocatable);
  if (others.length + 1 > (capacity.get('pods') ?? 110)) {
    return {
      reason: 'OutOfpods',
      message: `Node didn't have enough resource: pods, requested: 1, used: ${others.length}, capacity: ${capacity.get('pods') ?? 110}`,
    };
  }
  const advertised = amountsOf(node?.status?.allocatable);
  for (const [name, requested] of podAmounts(pod, 'requests')) {
    // Others advertise extended resources in the Node; those that nobody does are not the node's to count
    if (requested === 0 || (isExtendedResource(name) && !advertised.has(name))) continue;
    const used = others.reduce((sum, other) => sum + (podAmounts(other, 'requests').get(name) ?? 0), 0);
    const limit = capacity.get(name) ?? advertised.get(name) ?? 0;
    if (used + requested > limit) {
      return {
        reason: `OutOf${name}`,
        message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${limit}`,
      };
    }
  }
  if (node === undefined) return undefined;
  if (!nodeMatchesPod(pod as never, node)) return { reason: 'NodeAffinity', message: 'Predicate NodeAffinity failed' };
  if (portsClash(hostPorts(pod), others.flatMap(hostPorts))) return { reason: 'NodePorts', message: 'Predicate NodePorts failed' };
  const taint = isStatic(pod) ? undefined : untoleratedTaint(node.spec?.taints, pod.spec?.tolerations, ['NoExecute']);
  if (taint !== undefined) return { reason: 'TaintToleration', message: 'Predicate TaintToleration failed' };
  return undefined;
}

/** Why changed resources of a running pod cannot be granted: never on this node (Infeasible), or not now (Deferred). Pure. */
export function refuseResize(pod: Pod, inputs: Pick<AdmissionInputs, 'allocatable' | 'others'>): Refused | undefined {
  const capacity = amountsOf(inputs.allocatable);
  const others = inputs.others.filter((other) => other.metadata.uid !== pod.metadata.uid && !isTerminalPhase(other.status?.phase));
  const wanted = [...podAmounts(pod, 'requests')].filter(([name]) => name === 'cpu' || name === 'memory');
  for (const [name, requested] of wanted) {
    const limit = capacity.get(name) ?? 0;
    if (requested > limit) {
      return { reason: 'Infeasible', message: `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${limit}` };
    }
  }
  for (const [name, requested] of wanted) {
    const limit = capacity.get(name) ?? 0;
    const used = others.reduce((sum, other) => sum + (podAmounts(other, 'requests').get(name) ?? 0), 0);
    if (used + requested > limit) {
      return {
        reason: 'Deferred',
        message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${limit}`,
      };
    }
  }
  return undefined;
}
