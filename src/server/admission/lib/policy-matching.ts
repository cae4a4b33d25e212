import type { AnyKind } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { labelSelectorMatcher } from '../../../api/selector.ts';
import type { MatchResources, NamedRuleWithOperations } from '../../../kinds/admissionregistration/shapes/rules.ts';
import type { AdmissionContext } from '../../types.ts';
import { isAdmissionConfiguration, isNamespace, requestNamespace } from './admission-request.ts';
import type { BindingLike, PolicyLike } from './policy-index.ts';
import { equivalentKinds, ruleMatches } from './request-rules.ts';
import { isObjectSelected, type NamespaceOfRequest } from './selected-hooks.ts';

/** Which requests policies and their bindings are about, and with which parameters (k8s.io/apiserver pkg/admission/plugin/policy). */
const reviews: Readonly<Record<string, readonly string[]>> = {
  'authentication.k8s.io': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io': ['localsubjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews'],
};
/** Reviews, without which nothing works, and policies themselves. */
export const isBeyondPolicies = (kind: AnyKind): boolean =>
  reviews[kind.group]?.includes(kind.plural) === true || (isAdmissionConfiguration(kind) && !kind.kind.endsWith('WebhookConfiguration'));

const isNamed = ({ resourceNames = [] }: NamedRuleWithOperations, name: string) =>
  resourceNames.length === 0 || resourceNames.includes(name);

function ruledKind(
  rules: readonly NamedRuleWithOperations[],
  matchPolicy: string | undefined,
  { operation, kind, subresource, name, deps }: AdmissionContext,
): AnyKind | undefined {
  if (rules.some((rule) => ruleMatches(rule, operation, kind, subresource) && isNamed(rule, name))) return kind;
  if (matchPolicy !== 'Equivalent') return undefined;
  const equivalents = equivalentKinds(deps.resources.kinds, kind, subresource);
  for (const rule of rules)
    for (const other of equivalents) if (ruleMatches(rule, operation, other, subresource) && isNamed(rule, name)) return other;
  return undefined;
}

/** The kind that it is about, the request's own or an equivalent one; undefined when it is about something else. Throws when that can't be told. */
async function matched(match: MatchResources, context: AdmissionContext, namespace: NamespaceOfRequest): Promise<AnyKind | undefined> {
  let missing: unknown;
  try {
    if (!(await namespace.isSelected(labelSelectorMatcher(match.namespaceSelector)))) return undefined;
  } catch (error) {
    missing = error;
  }
  if (!isObjectSelected(context, labelSelectorMatcher(match.objectSelector))) return undefined;
  const { resourceRules = [], excludeResourceRules = [], matchPolicy } = match;
  if (ruledKind(excludeResourceRules, matchPolicy, context) !== undefined) return undefined;
  const kind = resourceRules.length === 0 ? context.kind : ruledKind(resourceRules, matchPolicy, context);
  if (kind !== undefined && missing !== undefined) throw missing;
  return kind;
}
function checkSelectors({ namespaceSelector, objectSelector }: MatchResources): void {
  const unset = (what: string) => new Error(`a nil ${what} selector was passed, please ensure selectors are initialized properly`);
  if (namespaceSelector === undefined) throw unset('namespace');
  if (objectSelector === undefined) throw unset('object');
}
export async function policyMatches(
  { spec: { matchConstraints } }: PolicyLike,
  context: AdmissionContext,
  namespace: NamespaceOfRequest,
): Promise<AnyKind | undefined> {
  if (matchConstraints === undefined) throw new Error('policy contained no match constraints, a required field');
  checkSelectors(matchConstraints);
  return await matched(matchConstraints, context, namespace);
}
export async function bindingMatches(
  { spec: { matchResources } }: BindingLike,
  context: AdmissionContext,
  namespace: NamespaceOfRequest,
): Promise<boolean> {
  if (matchResources === undefined) return true;
  checkSelectors(matchResources);
  return (await matched(matchResources, context, namespace)) !== undefined;
}

/** The kind of the parameters; undefined: the policy has none. Throws when nobody serves it. */
export function paramKindOf({ spec: { paramKind } }: PolicyLike, { deps }: AdmissionContext): AnyKind | undefined {
  if (paramKind === undefined) return undefined;
  const { apiVersion = '', kind = '' } = paramKind;
  const slash = apiVersion.indexOf('/');
  const [group, version] = slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  const found = deps.resources.kinds.byKind(group, kind, version);
  if (found === undefined) throw new Error(`failed to find resource referenced by paramKind: '${group}/${version}, Kind=${kind}'`);
  return found;
}

/** The parameters that a binding names; [null] when the policy or the binding has none, [] when there are none and that is no matter. */
export async function paramsOf(
  kind: AnyKind | undefined,
  { spec: { paramRef } }: BindingLike,
  context: AdmissionContext,
): Promise<readonly (ApiObject | null)[]> {
  if (kind === undefined || paramRef === undefined) return [null];
  const { name = '', namespace = '', selector, parameterNotFoundAction } = paramRef;
  const within = namespace === '' ? requestNamespace(context) : namespace;
  if (kind.scope === 'Namespaced' && within === '')
    throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  if (kind.scope === 'Cluster' && namespace !== '')
    throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const { resources } = context.deps;
  const scope = kind.scope === 'Namespaced' ? within : undefined;
  let params: readonly ApiObject[];
  if (name !== '') {
    if (selector !== undefined) throw new Error('paramRef.name and paramRef.selector are mutually exclusive');
    const found = await resources.get<ApiObject>(kind, { namespace: scope, name });
    params = found === undefined ? [] : [found];
  } else if (selector !== undefined) {
    const matcher = labelSelectorMatcher(selector);
    params = (await resources.list<ApiObject>(kind, scope)).filter(({ metadata }) => matcher.matches(metadata.labels));
  } else throw new Error('one of name or selector must be provided');
  if (params.length === 0 && parameterNotFoundAction === 'Deny')
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  return params;
}

/** The namespace that expressions see; a namespace is in none. Throws NotFound. */
export const namespaceObject = async (context: AdmissionContext, namespace: NamespaceOfRequest): Promise<ApiObject | null> =>
  isNamespace(context.kind) || context.namespace === '' ? null : await namespace.read();

export const reasonText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
