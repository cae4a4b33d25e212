import type { Input } from '../../../api/kind.ts';
import type { FlowSchemaSpec, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from '../shapes/flow-schema.ts';
import type { PriorityLevelConfigurationSpec } from '../shapes/priority-level-configuration.ts';

/** The objects that upstream's API server makes by itself (k8s.io/apiserver apis/flowcontrol/bootstrap; kubernetes.io: API Priority and Fairness). */
export interface BootstrapObject<Spec> {
  readonly name: string;
  readonly spec: Input<Spec>;
  /** The server cannot do without: it always has this spec. The others may be changed, once they say that they are not to be kept. */
  readonly mandatory: boolean;
}

function limited(shares: number, lendablePercent: number, queues?: number, handSize?: number): Input<PriorityLevelConfigurationSpec> {
  const queuing = queues === undefined ? undefined : { queues, handSize, queueLengthLimit: 50 };
  const limitResponse = queuing === undefined ? { type: 'Reject' } : { type: 'Queue', queuing };
  return { type: 'Limited', limited: { nominalConcurrencyShares: shares, limitResponse, lendablePercent } };
}
const level = (name: string, spec: Input<PriorityLevelConfigurationSpec>, mandatory = false) => ({ name, spec, mandatory });

export const bootstrapLevels: readonly BootstrapObject<PriorityLevelConfigurationSpec>[] = [
  level('system', limited(30, 33, 64, 6)),
  level('node-high', limited(40, 25, 64, 6)),
  level('leader-election', limited(10, 0, 16, 4)),
  level('workload-high', limited(40, 50, 128, 6)),
  level('workload-low', limited(100, 90, 128, 6)),
  level('global-default', limited(20, 50, 128, 6)),
  level('catch-all', limited(5, 0), true),
  level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }, true),
];

type Subjects = readonly Input<Subject>[];
const groups = (...names: string[]): Subjects => names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: string[]): Subjects => names.map((name) => ({ kind: 'User', user: { name } }));
const kubeSystemAccounts: Subjects = [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name: '*' } }];
const everybody = groups('system:unauthenticated', 'system:authenticated');

const resources = (verbs: string[], apiGroups: string[], names: string[], clusterScope: boolean): Input<ResourcePolicyRule> => ({
  verbs,
  apiGroups,
  resources: names,
  ...(clusterScope ? { clusterScope } : {}),
  namespaces: ['*'],
});
const everything = (subjects: Subjects): Input<PolicyRulesWithSubjects> => ({
  subjects,
  resourceRules: [resources(['*'], ['*'], ['*'], true)],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
});

function schema(
  name: string,
  levelName: string,
  matchingPrecedence: number,
  distinguisher: '' | 'ByUser' | 'ByNamespace',
  rules: Input<PolicyRulesWithSubjects>,
  mandatory = false,
): BootstrapObject<FlowSchemaSpec> {
  const spec = {
    priorityLevelConfiguration: { name: levelName },
    matchingPrecedence,
    ...(distinguisher === '' ? {} : { distinguisherMethod: { type: distinguisher } }),
    rules: [rules],
  };
  return { name, spec, mandatory };
}
const leases = (verbs: string[]) => resources(verbs, ['coordination.k8s.io'], ['leases'], false);

export const bootstrapSchemas: readonly BootstrapObject<FlowSchemaSpec>[] = [
  schema('system-nodes', 'system', 500, 'ByUser', everything(groups('system:nodes'))),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [resources(['*'], [''], ['nodes', 'nodes/status'], true), leases(['*'])],
  }),
  schema('probes', 'exempt', 2, '', {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...kubeSystemAccounts],
    resourceRules: [leases(['get', 'create', 'update'])],
  }),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', everything(users('system:kube-controller-manager'))),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everything(users('system:kube-scheduler'))),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', everything(kubeSystemAccounts)),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', everything(groups('system:serviceaccounts'))),
  schema('global-default', 'global-default', 9900, 'ByUser', everything(everybody)),
  schema('exempt', 'exempt', 1, '', everything(groups('system:masters')), true),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', everything(everybody), true),
];
