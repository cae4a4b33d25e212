import type { DefaultBinding } from './policy.ts';

export const clusterRoleBindings: readonly DefaultBinding[] = [
  { name: 'cluster-admin', role: 'cluster-admin', subjects: ['group:system:masters'] },
  { name: 'system:basic-user', role: 'system:basic-user', subjects: ['group:system:authenticated'] },
  { name: 'system:discovery', role: 'system:discovery', subjects: ['group:system:authenticated'] },
  { name: 'system:kube-controller-manager', role: 'system:kube-controller-manager', subjects: ['user:system:kube-controller-manager'] },
  { name: 'system:kube-dns', role: 'system:kube-dns', subjects: ['serviceaccount:kube-system:kube-dns'] },
  { name: 'system:kube-scheduler', role: 'system:kube-scheduler', subjects: ['user:system:kube-scheduler'] },
  { name: 'system:monitoring', role: 'system:monitoring', subjects: ['group:system:monitoring'] },
  { name: 'system:node', role: 'system:node', subjects: [] },
  { name: 'system:node-proxier', role: 'system:node-proxier', subjects: ['user:system:kube-proxy'] },
  {
    name: 'system:public-info-viewer',
    role: 'system:public-info-viewer',
    subjects: ['group:system:authenticated', 'group:system:unauthenticated'],
  },
  {
    name: 'system:service-account-issuer-discovery',
    role: 'system:service-account-issuer-discovery',
    subjects: ['group:system:serviceaccounts'],
  },
  { name: 'system:volume-scheduler', role: 'system:volume-scheduler', subjects: ['user:system:kube-scheduler'] },
];

export const roleBindings: readonly DefaultBinding[] = [
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-public',
    role: 'system:controller:bootstrap-signer',
    subjects: ['serviceaccount:kube-system:bootstrap-signer'],
  },
  {
    name: 'system::extension-apiserver-authentication-reader',
    namespace: 'kube-system',
    role: 'extension-apiserver-authentication-reader',
    subjects: ['user:system:kube-controller-manager', 'user:system:kube-scheduler'],
  },
  {
    name: 'system::leader-locking-kube-controller-manager',
    namespace: 'kube-system',
    role: 'system::leader-locking-kube-controller-manager',
    subjects: [
      'user:system:kube-controller-manager',
      'serviceaccount:kube-system:kube-controller-manager',
      'serviceaccount:kube-system:leader-election-controller',
    ],
  },
  {
    name: 'system::leader-locking-kube-scheduler',
    namespace: 'kube-system',
    role: 'system::leader-locking-kube-scheduler',
    subjects: ['user:system:kube-scheduler', 'serviceaccount:kube-system:kube-scheduler'],
  },
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-system',
    role: 'system:controller:bootstrap-signer',
    subjects: ['serviceaccount:kube-system:bootstrap-signer'],
  },
  {
    name: 'system:controller:cloud-provider',
    namespace: 'kube-system',
    role: 'system:controller:cloud-provider',
    subjects: ['serviceaccount:kube-system:cloud-provider'],
  },
  {
    name: 'system:controller:token-cleaner',
    namespace: 'kube-system',
    role: 'system:controller:token-cleaner',
    subjects: ['serviceaccount:kube-system:token-cleaner'],
  },
];
