import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { subjectAccessReviewSpec, subjectAccessReviewStatus } from './shapes/review.ts';
import { fieldError } from '../../api/status.ts';
import { nonResourceShown, validateBareMetadata, validateReview } from './lib/validate.ts';

export const LocalSubjectAccessReview = defineKind({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  scope: 'Namespaced',
  verbs: ['create'],
  openApiName: 'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  fields: {
    spec: required(object(2, subjectAccessReviewSpec)),
    status: object(3, subjectAccessReviewStatus),
  },
  *validate(review) {
    const { resourceAttributes, nonResourceAttributes } = review.spec;
    yield* validateReview(review.spec);
    yield* validateBareMetadata(review, true);
    const namespace = resourceAttributes?.namespace ?? '';
    if (resourceAttributes !== undefined && namespace !== review.metadata.namespace)
      yield fieldError.invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace');
    if (nonResourceAttributes !== undefined)
      yield fieldError.invalid('spec.nonResourceAttributes', nonResourceShown(nonResourceAttributes), 'disallowed on this kind of request');
  },
});
export interface LocalSubjectAccessReview extends ObjectOf<typeof LocalSubjectAccessReview> {}
