import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import type { Errors } from '../../lib/validate.ts';
import { goShown } from '../../lib/go-shown.ts';
import { scopeSelector, type ResourceQuotaSpec, type ResourceQuotaStatus } from '../shapes/resource-quota.ts';
import { isStandardQuotaResource, quotaResourceName, resourceAmount } from './resource-names.ts';

interface QuotaLike extends ApiObject {
  readonly spec: ResourceQuotaSpec;
  readonly status: ResourceQuotaStatus;
}
const compute = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const podScoped = new Set(['pods', ...compute]);
/** Which resources a scope makes sense for. */
const scopes: Readonly<Record<string, ReadonlySet<string>>> = {
  Terminating: podScoped,
  NotTerminating: podScoped,
  NotBestEffort: podScoped,
  PriorityClass: podScoped,
  CrossNamespacePodAffinity: podScoped,
  BestEffort: new Set(['pods']),
  VolumeAttributesClass: new Set(['persistentvolumeclaims', 'requests.storage']),
};
const existsOnly = new Set(['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity']);

function* validateAmounts(list: Readonly<Record<string, string>> | undefined, path: string): Errors {
  for (const [name, amount] of Object.entries(list ?? {})) {
    yield* quotaResourceName(`${path}[${name}]`, name);
    yield* resourceAmount(`${path}[${name}]`, name, amount);
  }
}
function* validateScope(scope: string, spec: ResourceQuotaSpec, path: string, shown: unknown): Errors {
  for (const name of Object.keys(spec.hard ?? {}).sort())
    if (isStandardQuotaResource(name) && scopes[scope]?.has(name) === false)
      yield fieldError.invalid(path, shown, 'unsupported scope applied to resource');
}
function* validateConflicts(used: readonly string[], path: string, shown: unknown): Errors {
  for (const pair of [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ])
    if (pair.every((scope) => used.includes(scope))) yield fieldError.invalid(path, shown, 'conflicting scopes');
}

function* validateSpec(spec: ResourceQuotaSpec): Errors {
  yield* validateAmounts(spec.hard, 'spec.hard');
  for (const scope of spec.scopes ?? []) {
    if (scopes[scope] === undefined) yield fieldError.invalid('spec.scopes', spec.scopes, 'unsupported scope');
    yield* validateScope(scope, spec, 'spec.scopes', spec.scopes);
  }
  yield* validateConflicts(spec.scopes ?? [], 'spec.scopes', spec.scopes);
  const path = 'spec.scopeSelector.matchExpressions';
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  for (const { scopeName, operator, values = [] } of expressions) {
    if (scopes[scopeName] === undefined) yield fieldError.invalid(`${path}.scopeName`, scopeName, 'unsupported scope');
    yield* validateScope(scopeName, spec, path, goShown(scopeSelector, spec.scopeSelector));
    if (existsOnly.has(scopeName) && operator !== 'Exists') {
      const names = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort']
        .map((scope) => `ResourceQuotaScope${scope}`)
        .join(', ');
      const rule = `must be 'Exists' when scope is any of ${names} or ResourceQuotaScopeCrossNamespacePodAffinity`;
      yield fieldError.invalid(`${path}.operator`, operator, rule);
    }
    if (operator === 'In' || operator === 'NotIn') {
      const rule = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      if (values.length === 0) yield fieldError.required(`${path}.values`, rule);
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      const rule = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      if (values.length > 0) yield fieldError.invalid(`${path}.values`, values, rule);
    } else yield fieldError.invalid(`${path}.operator`, operator, 'not a valid selector operator');
  }
  const names = expressions.map((one) => one.scopeName);
  yield* validateConflicts(names, path, spec.scopes ?? null);
}

/** ValidateResourceQuota, -Update and -StatusUpdate. */
export function* validateQuota({ spec, status }: QuotaLike, { old }: ValidationContext<QuotaLike>): Errors {
  yield* validateSpec(spec);
  yield* validateAmounts(status.hard, 'status.hard');
  yield* validateAmounts(status.used, 'status.used');
  const [given, before] = [new Set(spec.scopes), new Set(old?.spec.scopes)];
  if (old !== undefined && given.symmetricDifference(before).size > 0)
    yield fieldError.invalid('spec.scopes', spec.scopes ?? null, 'field is immutable');
}
