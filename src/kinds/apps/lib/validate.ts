import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject, LabelSelector } from '../../../api/meta.ts';
import { labelSelectorMatcher } from '../../../api/selector.ts';
import { fieldError, type FieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { validateRunningTemplate } from '../../core/lib/validate-pod-spec.ts';
import type { PodTemplateSpec } from '../../core/shapes/pod-template.ts';
import { inOrder } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { type Errors, immutable, intOrPercent, isZeroShare, nonNegative, notMoreThan100Percent } from '../../lib/validate.ts';
import { deploymentStrategy, type DeploymentSpec, type DeploymentStatus, type DeploymentStrategy } from '../shapes/deployment.ts';
import type { ReplicaSetSpec, ReplicaSetStatus } from '../shapes/replica-set.ts';

/** pkg/apis/apps/validation. */
export interface DeploymentLike extends ApiObject {
  readonly spec: DeploymentSpec;
  readonly status: DeploymentStatus;
}
export interface ReplicaSetLike extends ApiObject {
  readonly spec: ReplicaSetSpec;
  readonly status: ReplicaSetStatus;
}

export const isEmptySelector = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0;

export function* notDecremented(path: string, now: number | undefined, before: number | undefined): Errors {
  if (before !== undefined && (now ?? -1) < before) yield fieldError.invalid(path, now ?? 0, 'cannot be decremented');
}

/** A selector that selects something, and the pods of the template too. Gives false for one that cannot be read: then upstream does not look at the template. */
export function* validateSelector(selector: LabelSelector | undefined, template: PodTemplateSpec): Generator<FieldError, boolean> {
  const path = 'spec.selector';
  let wrong = false;
  if (selector === undefined) yield fieldError.required(path);
  else {
    for (const error of validateLabelSelector(selector, path)) {
      wrong = true;
      yield error;
    }
    if (isEmptySelector(selector)) {
      yield fieldError.invalid(path, selector, 'empty selector is invalid for deployment');
      return true;
    }
    if (wrong) yield fieldError.invalid(path, selector, 'invalid label selector');
  }
  // Without a selector no template matches.
  if (!wrong && (selector === undefined || !labelSelectorMatcher(selector).matches(template.metadata.labels))) {
    const rule = '`selector` does not match template `labels`';
    yield fieldError.invalid('spec.template.metadata.labels', inOrder(template.metadata.labels), rule);
  }
  return !wrong;
}

function* validateStrategy(strategy: DeploymentStrategy): Errors {
  const path = 'spec.strategy';
  const rolling = strategy.rollingUpdate;
  if (strategy.type === 'Recreate') {
    if (rolling !== undefined)
      yield fieldError.forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'");
    return;
  }
  if (strategy.type !== 'RollingUpdate')
    return yield fieldError.notSupported(path, goShown(deploymentStrategy, strategy), ['Recreate', 'RollingUpdate']);
  if (rolling === undefined) return yield fieldError.required(`${path}.rollingUpdate`, 'this should be defaulted and never be nil');
  const unavailable = `${path}.rollingUpdate.maxUnavailable`;
  yield* intOrPercent(unavailable, rolling.maxUnavailable);
  yield* intOrPercent(`${path}.rollingUpdate.maxSurge`, rolling.maxSurge);
  if (isZeroShare(rolling.maxUnavailable) && isZeroShare(rolling.maxSurge))
    yield fieldError.invalid(unavailable, rolling.maxUnavailable, 'may not be 0 when `maxSurge` is 0');
  yield* notMoreThan100Percent(unavailable, rolling.maxUnavailable);
}

const counts = [
  'replicas',
  'updatedReplicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
] as const;
type Counts = {
  readonly [K in (typeof counts)[number] | 'observedGeneration' | 'terminatingReplicas' | 'collisionCount']?: number | undefined;
};

/** `mostly`: which are at most as many as replicas. */
function* validateCounts(status: Counts, mostly: readonly (typeof counts)[number][]): Errors {
  for (const field of ['observedGeneration', ...counts, 'terminatingReplicas', 'collisionCount'] as const)
    yield* nonNegative(`status.${field}`, status[field]);
  for (const field of mostly)
    if ((status[field] ?? 0) > (status.replicas ?? 0))
      yield fieldError.invalid(`status.${field}`, status[field] ?? 0, 'cannot be greater than status.replicas');
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
    yield fieldError.invalid('status.availableReplicas', status.availableReplicas ?? 0, 'cannot be greater than readyReplicas');
}

export function* validateDeployment({ spec, status }: DeploymentLike, { old, subresource }: ValidationContext<DeploymentLike>): Errors {
  if (subresource === 'status') {
    yield* validateCounts(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']);
    return yield* notDecremented('status.collisionCount', status.collisionCount, old?.status.collisionCount);
  }
  yield* nonNegative('spec.replicas', spec.replicas);
  if (yield* validateSelector(spec.selector, spec.template))
    yield* validateRunningTemplate(spec.template, 'spec.template', 'ReplicaSet', old?.spec.template);
  yield* validateStrategy(spec.strategy);
  yield* nonNegative('spec.minReadySeconds', spec.minReadySeconds);
  yield* nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    yield* nonNegative('spec.progressDeadlineSeconds', deadline);
    if (deadline <= (spec.minReadySeconds ?? 0))
      yield fieldError.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds');
  }
  if (old !== undefined) yield* immutable('spec.selector', spec.selector, old.spec.selector);
}

export function* validateReplicaSet({ spec, status }: ReplicaSetLike, { old, subresource }: ValidationContext<ReplicaSetLike>): Errors {
  if (subresource === 'status') return yield* validateCounts(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']);
  yield* nonNegative('spec.replicas', spec.replicas);
  yield* nonNegative('spec.minReadySeconds', spec.minReadySeconds);
  if (yield* validateSelector(spec.selector, spec.template))
    yield* validateRunningTemplate(spec.template, 'spec.template', 'ReplicaSet', old?.spec.template);
  if (old !== undefined) yield* immutable('spec.selector', spec.selector, old.spec.selector);
}
