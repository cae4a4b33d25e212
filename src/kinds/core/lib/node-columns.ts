import type { Column } from '../../../api/kind.ts';
import { ageColumn, nameColumn } from '../../lib/columns.ts';
import type { NodeLike } from './node-defaults.ts';

const rolePrefix = 'node-role.kubernetes.io/';

function statusOf({ spec, status }: NodeLike): string {
  const ready = status.conditions?.findLast((condition) => condition.type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec.unschedulable === true ? `${word},SchedulingDisabled` : word;
}
function rolesOf({ metadata }: NodeLike): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) roles.add(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return roles.size === 0 ? '<none>' : [...roles].sort().join(',');
}
const addressOf = (node: NodeLike, type: string) => node.status.addresses?.find((address) => address.type === type)?.address ?? '<none>';
function kernelOf({ status: { nodeInfo } }: NodeLike): string {
  const version = nodeInfo.kernelVersion || '<unknown>';
  return nodeInfo.architecture ? `${version} (${nodeInfo.architecture})` : version;
}

/** As kubectl shows nodes. */
export const nodeColumns: readonly Column<NodeLike>[] = [
  nameColumn,
  { name: 'Status', type: 'string', description: 'Whether the node is ready', value: statusOf },
  { name: 'Roles', type: 'string', description: 'Roles that labels give the node', value: rolesOf },
  ageColumn,
  { name: 'Version', type: 'string', value: (node) => node.status.nodeInfo.kubeletVersion },
  { name: 'Internal-IP', type: 'string', priority: 1, value: (node) => addressOf(node, 'InternalIP') },
  { name: 'External-IP', type: 'string', priority: 1, value: (node) => addressOf(node, 'ExternalIP') },
  { name: 'OS-Image', type: 'string', priority: 1, value: (node) => node.status.nodeInfo.osImage || '<unknown>' },
  { name: 'Kernel-Version', type: 'string', priority: 1, value: kernelOf },
  { name: 'Container-Runtime', type: 'string', priority: 1, value: (node) => node.status.nodeInfo.containerRuntimeVersion || '<unknown>' },
];
