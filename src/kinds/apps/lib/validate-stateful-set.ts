import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isDns1123Label } from '../../../api/names.ts';
import { labelSelectorMatcher } from '../../../api/selector.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { validateClaimSpec } from '../../core/lib/validate-claim.ts';
import { validatePodTemplate, validateRunning, validateTemplateMetadata } from '../../core/lib/validate-pod-spec.ts';
import type { PodTemplateSpec } from '../../core/shapes/pod-template.ts';
import { inOrder, sameOrEmpty } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { type Errors, intOrPercent, invalidIf, isZeroShare, named, nonNegative, notMoreThan100Percent } from '../../lib/validate.ts';
import {
  rollingUpdateStatefulSetStrategy,
  type RollingUpdateStatefulSetStrategy,
  type StatefulSetSpec,
  type StatefulSetStatus,
  type StatefulSetUpdateStrategy,
  statefulSetUpdateStrategy,
} from '../shapes/stateful-set.ts';
import { isEmptySelector, notDecremented } from './validate.ts';

export interface StatefulSetLike extends ApiObject {
  readonly spec: StatefulSetSpec;
  readonly status: StatefulSetStatus;
}
/** What an update may keep though a new set could not have it. */
interface Leniency {
  readonly isUpdate: boolean;
  readonly anyTemplate?: boolean;
  /** What stood there before. */
  readonly old?: StatefulSetSpec;
}

function* validateRollingUpdate({ partition, maxUnavailable }: RollingUpdateStatefulSetStrategy, path: string): Errors {
  yield* nonNegative(`${path}.partition`, partition);
  if (maxUnavailable === undefined) return;
  yield* intOrPercent(`${path}.maxUnavailable`, maxUnavailable);
  if (isZeroShare(maxUnavailable)) yield fieldError.invalid(`${path}.maxUnavailable`, maxUnavailable, 'cannot be 0');
  yield* notMoreThan100Percent(`${path}.maxUnavailable`, maxUnavailable);
}
function* validateStrategy(strategy: StatefulSetUpdateStrategy): Errors {
  const path = 'spec.updateStrategy';
  const { type, rollingUpdate } = strategy;
  const shownRolling = rollingUpdate && goShown(rollingUpdateStatefulSetStrategy, { partition: 0, ...rollingUpdate });
  if (!type) yield fieldError.required(path);
  else if (type === 'RollingUpdate') {
    if (rollingUpdate !== undefined) yield* validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`);
  } else if (type === 'OnDelete') {
    if (rollingUpdate !== undefined)
      yield fieldError.invalid(`${path}.rollingUpdate`, shownRolling, "only allowed for updateStrategy 'RollingUpdate'");
  } else {
    const shown = { ...(goShown(statefulSetUpdateStrategy, strategy) as object), RollingUpdate: shownRolling ?? null };
    yield fieldError.invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'");
  }
}

function* validateRetention({ persistentVolumeClaimRetentionPolicy }: StatefulSetSpec): Errors {
  if (persistentVolumeClaimRetentionPolicy === undefined) return;
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const policy = persistentVolumeClaimRetentionPolicy[field] ?? '';
    if (policy === 'Retain' || policy === 'Delete') continue;
    yield fieldError.notSupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, policy, ['Retain', 'Delete'], 'as given');
  }
}

/** The template as pods get it: names come from the set, and its claims stand in place of volumes of the same name. */
function templateOfPods({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  const { subdomain: _, hostname: __, ...spec } = template.spec;
  if (volumeClaimTemplates.length === 0) return { ...template, spec };
  const names = volumeClaimTemplates.map(({ metadata }) => metadata.name ?? '');
  const claims = [...new Set(names)].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const others = (spec.volumes ?? []).filter(({ name }) => !names.includes(name));
  return { ...template, spec: { ...spec, volumes: [...claims, ...others] } };
}
function* validateTemplate(spec: StatefulSetSpec, { anyTemplate, old }: Leniency): Errors {
  const path = 'spec.template';
  const template = templateOfPods(spec);
  const { labels } = template.metadata;
  if (!labelSelectorMatcher(spec.selector).matches(labels))
    yield fieldError.invalid(`${path}.metadata.labels`, inOrder(labels), '`selector` does not match template `labels`');
  if (anyTemplate === true) yield* validateTemplateMetadata(template, path);
  else yield* validatePodTemplate(template, path, old?.template);
}

function* validateSelector({ selector }: StatefulSetSpec): Errors {
  if (selector === undefined) return yield fieldError.required('spec.selector');
  yield* validateLabelSelector(selector, 'spec.selector');
  if (isEmptySelector(selector)) yield fieldError.invalid('spec.selector', selector, 'empty selector is invalid for statefulset');
}

/** ValidateStatefulSetSpec. */
function* validateSpec(spec: StatefulSetSpec, leniency: Leniency): Errors {
  const { isUpdate } = leniency;
  const { podManagementPolicy, serviceName, selector, template } = spec;
  if (!podManagementPolicy) yield fieldError.required('spec.podManagementPolicy');
  else if (podManagementPolicy !== 'OrderedReady' && podManagementPolicy !== 'Parallel')
    yield fieldError.invalid('spec.podManagementPolicy', named(podManagementPolicy), "must be 'OrderedReady' or 'Parallel'");
  yield* validateStrategy(spec.updateStrategy);
  yield* validateRetention(spec);
  if (!isUpdate)
    for (const [i, claim] of (spec.volumeClaimTemplates ?? []).entries())
      yield* validateClaimSpec(claim.spec, `spec.volumeClaimTemplates[${i}].spec`);
  yield* nonNegative('spec.replicas', spec.replicas);
  yield* nonNegative('spec.minReadySeconds', spec.minReadySeconds);
  yield* nonNegative('spec.ordinals.start', spec.ordinals?.start);
  if (!isUpdate && serviceName !== '') yield* invalidIf(isDns1123Label(serviceName), 'spec.serviceName', serviceName);
  const wrong = [...validateSelector(spec)];
  yield* wrong;
  const selects = selector === undefined || validateLabelSelector(selector, '').next().done;
  if (selects) yield* validateTemplate(spec, leniency);
  else yield fieldError.invalid('spec.selector', selector, '');
  yield* validateRunning(template, 'spec.template', 'StatefulSet');
}

const changeable = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy'];
const shownChangeable = changeable.map((name) => `'${name}'`).join(', ');
const immutableRule = `updates to statefulset spec for fields other than ${shownChangeable} and 'minReadySeconds' are forbidden`;
const fixed = (spec: StatefulSetSpec) =>
  Object.fromEntries(Object.entries(spec).filter(([name]) => name !== 'minReadySeconds' && !changeable.includes(name)));

function* validateUpdate({ spec }: StatefulSetLike, old: StatefulSetLike): Errors {
  const anyTemplate = [...validateSpec(old.spec, { isUpdate: true, old: old.spec })].length > 0;
  yield* validateSpec(spec, { isUpdate: true, anyTemplate, old: old.spec });
  if (!sameOrEmpty(fixed(spec), fixed(old.spec))) yield fieldError.forbidden('spec', immutableRule);
}

const counts = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;
function* validateStatus(status: StatefulSetStatus): Errors {
  for (const field of [...counts, 'observedGeneration', 'collisionCount'] as const) yield* nonNegative(`status.${field}`, status[field]);
  for (const field of counts)
    if ((status[field] ?? 0) > status.replicas)
      yield fieldError.invalid(`status.${field}`, status[field] ?? 0, 'cannot be greater than status.replicas');
  if (status.availableReplicas > (status.readyReplicas ?? 0))
    yield fieldError.invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than status.readyReplicas');
}

/** pkg/apis/apps/validation ValidateStatefulSet, -Update and -StatusUpdate. */
export function* validateStatefulSet(set: StatefulSetLike, { old, subresource }: ValidationContext<StatefulSetLike>): Errors {
  if (subresource === 'status') {
    yield* validateStatus(set.status);
    yield* notDecremented('status.collisionCount', set.status.collisionCount, old?.status.collisionCount);
  } else if (old === undefined) yield* validateSpec(set.spec, { isUpdate: false });
  else yield* validateUpdate(set, old);
}
