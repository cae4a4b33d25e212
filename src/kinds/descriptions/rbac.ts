import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Roles and who has them. */
export const rbac: Descriptions = inPackage('io.k8s.api.rbac.v1', {
  Role: {
    '': 'A set of rights within one namespace.',
    rules: 'The rights; there are no rules that take rights away.',
  },
  ClusterRole: {
    '': 'A set of rights, for the whole cluster or, through a RoleBinding, within a namespace.',
    aggregationRule: 'Other roles whose rights this one gathers; rules are then kept by a controller.',
    rules: 'The rights; there are no rules that take rights away.',
  },
  AggregationRule: {
    '': 'Rules of all roles selected are put together.',
    clusterRoleSelectors: 'Labels of the ClusterRoles; those that any selector fits are gathered.',
  },
  PolicyRule: {
    '': 'Rights for resources, or for paths.',
    apiGroups: 'API groups of the resources; "" for the core, "*" for all.',
    nonResourceURLs: 'Paths, such as /healthz or /healthz/*; in ClusterRoles only, and not together with resources.',
    resourceNames: 'Names of the objects. Default: all.',
    resources: 'Resources, with a subresource after a slash; "*" for all.',
    verbs: 'What is allowed, such as get, list, watch, create, update, patch, delete; "*" for all.',
  },
  RoleBinding: {
    '': 'Gives the rights of a role to subjects, within one namespace.',
    roleRef: 'The Role of the namespace, or ClusterRole. It cannot be changed.',
    subjects: 'Who gets the rights.',
  },
  ClusterRoleBinding: {
    '': 'Gives the rights of a ClusterRole to subjects, for the whole cluster.',
    roleRef: 'The ClusterRole. It cannot be changed.',
    subjects: 'Who gets the rights.',
  },
  RoleRef: {
    '': 'Names a role.',
    apiGroup: 'Group of the role: rbac.authorization.k8s.io.',
    kind: 'Role or ClusterRole.',
    name: 'Name of the role.',
  },
  Subject: {
    '': 'Users and groups need not exist; they are known by name only.',
    apiGroup: 'Empty for ServiceAccount, rbac.authorization.k8s.io (default) for User and Group.',
    kind: 'User, Group or ServiceAccount.',
    name: 'Name of the user, group or account.',
    namespace: 'Namespace of the account; for ServiceAccount only.',
  },
});
