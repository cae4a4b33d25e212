import type { Rbac } from '../authz/rbac.ts';
import type { Admission, AdmissionContext, AdmissionPlugin } from '../types.ts';
import { certificateApproval } from './certificate-approval.ts';
import { certificateSigning } from './certificate-signing.ts';
import { certificateSubjectRestriction } from './certificate-subject-restriction.ts';
import { claimAuthorization } from './claim-authorization.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { denyServiceExternalIps } from './deny-service-external-ips.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { ownerReferencesPermission } from './owner-references-permission.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { policyParameterAccess } from './policy-parameter-access.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { priority } from './priority.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

export interface AdmissionOptions {
  readonly rbac: Rbac;
  /** Addresses and ports of services; runs after everything that may still change a service. */
  readonly allocators: AdmissionPlugin;
  /** Names of plugins that are off by default. */
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
}

const offByDefault: readonly AdmissionPlugin[] = [ownerReferencesPermission, denyServiceExternalIps];

/** The plugins in upstream's order (pkg/kubeapiserver/options/plugins.go), then what upstream does in its storage layer. */
function orderedPlugins({ rbac, allocators }: AdmissionOptions): readonly AdmissionPlugin[] {
  return [
    namespaceLifecycle,
    limitRanger,
    serviceAccount,
    nodeRestriction,
    taintNodesByCondition,
    priority,
    defaultTolerationSeconds,
    defaultStorageClass,
    storageObjectInUseProtection,
    ownerReferencesPermission,
    persistentVolumeClaimResize,
    runtimeClass,
    certificateApproval,
    certificateSigning,
    certificateSubjectRestriction,
    defaultIngressClass,
    denyServiceExternalIps,
    podTopologyLabels,
    rbacEscalation(rbac),
    policyParameterAccess,
    claimAuthorization,
    allocators,
    // Last, so that nothing is charged for what somebody else refuses.
    resourceQuota,
  ];
}

/** All plugins that are on, first as mutating, then as validating ones. */
export function createAdmission(options: AdmissionOptions): Admission {
  const { enable = [], disable = [] } = options;
  const isOn = (plugin: AdmissionPlugin) =>
    !disable.includes(plugin.name) && (!offByDefault.includes(plugin) || enable.includes(plugin.name));
  const plugins = orderedPlugins(options).filter(isOn);
  const run = (phase: 'mutate' | 'validate') => {
    const steps = plugins.flatMap((plugin) => (plugin[phase] === undefined ? [] : [plugin[phase]]));
    return async (context: AdmissionContext) => {
      for (const step of steps) {
        const result = step(context);
        if (result !== undefined) await result;
      }
    };
  };
  return { mutate: run('mutate'), validate: run('validate') };
}
