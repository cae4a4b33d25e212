import type { Right } from '../../../client/controller.ts';
import type { PolicyRule } from '../../types.ts';
import { compactRules, missingRules } from '../rules.ts';
import { clusterRoleBindings, roleBindings } from './bindings.ts';
import { clusterRoles } from './cluster-roles.ts';
import { controllerRolesAToN } from './controller-roles-a-n.ts';
import { controllerRolesOToZ } from './controller-roles-o-z.ts';
import { namespaceRoles } from './namespace-roles.ts';

/**
 * A rule in short. Words are separated by spaces, 'core' stands for the group ''.
 * Three or four parts: verbs, groups, resources, names. Two parts: verbs and paths.
 */
export type ShortRule =
  | readonly [verbs: string, groups: string, resources: string, names?: string]
  | readonly [verbs: string, nonResourceUrls: string];

export interface DefaultRole {
  readonly name: string;
  /** Makes it a Role. */
  readonly namespace?: string;
  /** The aggregation label that it carries. */
  readonly label?: string;
  /** The aggregation label of the roles whose rules it gathers. */
  readonly aggregates?: string;
  readonly rules: readonly ShortRule[];
}
export interface DefaultBinding {
  readonly name: string;
  /** Makes it a RoleBinding. */
  readonly namespace?: string;
  readonly role: string;
  /** 'user:x', 'group:x', 'serviceaccount:namespace:x' */
  readonly subjects: readonly string[];
}

/** What a part of this cluster that acts as a service account of kube-system declares it needs. */
export interface Rights {
  /** Name of its ClusterRole, and of the binding. */
  readonly role: string;
  readonly account: string;
  readonly can: readonly Right[];
}

const group = 'rbac.authorization.k8s.io';
const apiVersion = `${group}/v1`;

export interface PolicyObject {
  readonly apiVersion: string;
  readonly kind: 'ClusterRole' | 'ClusterRoleBinding' | 'Role' | 'RoleBinding';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly PolicyRule[];
  readonly aggregationRule?: { readonly clusterRoleSelectors: readonly { readonly matchLabels: Readonly<Record<string, string>> }[] };
  readonly roleRef?: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly apiGroup?: string; readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

const words = (text: string) => text.split(' ').map((word) => (word === 'core' ? '' : word));

export function expandRule(rule: ShortRule): PolicyRule {
  const [verbs, second, resources, names] = rule;
  if (resources === undefined) return { verbs: words(verbs), nonResourceURLs: words(second) };
  return {
    verbs: words(verbs),
    apiGroups: words(second),
    resources: words(resources),
    ...(names === undefined ? {} : { resourceNames: words(names) }),
  };
}

function metadata(name: string, namespace: string | undefined, label?: string): PolicyObject['metadata'] {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...(label === undefined ? {} : { [`${group}/${label}`]: 'true' }) },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
}

function roleObject(role: DefaultRole): PolicyObject {
  return {
    apiVersion,
    kind: role.namespace === undefined ? 'ClusterRole' : 'Role',
    metadata: metadata(role.name, role.namespace, role.label),
    ...(role.aggregates === undefined
      ? {}
      : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${group}/${role.aggregates}`]: 'true' } }] } }),
    rules: role.rules.map(expandRule),
  };
}

function subjectObject(text: string) {
  const [kind, first = ''] = text.split(':', 1).concat(text.slice(text.indexOf(':') + 1));
  if (kind === 'serviceaccount') {
    const colon = first.indexOf(':');
    return { kind: 'ServiceAccount', name: first.slice(colon + 1), namespace: first.slice(0, colon) };
  }
  return { apiGroup: group, kind: kind === 'user' ? 'User' : 'Group', name: first };
}

function bindingObject(binding: DefaultBinding, roleNames: ReadonlySet<string>): PolicyObject {
  const local = binding.namespace !== undefined && roleNames.has(`${binding.namespace}/${binding.role}`);
  return {
    apiVersion,
    kind: binding.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: metadata(binding.name, binding.namespace),
    roleRef: { apiGroup: group, kind: local ? 'Role' : 'ClusterRole', name: binding.role },
    subjects: binding.subjects.map(subjectObject),
  };
}

const controllerPrefix = 'system:controller:';
/** The rights of a controller. Upstream's role for its account is widened by what it declares; without one, the role is made of that. */
export const controllerRights = (account: string, can: readonly Right[]): Rights => ({ role: controllerPrefix + account, account, can });

/** Every controller's role is bound to its service account in kube-system. */
const accountBinding = (role: string, account: string): DefaultBinding => ({
  name: role,
  role,
  subjects: [`serviceaccount:kube-system:${account}`],
});

const ruleOf = ({ verbs, groups, resources, names }: Right): PolicyRule => ({
  verbs,
  apiGroups: groups,
  resources,
  ...(names === undefined ? {} : { resourceNames: names }),
});

/**
 * The default roles and bindings of Kubernetes 1.36 (plugin/pkg/auth/authorizer/rbac/bootstrappolicy), roles first; and those of
 * the parts of this cluster that upstream does not have, or that need more.
 */
export function bootstrapPolicy(parts: readonly Rights[] = []): readonly PolicyObject[] {
  const roleNames = new Set(namespaceRoles.map((role) => `${role.namespace}/${role.name}`));
  const roles = new Map([...clusterRoles, ...controllerRolesAToN, ...controllerRolesOToZ].map((role) => [role.name, roleObject(role)]));
  const bindings = [...controllerRolesAToN, ...controllerRolesOToZ].map(({ name }) =>
    accountBinding(name, name.slice(controllerPrefix.length)),
  );
  for (const part of parts) {
    const role = roles.get(part.role);
    const rules = role?.rules ?? [];
    if (role === undefined) bindings.push(accountBinding(part.role, part.account));
    roles.set(part.role, {
      ...(role ?? roleObject({ name: part.role, rules: [] })),
      rules: [...rules, ...compactRules(missingRules(rules, part.can.map(ruleOf)))],
    });
  }
  return [
    ...roles.values(),
    ...namespaceRoles.map(roleObject),
    ...[...clusterRoleBindings, ...bindings, ...roleBindings].map((binding) => bindingObject(binding, roleNames)),
  ];
}
