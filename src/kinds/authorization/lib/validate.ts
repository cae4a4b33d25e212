import type { ApiObject } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import type { Errors } from '../../lib/validate.ts';
import type { ResourceAttributes, SelfSubjectAccessReviewSpec, SubjectAccessReviewSpec } from '../shapes/review.ts';

/** pkg/apis/authorization/validation. */
function* validateAttributes(attributes: ResourceAttributes | undefined): Errors {
  for (const field of ['fieldSelector', 'labelSelector'] as const) {
    const selector = attributes?.[field];
    if (selector === undefined) continue;
    const path = `spec.resourceAttributes.${field}`;
    const stated = (selector.requirements ?? []).length > 0;
    if (selector.rawSelector && stated)
      yield fieldError.invalid(`${path}.rawSelector`, selector.rawSelector, 'may not specified at the same time as requirements');
    if (!selector.rawSelector && !stated)
      yield fieldError.required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`);
  }
}

/** Metadata says nothing but where the review is asked. */
export function* validateBareMetadata({ metadata }: ApiObject, withNamespace: boolean): Errors {
  const stated = Object.entries(metadata as unknown as Record<string, unknown>).filter(
    ([field, value]) =>
      value !== undefined && value !== null && value !== '' && field !== 'managedFields' && !(withNamespace && field === 'namespace'),
  );
  const given = stated.filter(([field]) => field !== 'creationTimestamp' && field !== 'uid');
  if (given.length > 0)
    yield fieldError.invalid('metadata', metadata, withNamespace ? 'must be empty except for namespace' : 'must be empty');
}

export function* validateSelfReview({ resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec): Errors {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const rule = 'cannot be specified in combination with resourceAttributes';
    yield fieldError.invalid('spec.nonResourceAttributes', nonResourceAttributes, rule);
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const rule = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    yield fieldError.invalid('spec.resourceAttributes', null, rule);
  }
  yield* validateAttributes(resourceAttributes);
}
export function* validateReview(spec: SubjectAccessReviewSpec): Errors {
  yield* validateSelfReview(spec);
  if (!spec.user && (spec.groups ?? []).length === 0)
    yield fieldError.invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified');
}
