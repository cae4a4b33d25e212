import { managersFault } from '../../api/apply/managers.ts';
import type { ManagedFieldsEntry } from '../../api/meta.ts';
import { Metrics } from '../../base/metrics.ts';
import type { Rbac } from '../authz/rbac.ts';
import type { Admission, AdmissionContext, AdmissionPlugin, Reinvocation } from '../types.ts';
import { alwaysAdmit } from './always-admit.ts';
import { alwaysDeny } from './always-deny.ts';
import { alwaysPullImages } from './always-pull-images.ts';
import { eventRateLimit } from './event-rate-limit.ts';
import { extendedResourceToleration } from './extended-resource-toleration.ts';
import { imagePolicyWebhook } from './image-policy-webhook.ts';
import { limitPodHardAntiAffinityTopology } from './limit-pod-hard-anti-affinity-topology.ts';
import { namespaceAutoProvision } from './namespace-auto-provision.ts';
import { namespaceExists } from './namespace-exists.ts';
import { nodeDeclaredFeatureValidator } from './node-declared-feature-validator.ts';
import { podNodeSelector } from './pod-node-selector.ts';
import { podResizeValidator } from './pod-resize-validator.ts';
import { podTolerationRestriction } from './pod-toleration-restriction.ts';
import { certificateApproval } from './certificate-approval.ts';
import { certificateSigning } from './certificate-signing.ts';
import { certificateSubjectRestriction } from './certificate-subject-restriction.ts';
import { claimAuthorization } from './claim-authorization.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { denyServiceExternalIps } from './deny-service-external-ips.ts';
import type { DynamicOptions } from './lib/dynamic-options.ts';
import { AdmissionMetrics, type StepObserver } from './lib/metrics.ts';
import { checkPolicyConfiguration, readWebhookUsers } from './lib/webhook-admission.ts';
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
  readonly dynamic?: Omit<DynamicOptions, 'observed'>;
  /** Where is counted what plugins do. Default: nowhere. */
  readonly metrics?: Metrics;
  /** What plugins are configured with. */
  readonly configurations?: PluginConfigurations;
  /** Names of plugins. */
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
}

type Make = (
  options: AdmissionOptions & { readonly configuration: unknown; readonly dynamic: DynamicOptions | undefined; readonly metrics: Metrics },
) => AdmissionPlugin | undefined;
/** They may show themselves to webhooks as a kubeconfig says. */
const webhooks =
  (make: (dynamic: DynamicOptions) => AdmissionPlugin): Make =>
  ({ dynamic, configuration }) =>
    dynamic && make({ ...dynamic, userOf: readWebhookUsers(configuration, dynamic.clock) });
const policies =
  (name: string, make: (dynamic: DynamicOptions) => AdmissionPlugin): Make =>
  ({ dynamic, configuration }) => {
    checkPolicyConfiguration(name, configuration);
    return dynamic && make(dynamic);
  };
/** It has nothing to do: what it is for is behind a feature gate that is off. */
const idle = (): undefined => undefined;

/** Upstream's plugins in its order (pkg/kubeapiserver/options/plugins.go), and which are on unless somebody says otherwise. */
const order: readonly (readonly [name: string, isOn: 'on' | 'off' | 'always', make: Make])[] = [
  ['AlwaysAdmit', 'off', () => alwaysAdmit],
  ['NamespaceAutoProvision', 'off', () => namespaceAutoProvision],
  ['NamespaceLifecycle', 'on', () => namespaceLifecycle],
  ['NamespaceExists', 'off', () => namespaceExists],
  ['LimitPodHardAntiAffinityTopology', 'off', () => limitPodHardAntiAffinityTopology],
  ['LimitRanger', 'on', () => limitRanger],
  ['ServiceAccount', 'on', () => serviceAccount],
  // Off in upstream's own list; every way to set up a cluster puts it on.
  ['NodeRestriction', 'on', () => nodeRestriction],
  ['TaintNodesByCondition', 'on', () => taintNodesByCondition],
  ['AlwaysPullImages', 'off', () => alwaysPullImages],
  ['ImagePolicyWebhook', 'off', ({ configuration, dynamic }) => dynamic && imagePolicyWebhook(configuration, dynamic)],
  ['PodSecurity', 'on', ({ configuration, metrics }) => podSecurity(readPodSecurityConfiguration(configuration), metrics)],
  ['PodNodeSelector', 'off', ({ configuration }) => podNodeSelector(configuration)],
  ['Priority', 'on', () => priority],
  ['DefaultTolerationSeconds', 'on', () => defaultTolerationSeconds],
  ['PodTolerationRestriction', 'off', ({ configuration }) => podTolerationRestriction(configuration)],
  ['EventRateLimit', 'off', ({ configuration }) => eventRateLimit(configuration)],
  ['ExtendedResourceToleration', 'off', () => extendedResourceToleration],
  ['DefaultStorageClass', 'on', () => defaultStorageClass],
  ['StorageObjectInUseProtection', 'on', () => storageObjectInUseProtection],
  ['PodGroupProtection', 'on', idle],
  ['OwnerReferencesPermissionEnforcement', 'off', () => ownerReferencesPermission],
  ['PersistentVolumeClaimResize', 'on', () => persistentVolumeClaimResize],
  ['RuntimeClass', 'on', () => runtimeClass],
  ['CertificateApproval', 'on', () => certificateApproval],
  ['CertificateSigning', 'on', () => certificateSigning],
  ['ClusterTrustBundleAttest', 'on', idle],
  ['CertificateSubjectRestriction', 'on', () => certificateSubjectRestriction],
  ['DefaultIngressClass', 'on', () => defaultIngressClass],
  ['DenyServiceExternalIPs', 'off', () => denyServiceExternalIps],
  ['PodTopologyLabels', 'on', () => podTopologyLabels],
  ['PodGroupWorkloadExists', 'on', idle],
  ['NodeDeclaredFeatureValidator', 'on', () => nodeDeclaredFeatureValidator],
  ['JobValidation', 'on', idle],
  ['PodResizeValidator', 'on', () => podResizeValidator],
  ['MutatingAdmissionPolicy', 'on', policies('MutatingAdmissionPolicy', mutatingAdmissionPolicy)],
  ['MutatingAdmissionWebhook', 'on', webhooks(mutatingAdmissionWebhook)],
  ['ValidatingAdmissionPolicy', 'on', policies('ValidatingAdmissionPolicy', validatingAdmissionPolicy)],
  ['ValidatingAdmissionWebhook', 'on', webhooks(validatingAdmissionWebhook)],
  // Where upstream's storage layer is: addresses are taken once nobody changes a service any more.
  ['ServiceAllocators', 'always', ({ allocators }) => allocators],
  // Last, so that nothing is charged for what somebody else refuses.
  ['ResourceQuota', 'on', () => resourceQuota],
  ['AlwaysDeny', 'off', () => alwaysDeny],
];

/** Names as the flags give them. Throws Error in upstream's words for one that is unknown or in both. */
export function checkPluginNames(enable: readonly string[], disable: readonly string[]): void {
  const known = new Set(order.filter(([, isOn]) => isOn !== 'always').map(([name]) => name));
  for (const [flag, names] of [
    ['enable-admission-plugins', enable],
    ['disable-admission-plugins', disable],
  ] as const) {
    const unknown = names.filter((name) => !known.has(name));
    if (unknown.length > 0) throw new Error(`${flag} plugin ${JSON.stringify(unknown[0])} is unknown`);
  }
  const both = enable.filter((name) => disable.includes(name));
  if (both.length > 0) throw new Error(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`);
}

/** All plugins that are on, first as mutating, then as validating ones. Throws Error for names and configurations that are wrong. */
export function createAdmission(options: AdmissionOptions): Admission {
  const { enable = [], disable = [], configurations = noConfigurations, metrics = new Metrics() } = options;
  const observed = new AdmissionMetrics(metrics);
  const dynamic = options.dynamic && { ...options.dynamic, observed };
  checkPluginNames(enable, disable);
  const named = order
    .filter(([name, isOn]) => !disable.includes(name) && (isOn !== 'off' || enable.includes(name)))
    .flatMap(([name, , make]) => make({ ...options, metrics, dynamic, configuration: configurations(name) }) ?? []);
  // What upstream's storage layer asks before any plugin that validates.
  const plugins: readonly AdmissionPlugin[] = [rbacEscalation(options.rbac), policyParameterAccess, claimAuthorization, ...named];
  const mutating = plugins.flatMap(({ name, mutate }) =>
    mutate === undefined ? [] : [{ step: mutate, observer: observed.plugin(name, 'admit') }],
  );
  const validating = plugins.flatMap(({ name, validate }) =>
    validate === undefined ? [] : [{ step: validate, observer: observed.plugin(name, 'validate') }],
  );
  const all = { admit: observed.step('admit'), validate: observed.step('validate') };
  const mutateOnce = (context: AdmissionContext, reinvocation: Reinvocation) =>
    timed(mutating, all.admit, context, (step) => step(context, reinvocation));
  return {
    async mutate(context) {
      const memory = new Map<string, unknown>();
      let isDemanded = false;
      const demand = () => {
        isDemanded = true;
      };
      const before = managedFieldsOf(context);
      await mutateOnce(context, { isReinvocation: false, demand, memory });
      if (isDemanded) await mutateOnce(context, { isReinvocation: true, demand, memory });
      if (managedFieldsOf(context) !== before) keepManagers(context, before);
    },
    validate: (context) => timed(validating, all.validate, context, (step) => step(context)),
    find: async (context) => (await Promise.all(plugins.map(({ find }) => find?.(context) ?? []))).flat(),
  };
}
const managedFieldsOf = ({ object }: AdmissionContext): readonly ManagedFieldsEntry[] | undefined => object?.metadata?.managedFields;
/** Field managers that somebody made unreadable are those of before (k8s.io/apiserver handlers/fieldmanager/admission.go). */
function keepManagers(context: AdmissionContext, before: readonly ManagedFieldsEntry[] | undefined): void {
  const fault = managersFault(managedFieldsOf(context));
  if (fault === undefined) return;
  const { metadata } = context.object as { metadata: { managedFields?: readonly ManagedFieldsEntry[] | undefined } };
  if (before === undefined) delete metadata.managedFields;
  else metadata.managedFields = before;
  const cause = 'this could be caused by an outdated mutating admission controller; please fix your requests';
  context.warn(`.metadata.managedFields was in an invalid state after admission; ${cause}: ${fault}`);
}
/** Runs steps one after the other; the clock is read between them, once for the end of one and the start of the next. */
async function timed<S>(
  steps: readonly { readonly step: S; readonly observer: StepObserver }[],
  all: StepObserver,
  { operation, deps: { clock } }: AdmissionContext,
  run: (step: S) => Promise<void> | void,
): Promise<void> {
  const startMs = clock.monotonic();
  let lastMs = startMs;
  const end = (observer: StepObserver, isRejected: boolean) => {
    const nowMs = clock.monotonic();
    observer.observe(operation, (nowMs - lastMs) / 1000, isRejected);
    lastMs = nowMs;
  };
  let current = all;
  try {
    for (const { step, observer } of steps) {
      current = observer;
      const result = run(step);
      if (result !== undefined) await result;
      end(observer, false);
    }
  } catch (error) {
    end(current, true);
    all.observe(operation, (lastMs - startMs) / 1000, true);
    throw error;
  }
  all.observe(operation, (lastMs - startMs) / 1000, false);
}
