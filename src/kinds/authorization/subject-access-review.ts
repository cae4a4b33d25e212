import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { subjectAccessReviewSpec, subjectAccessReviewStatus } from './shapes/review.ts';
import { validateBareMetadata, validateReview } from './lib/validate.ts';

export const SubjectAccessReview = defineKind({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  scope: 'Cluster',
  verbs: ['create'],
  openApiName: 'io.k8s.api.authorization.v1.SubjectAccessReview',
  fields: {
    spec: required(object(2, subjectAccessReviewSpec)),
    status: object(3, subjectAccessReviewStatus),
  },
  *validate(review) {
    yield* validateReview(review.spec);
    yield* validateBareMetadata(review, false);
  },
});
export interface SubjectAccessReview extends ObjectOf<typeof SubjectAccessReview> {}
