import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { labelSelectorMatcher } from '../../../api/selector.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { validateRunningTemplate } from '../../core/lib/validate-pod-spec.ts';
import { inOrder } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { type Errors, immutable, intOrPercent, isZeroShare, nonNegative, notMoreThan100Percent } from '../../lib/validate.ts';
import {
  daemonSetUpdateStrategy,
  type DaemonSetSpec,
  type DaemonSetStatus,
  type DaemonSetUpdateStrategy,
  type RollingUpdateDaemonSet,
} from '../shapes/daemon-set.ts';
import { isEmptySelector, notDecremented } from './validate.ts';

export interface DaemonSetLike extends ApiObject {
  readonly spec: DaemonSetSpec;
  readonly status: DaemonSetStatus;
}

function* validateRollingUpdate({ maxUnavailable, maxSurge }: RollingUpdateDaemonSet): Errors {
  const path = 'spec.updateStrategy.rollingUpdate';
  yield* intOrPercent(`${path}.maxUnavailable`, maxUnavailable);
  yield* intOrPercent(`${path}.maxSurge`, maxSurge);
  yield* notMoreThan100Percent(`${path}.maxUnavailable`, maxUnavailable);
  yield* notMoreThan100Percent(`${path}.maxSurge`, maxSurge);
  const [unavailable, surge] = [!isZeroShare(maxUnavailable), !isZeroShare(maxSurge)];
  if (unavailable && surge) yield fieldError.invalid(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero');
  if (!unavailable && !surge) yield fieldError.required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0');
}

function* validateStrategy(strategy: DaemonSetUpdateStrategy): Errors {
  const path = 'spec.updateStrategy';
  if (strategy.type === 'OnDelete') return;
  if (strategy.type !== 'RollingUpdate') {
    const shown = goShown(daemonSetUpdateStrategy, strategy);
    yield fieldError.notSupported(path, shown, ['RollingUpdate', 'OnDelete'], 'as given');
  } else if (strategy.rollingUpdate === undefined) yield fieldError.required(`${path}.rollingUpdate`);
  else yield* validateRollingUpdate(strategy.rollingUpdate);
}

function* validateSpec(spec: DaemonSetSpec, old?: DaemonSetSpec): Errors {
  const { selector, template } = spec;
  const wrong: FieldError[] = [...validateLabelSelector(selector, 'spec.selector')];
  yield* wrong;
  if (wrong.length === 0 && !labelSelectorMatcher(selector).matches(template.metadata.labels)) {
    const rule = '`selector` does not match template `labels`';
    yield fieldError.invalid('spec.template.metadata.labels', inOrder(template.metadata.labels), rule);
  }
  if (selector !== undefined && isEmptySelector(selector))
    yield fieldError.invalid('spec.selector', selector, 'empty selector is invalid for daemonset');
  yield* validateRunningTemplate(template, 'spec.template', 'DaemonSet', old?.template);
  yield* nonNegative('spec.minReadySeconds', spec.minReadySeconds);
  yield* validateStrategy(spec.updateStrategy);
  yield* nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit);
}

const counts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const;

/** pkg/apis/apps/validation ValidateDaemonSet, -Update and -StatusUpdate. */
export function* validateDaemonSet({ spec, status }: DaemonSetLike, { old, subresource }: ValidationContext<DaemonSetLike>): Errors {
  if (subresource === 'status') {
    for (const field of counts) yield* nonNegative(`status.${field}`, status[field]);
    return yield* notDecremented('status.collisionCount', status.collisionCount, old?.status.collisionCount);
  }
  if (old !== undefined) yield* immutable('spec.selector', spec.selector, old.spec.selector);
  yield* validateSpec(spec, old?.spec);
}
