import type { Node } from '../../kinds/core/node.ts';
import { amount, podAmounts } from '../../kinds/core/lib/pod-requests.ts';
import { StatusError } from '../../api/status.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isCore, refuse } from './lib/refuse.ts';

function refused(context: AdmissionContext, why: string, reason: string): StatusError {
  const { code, reason: status, message, details } = refuse(context, why);
  return new StatusError(code, status, message, { ...details, causes: [{ reason } as never] });
}

async function check(context: AdmissionContext): Promise<void> {
  if (!isCore(context, 'Pod', 'resize') || context.operation !== 'UPDATE') return;
  const { object: pod, old, deps } = context;
  const name: string = pod.spec.nodeName ?? '';
  if (name === '' || pod.metadata.generation === old?.metadata.generation) return;
  const kind = deps.resources.kinds.byKind('', 'Node');
  const node = kind === undefined ? undefined : await deps.resources.get<Node>(kind, { name });
  if (node === undefined) throw refuse(context, `node ${JSON.stringify(name)} not found`);
  const system = node.metadata.labels?.['kubernetes.io/os'] ?? 'linux';
  if (system !== 'linux') {
    const why = `pod resize is only supported on linux nodes, node ${JSON.stringify(name)} is ${JSON.stringify(system)}`;
    throw refused(context, why, 'UnsupportedPlatform');
  }
  const requests = podAmounts(pod, 'requests');
  const lacking = (['cpu', 'memory'] as const).flatMap((resource) => {
    const requested = requests.get(resource) ?? 0;
    const allocatable = amount(node.status.allocatable, resource) ?? 0;
    return requested > allocatable ? [`${resource}, requested: ${requested}, allocatable: ${allocatable}`] : [];
  });
  if (lacking.length > 0) throw refused(context, `node didn't have enough allocatable resources: ${lacking.join('; ')}`, 'NodeCapacity');
}

/** Refuses to resize a pod beyond what its node could ever give. */
export const podResizeValidator: AdmissionPlugin = { name: 'PodResizeValidator', validate: check };
