import type { LabelSelector } from '../../../api/meta.ts';
import { isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { type Errors, invalidIf, oneOf, positive, qualifiedName } from '../../lib/validate.ts';
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '../shapes/affinity.ts';
import type { TopologySpreadConstraint } from '../shapes/pod-spec.ts';
import type { Toleration } from '../shapes/tolerations.ts';

export const taintEffects: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function* validateRequirement({ key, operator, values = [] }: NodeSelectorRequirement, strict: boolean, path: string): Errors {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) yield fieldError.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      yield fieldError.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) yield fieldError.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
  } else yield fieldError.invalid(`${path}.operator`, operator, 'not a valid selector operator');
  yield* qualifiedName(`${path}.key`, key);
  if (strict) for (const [index, value] of values.entries()) yield* invalidIf(isLabelValue(value), `${path}.values[${index}]`, value);
}
function* validateFieldRequirement({ key, operator, values = [] }: NodeSelectorRequirement, path: string): Errors {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length !== 1) {
      const rule = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
      yield fieldError.required(`${path}.values`, rule);
    }
  } else yield fieldError.invalid(`${path}.operator`, operator, 'not a valid selector operator');
  if (key !== 'metadata.name') yield fieldError.invalid(`${path}.key`, key, 'not a valid field selector key');
  else for (const [index, value] of values.entries()) yield* invalidIf(isDns1123Subdomain(value), `${path}.values[${index}]`, value);
}
/** Preferred terms may hold label values that no node can have. */
function* validateTerm(term: NodeSelectorTerm, strict: boolean, path: string): Errors {
  for (const [index, one] of (term.matchExpressions ?? []).entries())
    yield* validateRequirement(one, strict, `${path}.matchExpressions[${index}]`);
  for (const [index, one] of (term.matchFields ?? []).entries()) yield* validateFieldRequirement(one, `${path}.matchFields[${index}]`);
}
/** `anyValue`: an old object holds a value that no label can have, so a new one may. */
export function* validateNodeSelector(
  selector: NodeSelector,
  path: string,
  { anyValue = false }: { readonly anyValue?: boolean } = {},
): Errors {
  const terms = `${path}.nodeSelectorTerms`;
  if (selector.nodeSelectorTerms.length === 0) return yield fieldError.required(terms, 'must have at least one node selector term');
  for (const [index, term] of selector.nodeSelectorTerms.entries()) yield* validateTerm(term, !anyValue, `${terms}[${index}]`);
}

function* validateLabelKeys(keys: readonly string[] | undefined, selector: LabelSelector | undefined, path: string): Errors {
  if ((keys ?? []).length === 0) return;
  if (selector === undefined) return yield fieldError.forbidden(path, 'must not be specified when labelSelector is not set');
  for (const [index, key] of keys!.entries()) yield* invalidIf(isQualifiedName(key), `${path}[${index}]`, key);
}
/** matchLabelKeys become part of the selector when the pod is made, so a key may stand there once and no more. */
function* validateMatchLabelKeys(
  matching: readonly string[] = [],
  mismatching: readonly string[] = [],
  selector: LabelSelector | undefined,
  path: string,
): Errors {
  yield* validateLabelKeys(matching, selector, `${path}.matchLabelKeys`);
  yield* validateLabelKeys(mismatching, selector, `${path}.mismatchLabelKeys`);
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    const index = matching.indexOf(key);
    if (index >= 0 && seen.has(key)) yield fieldError.invalid(`${path}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector');
    seen.add(key);
  }
  for (const [index, key] of matching.entries())
    if (mismatching.includes(key))
      yield fieldError.invalid(`${path}.matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys');
}

function* validatePodTerm(term: PodAffinityTerm, path: string): Errors {
  yield* validateLabelSelector(term.labelSelector, `${path}.labelSelector`);
  yield* validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`);
  for (const name of term.namespaces ?? []) yield* invalidIf(isDns1123Label(name), `${path}.namespace`, name);
  yield* validateMatchLabelKeys(term.matchLabelKeys, term.mismatchLabelKeys, term.labelSelector, path);
  if (term.topologyKey === '') yield fieldError.required(`${path}.topologyKey`, 'can not be empty');
  yield* qualifiedName(`${path}.topologyKey`, term.topologyKey);
}
function* validateWeight(weight: number, path: string): Errors {
  if (weight <= 0 || weight > 100) yield fieldError.invalid(`${path}.weight`, weight, 'must be in the range 1-100');
}
function* validatePodAffinity(affinity: PodAffinity | undefined, path: string): Errors {
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  for (const [index, term] of (affinity?.[required] ?? []).entries()) yield* validatePodTerm(term, `${path}.${required}[${index}]`);
  for (const [index, one] of (affinity?.[preferred] ?? []).entries()) {
    const at = `${path}.${preferred}[${index}]`;
    yield* validateWeight(one.weight, at);
    yield* validatePodTerm(one.podAffinityTerm, `${at}.podAffinityTerm`);
  }
}
export function* validateAffinity(affinity: Affinity | undefined, path: string): Errors {
  const node = affinity?.nodeAffinity;
  if (node?.requiredDuringSchedulingIgnoredDuringExecution !== undefined) {
    const at = `${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`;
    yield* validateNodeSelector(node.requiredDuringSchedulingIgnoredDuringExecution, at);
  }
  for (const [index, one] of (node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const at = `${path}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    yield* validateWeight(one.weight, at);
    yield* validateTerm(one.preference, false, `${at}.preference`);
  }
  yield* validatePodAffinity(affinity?.podAffinity, `${path}.podAffinity`);
  yield* validatePodAffinity(affinity?.podAntiAffinity, `${path}.podAntiAffinity`);
}

export function* validateTolerations(tolerations: readonly Toleration[] | undefined, path: string): Errors {
  for (const [index, { key = '', operator = '', value = '', effect = '', tolerationSeconds }] of (tolerations ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (key !== '') yield* qualifiedName(`${at}.key`, key);
    else if (operator !== 'Exists') {
      const rule = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      yield fieldError.invalid(`${at}.operator`, operator, rule);
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      yield fieldError.invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
    if (operator === '' || operator === 'Equal') {
      const wrong = isLabelValue(value);
      if (wrong.length > 0) yield fieldError.invalid(`${at}.operator`, value, wrong.join(';'));
    } else if (operator === 'Exists') {
      if (value !== '') yield fieldError.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
    } else if (operator === 'Lt' || operator === 'Gt')
      yield fieldError.notSupported(`${at}.operator`, operator, ['Equal', 'Exists', 'Lt', 'Gt'], 'as given');
    else yield fieldError.notSupported(`${at}.operator`, operator, ['Equal', 'Exists']);
    if (effect !== '' && !taintEffects.includes(effect)) yield fieldError.notSupported(`${at}.effect`, effect, taintEffects, 'as given');
  }
}

export function* validateSpread(constraints: readonly TopologySpreadConstraint[] | undefined, path: string): Errors {
  for (const [index, one] of (constraints ?? []).entries()) {
    const at = `${path}[${index}]`;
    yield* positive(`${at}.maxSkew`, one.maxSkew);
    if (one.topologyKey === '') yield fieldError.required(`${at}.topologyKey`, 'can not be empty');
    yield* oneOf(`${at}.whenUnsatisfiable`, one.whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']);
    const again = constraints!
      .slice(index + 1)
      .some((other) => other.topologyKey === one.topologyKey && other.whenUnsatisfiable === one.whenUnsatisfiable);
    if (again) yield fieldError.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${one.topologyKey}, ${one.whenUnsatisfiable}}`);
    if (one.minDomains !== undefined) {
      yield* positive(`${at}.minDomains`, one.minDomains);
      if (one.whenUnsatisfiable !== 'DoNotSchedule') {
        const rule = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${one.whenUnsatisfiable}`;
        yield fieldError.invalid(`${at}.minDomains`, one.minDomains, rule);
      }
    }
    yield* oneOf(`${at}.nodeAffinityPolicy`, one.nodeAffinityPolicy, ['Honor', 'Ignore']);
    yield* oneOf(`${at}.nodeTaintsPolicy`, one.nodeTaintsPolicy, ['Honor', 'Ignore']);
    yield* validateMatchLabelKeys(one.matchLabelKeys, [], one.labelSelector, at);
    yield* validateLabelSelector(one.labelSelector, `${at}.labelSelector`);
  }
}
