import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ValidationContext } from '../../../api/kind.ts';
import { sameJson } from '../../../base/equal.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { describeDifference } from '../../lib/difference.ts';
import { goShown, goShownPodSpec } from '../../lib/go-shown.ts';
import type { Errors } from '../../lib/validate.ts';
import type { NodeAffinity, NodeSelectorTerm } from '../shapes/affinity.ts';
import { type Container, ephemeralContainer } from '../shapes/container.ts';
import { type PodSpec, podSpec } from '../shapes/pod-spec.ts';
import type { PodLike } from './pod-types.ts';
import { validateImageSpace } from './validate-container.ts';
import { mirrorAnnotation, validatePodAnnotationUpdate, validatePodAnnotations } from './validate-pod-annotations.ts';
import { validateResize } from './validate-pod-resize.ts';
import { validatePodSpec } from './validate-pod-spec.ts';
import { validatePodStatus } from './validate-pod-status.ts';
import { validateTolerations } from './validate-scheduling.ts';

const longestDeadline = 2147483647;
const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

function* validateWhole({ metadata, spec }: PodLike, old?: PodLike): Errors {
  yield* validatePodAnnotations(metadata.annotations, spec, 'metadata.annotations');
  yield* validatePodSpec(spec, 'spec', { pod: metadata, old: old?.spec });
  if (!spec.serviceAccountName) {
    for (const [index, { projected }] of (spec.volumes ?? []).entries())
      for (const [position, source] of (projected?.sources ?? []).entries())
        if (source.serviceAccountToken !== undefined) {
          const at = `spec.volumes[${index}].projected.sources[${position}].serviceAccountToken`;
          yield fieldError.forbidden(at, 'must not be specified when serviceAccountName is not set');
        }
  }
  yield* validateImageSpace(spec.containers, 'spec.containers');
  yield* validateImageSpace(spec.initContainers ?? [], 'spec.initContainers');
}

function* validateCreate(pod: PodLike): Errors {
  yield* validateWhole(pod);
  if ((pod.spec.ephemeralContainers ?? []).length > 0) yield fieldError.forbidden('spec.ephemeralContainers', 'cannot be set on create');
  if (pod.spec.nodeName && (pod.spec.schedulingGates ?? []).length > 0)
    yield fieldError.forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared');
}

function* validateDeadline(now: number | undefined, before: number | undefined): Errors {
  const path = 'spec.activeDeadlineSeconds';
  if (now === undefined) {
    if (before !== undefined) yield fieldError.invalid(path, null, 'must not update from a positive integer to nil value');
  } else if (now < 0 || now > longestDeadline) yield fieldError.invalid(path, now, `must be between 0 and ${longestDeadline}, inclusive`);
  else if (before !== undefined && before < now) yield fieldError.invalid(path, now, 'must be less than or equal to previous value');
}

function* validateAddedTolerations(now: PodSpec['tolerations'], before: PodSpec['tolerations']): Errors {
  const path = 'spec.tolerations';
  const kept = (before ?? []).every((old) =>
    now?.some((one) => sameOrEmpty({ ...old, tolerationSeconds: undefined }, { ...one, tolerationSeconds: undefined })),
  );
  if (!kept) yield fieldError.forbidden(path, 'existing toleration can not be modified except its tolerationSeconds');
  else yield* validateTolerations(now, path);
}
function* validateDeletedGates(now: PodSpec['schedulingGates'], before: PodSpec['schedulingGates']): Errors {
  for (const [index, { name }] of (now ?? []).entries())
    if (!before?.some((gate) => gate.name === name))
      yield fieldError.forbidden(
        `spec.schedulingGates[${index}].name`,
        `only deletion is allowed, but found new scheduling gate '${name}'`,
      );
}

const onlyAdds = (now: readonly unknown[] = [], before: readonly unknown[] = []) => sameOrEmpty(now.slice(0, before.length), before);
function termOnlyAdds(now: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const empty = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm) =>
    matchExpressions.length === 0 && matchFields.length === 0;
  if (empty(before)) return empty(now);
  return onlyAdds(now.matchExpressions, before.matchExpressions) && onlyAdds(now.matchFields, before.matchFields);
}
/** KEP-3838: a gated pod's placement may be narrowed. */
function* validateNarrowed(now: PodSpec, before: PodSpec): Errors {
  if (Object.entries(before.nodeSelector ?? {}).some(([key, value]) => now.nodeSelector?.[key] !== value)) {
    const rule = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
    yield fieldError.invalid('spec.nodeSelector', now.nodeSelector ?? {}, rule);
  }
  const terms = (affinity: NodeAffinity | undefined) => affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const old = terms(before.affinity?.nodeAffinity);
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  const fresh = terms(now.affinity?.nodeAffinity);
  if (old.length > 0 && old.length !== fresh.length)
    return yield fieldError.invalid(path, fresh, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed');
  for (const [index, term] of old.entries())
    if (!termOnlyAdds(fresh[index]!, term))
      yield fieldError.invalid(`${path}[${index}]`, fresh[index], 'only additions are allowed (no mutations or deletions)');
}

/** The new affinity with the old one's nodes; what is then empty where there was nothing is nothing. */
function withNodeAffinityOf(before: PodSpec['affinity'], now: PodSpec['affinity']): PodSpec['affinity'] {
  const nodeAffinity = before?.nodeAffinity;
  if (sameOrEmpty(nodeAffinity, now?.nodeAffinity)) return now;
  if (now === undefined) return { nodeAffinity };
  if (before === undefined && now.podAffinity === undefined && now.podAntiAffinity === undefined) return undefined;
  return { ...now, nodeAffinity };
}

/** The new spec with what may change put back: what differs from the old one then may not. */
function withoutChanges(now: PodSpec, before: PodSpec): PodSpec {
  const images = (containers: readonly Container[] | undefined, old: readonly Container[] | undefined) =>
    containers?.map((container, index) => ({ ...container, image: old?.[index]?.image }));
  const { activeDeadlineSeconds, tolerations, schedulingGates } = before;
  const relaxed = (before.terminationGracePeriodSeconds ?? 0) < 0 && now.terminationGracePeriodSeconds === 1;
  const gated = (schedulingGates ?? []).length > 0;
  return {
    ...now,
    containers: images(now.containers, before.containers)!,
    initContainers: images(now.initContainers, before.initContainers),
    activeDeadlineSeconds,
    tolerations,
    schedulingGates,
    ...(relaxed ? { terminationGracePeriodSeconds: before.terminationGracePeriodSeconds } : {}),
    ...(gated ? { nodeSelector: before.nodeSelector, affinity: withNodeAffinityOf(before.affinity, now.affinity) } : {}),
  };
}

function* validateUpdate(pod: PodLike, old: PodLike): Errors {
  yield* validateWhole(pod, old);
  yield* validatePodAnnotationUpdate(pod.metadata.annotations, old.metadata.annotations, 'metadata.annotations');
  const { spec } = pod;
  for (const field of ['containers', 'initContainers'] as const) {
    if ((spec[field]?.length ?? 0) !== (old.spec[field]?.length ?? 0))
      return yield fieldError.forbidden(`spec.${field}`, 'pod updates may not add or remove containers');
  }
  yield* validateDeadline(spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds);
  yield* validateAddedTolerations(spec.tolerations, old.spec.tolerations);
  yield* validateDeletedGates(spec.schedulingGates, old.spec.schedulingGates);
  if (sameJson(spec, old.spec)) return;
  if ((old.spec.schedulingGates ?? []).length > 0) yield* validateNarrowed(spec, old.spec);
  const kept = withoutChanges(spec, old.spec);
  if (sameOrEmpty(kept, old.spec)) return;
  const [was, is] = [old.spec, kept].map((one) => goShownPodSpec(podSpec, one));
  yield fieldError.forbidden('spec', `pod updates may not change fields other than ${updatable}\n${describeDifference(was, is)}`);
}

function* validateEphemeral(pod: PodLike, old: PodLike): Errors {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined)
    return yield fieldError.forbidden('[]', 'static pods do not support ephemeral containers');
  yield* validateWhole(pod, old);
  const path = 'spec.ephemeralContainers';
  for (const before of old.spec.ephemeralContainers ?? []) {
    const name = JSON.stringify(before.name);
    const now = pod.spec.ephemeralContainers?.find((container) => container.name === before.name);
    if (now === undefined) yield fieldError.forbidden(path, `existing ephemeral containers ${name} may not be removed\n`);
    else if (!sameOrEmpty(now, before)) {
      const [was, is] = [before, now].map((container) => goShown(ephemeralContainer, container));
      yield fieldError.forbidden(path, `existing ephemeral containers ${name} may not be changed\n${describeDifference(was, is)}`);
    }
  }
}

/** pkg/apis/core/validation: ValidatePodCreate, -Update, -StatusUpdate, -EphemeralContainersUpdate and -Resize. */
export function validatePod(pod: PodLike, { old, subresource }: ValidationContext<PodLike>): Iterable<FieldError> {
  if (old === undefined) return validateCreate(pod);
  switch (subresource) {
    case '':
      return validateUpdate(pod, old);
    case 'status':
      return validatePodStatus(pod, old);
    case 'ephemeralcontainers':
      return validateEphemeral(pod, old);
    case 'resize':
      return validateResize(pod, old, validateWhole);
    default:
      return [];
  }
}
