import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isDns1123Subdomain, isPathSegmentName } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { type Errors, invalidIf } from '../../lib/validate.ts';
import type { AggregationRule, PolicyRule, Subject } from '../shapes/role.ts';
import { type BindingLike, rbacGroup } from './binding.ts';

/** pkg/apis/rbac/validation. */
interface RoleLike extends ApiObject {
  readonly rules: readonly PolicyRule[];
  readonly aggregationRule?: AggregationRule | undefined;
}

function* validateRule(rule: PolicyRule, namespaced: boolean, path: string): Errors {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (verbs.length === 0) yield fieldError.required(`${path}.verbs`, 'verbs must contain at least one value');
  if (nonResourceURLs.length > 0) {
    const at = `${path}.nonResourceURLs`;
    if (namespaced) yield fieldError.invalid(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs');
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0)
      yield fieldError.invalid(at, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs');
    return;
  }
  if (apiGroups.length === 0) yield fieldError.required(`${path}.apiGroups`, 'resource rules must supply at least one api group');
  if (resources.length === 0) yield fieldError.required(`${path}.resources`, 'resource rules must supply at least one resource');
}

export function* validateRole({ rules, aggregationRule }: RoleLike, namespaced: boolean): Errors {
  for (const [index, rule] of rules.entries()) yield* validateRule(rule, namespaced, `rules[${index}]`);
  if (aggregationRule === undefined) return;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) yield fieldError.required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil');
  for (const [index, selector] of selectors.entries()) {
    const wrong = [...validateLabelSelector(selector, `${path}[${index}]`)];
    yield* wrong;
    if (wrong.length > 0) yield fieldError.invalid(`${path}[${index}]`, null, 'invalid label selector.');
  }
}

function* ofRbac(path: string, group: string): Errors {
  if (group !== rbacGroup) yield fieldError.notSupported(path, group, [rbacGroup], 'sorted', 'plain');
}
function* validateSubject({ kind, name, apiGroup = '', namespace }: Subject, namespaced: boolean, path: string): Errors {
  if (name === '') yield fieldError.required(`${path}.name`);
  if (kind === 'ServiceAccount') {
    if (name !== '') yield* invalidIf(isDns1123Subdomain(name), `${path}.name`, name);
    if (apiGroup !== '') yield fieldError.notSupported(`${path}.apiGroup`, apiGroup, [''], 'sorted', 'plain');
    if (!namespaced && !namespace) yield fieldError.required(`${path}.namespace`);
  } else if (kind === 'User' || kind === 'Group') yield* ofRbac(`${path}.apiGroup`, apiGroup);
  else yield fieldError.notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group'], 'as given', 'plain');
}

export function* validateBinding(binding: BindingLike, { old }: ValidationContext<BindingLike>, namespaced: boolean): Errors {
  const { roleRef, subjects = [] } = binding;
  yield* ofRbac('roleRef.apiGroup', roleRef.apiGroup ?? '');
  const refs = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!refs.includes(roleRef.kind)) yield fieldError.notSupported('roleRef.kind', roleRef.kind, refs, 'as given', 'plain');
  if (roleRef.name === '') yield fieldError.required('roleRef.name');
  else yield* invalidIf(isPathSegmentName(roleRef.name), 'roleRef.name', roleRef.name);
  for (const [index, subject] of subjects.entries()) yield* validateSubject(subject, namespaced, `subjects[${index}]`);
  if (old !== undefined && !sameOrEmpty(old.roleRef, roleRef))
    yield fieldError.invalid('roleRef', shownRef(roleRef), 'cannot change roleRef');
}
/** By the names of Go's fields. */
const shownRef = ({ apiGroup = '', kind, name }: RoleRefLike) => ({ APIGroup: apiGroup, Kind: kind, Name: name });
type RoleRefLike = { readonly apiGroup?: string | undefined; readonly kind: string; readonly name: string };
