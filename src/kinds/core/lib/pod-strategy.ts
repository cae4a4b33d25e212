import { formatTime } from '../../../api/gotime.ts';
import { labelOf } from '../../../api/meta.ts';
import type { Draft, Strategy } from '../../../api/kind.ts';
import type { Clock } from '../../../base/clock.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { keepMetadata } from '../../lib/keep-metadata.ts';
import type { PodAffinityTerm } from '../shapes/affinity.ts';
import type { Container } from '../shapes/container.ts';
import { dropGatedFields, dropGatedStatus } from './gated-fields.ts';
import { podQos } from './pod-qos.ts';
import { aliasServiceAccount } from './pod-defaults.ts';
import type { PodLike } from './pod-types.ts';

/** What the server sets on pods when they are made and changed (pkg/registry/core/pod). */
type PodDraft = Draft<PodLike>;
type SelectorDraft = Draft<NonNullable<PodAffinityTerm['labelSelector']>>;
type Labels = Readonly<Record<string, string>> | undefined;

function requireLabels(
  selector: SelectorDraft | undefined,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Labels,
): void {
  if (selector === undefined) return;
  for (const key of keys ?? []) {
    const value = labelOf({ metadata: { labels } }, key);
    if (value === undefined) continue;
    selector.matchExpressions ??= [];
    selector.matchExpressions.push({ key, operator, values: [value] });
  }
}

/** matchLabelKeys and mismatchLabelKeys become part of the selectors (KEP-3633, KEP-3243). */
function mergeLabelKeys(pod: PodDraft): void {
  const { labels } = pod.metadata;
  for (const affinity of [pod.spec.affinity?.podAffinity, pod.spec.affinity?.podAntiAffinity]) {
    const terms = [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => one.podAffinityTerm),
    ];
    for (const term of terms) {
      requireLabels(term.labelSelector, term.matchLabelKeys, 'In', labels);
      requireLabels(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels);
    }
  }
  for (const constraint of pod.spec.topologySpreadConstraints ?? [])
    requireLabels(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels);
}

export function preparePodForCreate(pod: PodDraft, { clock }: { readonly clock: Clock }): void {
  dropGatedFields(pod.spec);
  aliasServiceAccount(pod.spec);
  // Whoever says a quality of service is believed.
  const qosClass = pod.status?.qosClass || podQos(pod.spec as PodLike['spec']);
  pod.status = { phase: 'Pending', qosClass } as PodDraft['status'];
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) {
    const lastTransitionTime = formatTime(clock.now());
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    pod.status.conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message, lastProbeTime: null, lastTransitionTime } as never,
    ];
  }
  mergeLabelKeys(pod);
}

/** observedGeneration, of the status and of conditions, is kept where a writer knows nothing of it. */
function keepObservedGenerations(status: PodDraft['status'], old: PodLike['status']): void {
  if (!status.observedGeneration && old.observedGeneration) status.observedGeneration = old.observedGeneration;
  const known = new Map<string, number[]>();
  for (const { type, observedGeneration = 0 } of old.conditions ?? []) {
    const list = known.get(type) ?? [];
    list.push(observedGeneration);
    known.set(type, list);
  }
  for (const condition of status.conditions ?? []) {
    const before = known.get(condition.type)?.shift();
    if (!condition.observedGeneration && before) condition.observedGeneration = before;
  }
}

const copy = <T>(value: T): Draft<T> => structuredClone(value) as Draft<T>;

/** What a resize may change of containers; those that were renamed or moved are left for validation to refuse. */
function withResources(containers: readonly Draft<Container>[], old: readonly Container[]): readonly Draft<Container>[] {
  if (containers.some((one, index) => one.name !== old[index]!.name)) return containers;
  return containers.map((one, index) => {
    const { resources: _, resizePolicy: __, ...rest } = copy(old[index]!);
    return {
      ...rest,
      resources: one.resources,
      ...(one.resizePolicy === undefined ? {} : { resizePolicy: one.resizePolicy }),
    } as Draft<Container>;
  });
}

/** Nothing where containers were added or removed, which validation refuses. */
function keepAllButResources(pod: PodDraft, old: PodLike): void {
  const { containers, initContainers = [], resources } = pod.spec;
  const oldInits = old.spec.initContainers ?? [];
  if (containers.length !== old.spec.containers.length || initContainers.length !== oldInits.length) return;
  pod.spec = copy(old.spec);
  if (resources === undefined) delete pod.spec.resources;
  else pod.spec.resources = resources;
  pod.spec.containers = [...withResources(containers, old.spec.containers)];
  if (initContainers.length > 0) pod.spec.initContainers = [...withResources(initContainers, oldInits)];
  keepMetadata(pod, old);
}
export const preparePodForUpdate: NonNullable<Strategy<PodLike>['prepareForUpdate']> = (pod, old, { subresource }) => {
  // A binding is the server's own doing: it sets the node and a condition in one write.
  if (subresource === 'binding') return;
  if (subresource === 'status') {
    const owners = old.metadata.ownerReferences;
    if (owners === undefined) delete pod.metadata.ownerReferences;
    else pod.metadata.ownerReferences = copy(owners);
    pod.status.qosClass ||= old.status.qosClass;
    dropGatedStatus(pod.status, old.status);
    keepObservedGenerations(pod.status, old.status);
    return;
  }
  if (subresource === 'ephemeralcontainers') {
    const { ephemeralContainers } = pod.spec;
    pod.spec = copy(old.spec);
    if (ephemeralContainers === undefined) delete pod.spec.ephemeralContainers;
    else pod.spec.ephemeralContainers = ephemeralContainers;
    keepMetadata(pod, old);
  }
  if (subresource === 'resize') keepAllButResources(pod, old);
  pod.status = copy(old.status);
  dropGatedFields(pod.spec, old.spec);
  aliasServiceAccount(pod.spec);
  if (!sameOrEmpty(pod.spec, old.spec)) pod.metadata.generation = (old.metadata.generation ?? 0) + 1;
};

/** pkg/registry/core/pod ToSelectableFields. */
export const podFields: NonNullable<Strategy<PodLike>['selectableFields']> = {
  'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
  'spec.restartPolicy': (pod) => pod.spec.restartPolicy ?? '',
  'spec.schedulerName': (pod) => pod.spec.schedulerName ?? '',
  'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
  'spec.hostNetwork': (pod) => String(pod.spec.hostNetwork ?? false),
  'status.phase': (pod) => pod.status.phase ?? '',
  'status.podIP': (pod) => pod.status.podIPs?.[0]?.ip ?? '',
  'status.nominatedNodeName': (pod) => pod.status.nominatedNodeName ?? '',
};
