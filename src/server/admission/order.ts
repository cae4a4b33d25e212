import type { Rbac } from '../authz/rbac.ts';
import type { Admission, AdmissionContext, AdmissionPlugin, Reinvocation } from '../types.ts';
import { certificateApproval } from './certificate-approval.ts';
import { certificateSigning } from './certificate-signing.ts';
import { certificateSubjectRestriction } from './certificate-subject-restriction.ts';
import { claimAuthorization } from './claim-authorization.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { denyServiceExternalIps } from './deny-service-external-ips.ts';
import type { DynamicOptions } from './lib/dynamic-options.ts';
import { limitRanger } from './limit-ranger.ts';
import { mutatingAdmissionPolicy } from './mutating-admission-policy.ts';
import { mutatingAdmissionWebhook } from './mutating-admission-webhook.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { ownerReferencesPermission } from './owner-references-permission.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { policyParameterAccess } from './policy-parameter-access.ts';
import { podSecurity } from './pod-security.ts';
import { readPodSecurityConfiguration } from './pod-security/configuration.ts';
import { noConfigurations, type PluginConfigurations } from './lib/configuration-file.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { priority } from './priority.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';
import { validatingAdmissionPolicy } from './validating-admission-policy.ts';
import { validatingAdmissionWebhook } from './validating-admission-webhook.ts';

export interface AdmissionOptions {
  readonly rbac: Rbac;
  /** Addresses and ports of services; runs after everything that may still change a service. */
  readonly allocators: AdmissionPlugin;
  /** Webhooks and policies; without it there are none. */
  readonly dynamic?: DynamicOptions;
  /** What plugins are configured with. */
  readonly configurations?: PluginConfigurations;
  /** Names of plugins that are off by default. */
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
}

const offByDefault: readonly AdmissionPlugin[] = [ownerReferencesPermission, denyServiceExternalIps];

/** The plugins in upstream's order (pkg/kubeapiserver/options/plugins.go), then what upstream does in its storage layer. */
function orderedPlugins({ rbac, allocators, dynamic, configurations = noConfigurations }: AdmissionOptions): readonly AdmissionPlugin[] {
  return [
    namespaceLifecycle,
    limitRanger,
    serviceAccount,
    nodeRestriction,
    taintNodesByCondition,
    podSecurity(readPodSecurityConfiguration(configurations('PodSecurity'))),
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
    ...(dynamic === undefined
      ? []
      : [
          mutatingAdmissionPolicy(dynamic),
          mutatingAdmissionWebhook(dynamic),
          validatingAdmissionPolicy(dynamic),
          validatingAdmissionWebhook(dynamic),
        ]),
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
  const mutating = plugins.flatMap(({ mutate }) => (mutate === undefined ? [] : [mutate]));
  const validating = plugins.flatMap(({ validate }) => (validate === undefined ? [] : [validate]));
  const mutateOnce = async (context: AdmissionContext, reinvocation: Reinvocation) => {
    for (const step of mutating) {
      const result = step(context, reinvocation);
      if (result !== undefined) await result;
    }
  };
  return {
    async mutate(context) {
      const memory = new Map<string, unknown>();
      let isDemanded = false;
      const demand = () => {
        isDemanded = true;
      };
      await mutateOnce(context, { isReinvocation: false, demand, memory });
      if (isDemanded) await mutateOnce(context, { isReinvocation: true, demand, memory });
    },
    async validate(context) {
      for (const step of validating) {
        const result = step(context);
        if (result !== undefined) await result;
      }
    },
  };
}
