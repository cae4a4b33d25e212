import type { PolicyRule } from '../../types.ts';
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

/** Every controller's role is bound to its service account in kube-system. */
const controllerBinding = (role: DefaultRole): DefaultBinding => ({
  name: role.name,
  role: role.name,
  subjects: [`serviceaccount:kube-system:${role.name.slice('system:controller:'.length)}`],
});

/** The default roles and bindings of Kubernetes 1.36 (plugin/pkg/auth/authorizer/rbac/bootstrappolicy), roles first. */
export function bootstrapPolicy(): readonly PolicyObject[] {
  const roleNames = new Set(namespaceRoles.map((role) => `${role.namespace}/${role.name}`));
  const controllerRoles = [...controllerRolesAToN, ...controllerRolesOToZ];
  const bindings = [...clusterRoleBindings, ...controllerRoles.map(controllerBinding), ...roleBindings];
  return [
    ...[...clusterRoles, ...controllerRoles, ...namespaceRoles].map(roleObject),
    ...bindings.map((binding) => bindingObject(binding, roleNames)),
  ];
}
