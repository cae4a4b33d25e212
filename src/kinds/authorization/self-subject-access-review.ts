import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { selfSubjectAccessReviewSpec, subjectAccessReviewStatus } from './shapes/review.ts';
import { validateBareMetadata, validateSelfReview } from './lib/validate.ts';

export const SelfSubjectAccessReview = defineKind({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  scope: 'Cluster',
  verbs: ['create'],
  openApiName: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  fields: {
    spec: required(object(2, selfSubjectAccessReviewSpec)),
    status: object(3, subjectAccessReviewStatus),
  },
  *validate(review) {
    yield* validateSelfReview(review.spec);
    yield* validateBareMetadata(review, false);
  },
});
export interface SelfSubjectAccessReview extends ObjectOf<typeof SelfSubjectAccessReview> {}
