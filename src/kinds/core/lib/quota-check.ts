import { quantitySign } from '../../../api/quantity.ts';
import type { ApiObject } from '../../../api/meta.ts';
import type { ResourceQuotaSpec, ResourceQuotaStatus } from '../shapes/resource-quota.ts';
import type { QuotaEvaluator, QuotaRequest, QuotaWorld } from './quota-evaluators.ts';
import type { ScopeRequirement } from './quota-pods.ts';
import { addLists, exceeding, growth, pick, type ResourceList, shownList, withoutZeros } from './resource-lists.ts';

export interface QuotaLike extends ApiObject {
  readonly spec: ResourceQuotaSpec;
  readonly status: ResourceQuotaStatus;
}

/** Scopes of both forms: what stands under `scopes` must exist. */
export const scopesOf = ({ scopes, scopeSelector }: ResourceQuotaSpec): readonly ScopeRequirement[] => [
  ...(scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
  ...(scopeSelector?.matchExpressions ?? []),
];
const inScope = (quota: QuotaLike, evaluator: QuotaEvaluator, object: unknown): boolean =>
  scopesOf(quota.spec).every((scope) => evaluator.matchesScope(scope, object));

export interface Charge {
  readonly quota: QuotaLike;
  readonly used: ResourceList;
}
/** What the quotas will have used when a request is done, or why it may not be done, in upstream's words. */
export type QuotaVerdict = { readonly charges: readonly Charge[] } | { readonly refusal: string };

/** What more an object uses of a quota than it did before. */
function delta(quota: QuotaLike, evaluator: QuotaEvaluator, { operation, old }: QuotaRequest, usage: ResourceList, world: QuotaWorld) {
  const wasCharged = operation === 'UPDATE' && old?.metadata.resourceVersion && inScope(quota, evaluator, old);
  return withoutZeros(wasCharged ? growth(usage, evaluator.usage(old, world)) : usage);
}

/** CheckRequest of k8s.io/apiserver pkg/admission/plugin/resourcequota. `quotas` are those of the object's namespace. */
export function checkQuotas(
  quotas: readonly QuotaLike[],
  evaluator: QuotaEvaluator,
  request: QuotaRequest,
  world: QuotaWorld,
): QuotaVerdict {
  const { object, subresource } = request;
  const concerned: QuotaLike[] = [];
  for (const quota of quotas) {
    const { hard = {}, used = {} } = quota.status;
    const { name } = quota.metadata;
    const restricted = Object.keys(hard).filter((resource) => evaluator.uses(resource, world));
    if (restricted.length === 0 || !inScope(quota, evaluator, object)) continue;
    const lack = evaluator.constraints?.(restricted, object);
    if (lack !== undefined) return { refusal: `failed quota: ${name}: ${lack}` };
    if (restricted.some((resource) => used[resource] === undefined))
      return { refusal: `status unknown for quota: ${name}, resources: ${[...restricted].sort().join(',')}` };
    concerned.push(quota);
  }
  const usage = evaluator.usage(object, world);
  const negative = Object.keys(usage).filter((name) => quantitySign(usage[name]!) < 0);
  if (negative.length > 0) return { refusal: `quota usage is negative for resource(s): ${negative.sort().join(',')}` };
  const charges: Charge[] = [];
  for (const quota of concerned) {
    const { hard = {}, used = {} } = quota.status;
    const requested = pick(delta(quota, evaluator, request, usage, world), Object.keys(hard));
    if (Object.keys(requested).length === 0) continue;
    const after = addLists(used, requested);
    const exceeded = subresource === 'status' ? [] : exceeding(pick(after, Object.keys(requested)), hard);
    if (exceeded.length > 0) {
      const [asked, before, limited] = [requested, used, hard].map((list) => shownList(pick(list, exceeded)));
      return { refusal: `exceeded quota: ${quota.metadata.name}, requested: ${asked}, used: ${before}, limited: ${limited}` };
    }
    charges.push({ quota, used: after });
  }
  return { charges };
}

/** Nothing yet of all that a quota counts. */
export function noUsage({ spec }: QuotaLike, counted: Iterable<QuotaEvaluator>, world: QuotaWorld): ResourceList {
  const evaluators = [...counted];
  const names = Object.keys(spec.hard ?? {}).filter((name) => evaluators.some((evaluator) => evaluator.uses(name, world)));
  return Object.fromEntries(names.map((name) => [name, '0']));
}
/** With what objects of one kind use. */
export function addUsage(
  used: ResourceList,
  quota: QuotaLike,
  evaluator: QuotaEvaluator,
  objects: readonly unknown[],
  world: QuotaWorld,
): ResourceList {
  const hard = Object.keys(quota.spec.hard ?? {});
  let total = used;
  for (const object of objects) if (inScope(quota, evaluator, object)) total = addLists(total, pick(evaluator.usage(object, world), hard));
  return total;
}
/** The status that tells so; what nobody counts stays as it was said to be. */
export function statusOf({ spec, status }: QuotaLike, used: ResourceList): ResourceQuotaStatus {
  const hard = spec.hard ?? {};
  return { hard, used: pick({ ...status.used, ...used }, Object.keys(hard)) };
}
