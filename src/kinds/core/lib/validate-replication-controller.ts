import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { labelMapMatcher } from '../../../api/selector.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { inOrder, sameOrEmpty } from '../../lib/fields.ts';
import { type Errors, nonNegative } from '../../lib/validate.ts';
import type { ReplicationControllerSpec, ReplicationControllerStatus } from '../shapes/replication-controller.ts';
import { validateRunningTemplate } from './validate-pod-spec.ts';

export interface ReplicationControllerLike extends ApiObject {
  readonly spec: ReplicationControllerSpec;
  readonly status: ReplicationControllerStatus;
}
const nonConvertible = 'non-convertible.kubernetes.io';

function* validateSpec(spec: ReplicationControllerSpec, old: ReplicationControllerSpec | undefined): Errors {
  yield* nonNegative('spec.minReadySeconds', spec.minReadySeconds);
  const { selector, template } = spec;
  const isEmpty = Object.keys(selector ?? {}).length === 0;
  if (isEmpty) yield fieldError.required('spec.selector');
  if (spec.replicas === undefined) yield fieldError.required('spec.replicas');
  else yield* nonNegative('spec.replicas', spec.replicas);
  if (template === undefined) return yield fieldError.required('spec.template');
  const { labels } = template.metadata;
  if (!isEmpty && !labelMapMatcher(selector).matches(labels))
    yield fieldError.invalid('spec.template.metadata.labels', inOrder(labels), '`selector` does not match template `labels`');
  yield* validateRunningTemplate(template, 'spec.template', 'ReplicationController', old?.template);
}

function* validateStatus(status: ReplicationControllerStatus): Errors {
  const { replicas, fullyLabeledReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  for (const [field, count] of Object.entries({ replicas, fullyLabeledReplicas, readyReplicas, availableReplicas }))
    yield* nonNegative(`status.${field}`, count);
  yield* nonNegative('status.observedGeneration', status.observedGeneration);
  for (const [field, count] of Object.entries({ fullyLabeledReplicas, readyReplicas, availableReplicas }))
    if (count > replicas) yield fieldError.invalid(`status.${field}`, count, 'cannot be greater than status.replicas');
  if (availableReplicas > readyReplicas)
    yield fieldError.invalid('status.availableReplicas', availableReplicas, 'cannot be greater than readyReplicas');
}

/** Annotations tell of fields that an older version could not keep. */
function* validateNonConvertible(now: ReplicationControllerLike, old: ReplicationControllerLike): Errors {
  for (const [key, value] of Object.entries(old.metadata.annotations ?? {})) {
    const [prefix, field, ...more] = key.split('/');
    if (!prefix!.startsWith(nonConvertible) || field === undefined || more.length > 0) continue;
    if (!field.includes('selector')) {
      const { text, ...error } = fieldError.notFound(field, value);
      yield { ...error, text: `${text}: unknown non-convertible field` };
    } else if (!sameOrEmpty(now.spec.selector, old.spec.selector))
      yield fieldError.invalid('spec.selector', now.spec.selector ?? null, 'cannot update non-convertible selector');
  }
}

/** pkg/apis/core/validation ValidateReplicationController, -Update and -StatusUpdate. */
export function* validateReplicationController(
  controller: ReplicationControllerLike,
  { old, subresource }: ValidationContext<ReplicationControllerLike>,
): Generator<FieldError> {
  if (subresource === 'status') return yield* validateStatus(controller.status);
  yield* validateSpec(controller.spec, old?.spec);
  if (old !== undefined) yield* validateNonConvertible(controller, old);
}
