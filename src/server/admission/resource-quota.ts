import { checkQuotas, type QuotaLike } from '../../kinds/core/lib/quota-check.ts';
import { evaluatorOf, type QuotaEvaluator, type QuotaWorld } from '../../kinds/core/lib/quota-evaluators.ts';
import { quotaWorld } from '../../kinds/core/lib/quota-world.ts';
import type { AdmissionContext, AdmissionPlugin, SideWrite } from '../types.ts';
import { isNamespaceKind } from '../kind-rules.ts';
import { refuse } from './lib/refuse.ts';

async function worldOf({ kind, namespace, deps: { clock, resources } }: AdmissionContext): Promise<QuotaWorld> {
  const isDevices = kind.group === 'resource.k8s.io';
  const list = async (group: string, name: string, within?: string): Promise<readonly any[]> => {
    const found = resources.kinds.byKind(group, name);
    return !isDevices || found === undefined ? [] : await resources.list(found, within);
  };
  const [classes, pods, claims] = await Promise.all([
    list('resource.k8s.io', 'DeviceClass'),
    list('', 'Pod', namespace),
    list('resource.k8s.io', 'ResourceClaim', namespace),
  ]);
  return quotaWorld({ nowMs: clock.now(), classes, pods, claims });
}

/** The quotas as they will be when the object is stored. Throws when it uses too much. */
async function charge(context: AdmissionContext, evaluator: QuotaEvaluator): Promise<readonly SideWrite[]> {
  const { resources } = context.deps;
  const kind = resources.kinds.byKind('', 'ResourceQuota')!;
  const quotas = (await resources.list(kind, context.namespace)) as readonly QuotaLike[];
  const verdict = checkQuotas(quotas, evaluator, context, await worldOf(context));
  if ('refusal' in verdict) throw refuse(context, verdict.refusal);
  return verdict.charges.map(({ quota, used }) => ({
    kind,
    old: quota,
    updated: { ...quota, status: { ...quota.status, used } } as QuotaLike,
    subresource: 'status',
    manager: 'kube-apiserver',
  }));
}

/**
 * Keeps a namespace within its quotas. What an object uses is added to them in the transaction that stores it, so that no
 * race makes more than is allowed. https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  async validate(context) {
    const { kind, namespace, operation, deps } = context;
    if (namespace === '' || isNamespaceKind(kind) || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    const evaluator = evaluatorOf(kind);
    if (evaluator?.handles(context) !== true) return;
    const quotaKind = deps.resources.kinds.byKind('', 'ResourceQuota');
    if (quotaKind === undefined || (await deps.resources.list(quotaKind, namespace)).length === 0) return;
    context.together(() => charge(context, evaluator));
  },
};
