import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { subjectAccessReviewSpec, subjectAccessReviewStatus } from './shapes/review.ts';

export const LocalSubjectAccessReview = defineKind({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  scope: 'Namespaced',
  verbs: ['create'],
  openApiName: 'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  fields: {
    spec: object(2, subjectAccessReviewSpec),
    status: object(3, subjectAccessReviewStatus),
  },
});
export interface LocalSubjectAccessReview extends ObjectOf<typeof LocalSubjectAccessReview> {}
