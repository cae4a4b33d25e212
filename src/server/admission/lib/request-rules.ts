import type { AnyKind } from '../../../api/kind.ts';
import type { RuleWithOperations } from '../../../kinds/admissionregistration/shapes/rules.ts';
import type { KindIndex, Operation } from '../../types.ts';
import { isNamespace } from './admission-request.ts';

/** Which requests rules are about (k8s.io/apiserver pkg/admission/plugin/webhook/predicates/rules). All of it is pure. */
const names = (list: readonly string[] | undefined, wanted: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(wanted));

function isInScope(scope: string | undefined, kind: AnyKind): boolean {
  if (scope === undefined || scope === '*') return true;
  const isNamespaced = kind.scope === 'Namespaced' && !isNamespace(kind);
  return scope === (isNamespaced ? 'Namespaced' : 'Cluster');
}
function isListed(resources: readonly string[] | undefined, plural: string, subresource: string): boolean {
  return (resources ?? []).some((text) => {
    const slash = text.indexOf('/');
    const name = slash < 0 ? text : text.slice(0, slash);
    const sub = slash < 0 ? '' : text.slice(slash + 1);
    return (name === '*' || name === plural) && (sub === '*' || sub === subresource);
  });
}

export function ruleMatches(rule: RuleWithOperations, operation: Operation, kind: AnyKind, subresource: string): boolean {
  return (
    isInScope(rule.scope, kind) &&
    names(rule.operations, operation) &&
    names(rule.apiGroups, kind.group) &&
    names(rule.apiVersions, kind.version) &&
    isListed(rule.resources, kind.plural, subresource)
  );
}

const storageOf = ({ group, kind, plural, custom, storedAs }: AnyKind): string =>
  custom !== undefined ? `${group}/${plural}` : storedAs === undefined ? `${group}/${kind}` : `${storedAs.group}/${storedAs.kind}`;

/** Other served kinds that show the same stored objects, and have the subresource. */
export function equivalentKinds(kinds: KindIndex, kind: AnyKind, subresource: string): readonly AnyKind[] {
  const storage = storageOf(kind);
  return kinds.all.filter(
    (other) =>
      other !== kind &&
      storageOf(other) === storage &&
      other.verbs.includes('get') &&
      (subresource === '' || other.subresources.includes(subresource)),
  );
}

export interface Rules {
  readonly rules?: readonly RuleWithOperations[] | undefined;
  readonly matchPolicy?: string | undefined;
}
/** The kind that the first matching rule is about: the request's own, or one that is equivalent; undefined when none matches. */
export function matchedKind(
  { rules = [], matchPolicy }: Rules,
  operation: Operation,
  kind: AnyKind,
  subresource: string,
  equivalents: readonly AnyKind[],
): AnyKind | undefined {
  if (rules.some((rule) => ruleMatches(rule, operation, kind, subresource))) return kind;
  if (matchPolicy !== 'Equivalent') return undefined;
  for (const rule of rules) for (const other of equivalents) if (ruleMatches(rule, operation, other, subresource)) return other;
  return undefined;
}
