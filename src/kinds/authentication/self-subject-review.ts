import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { selfSubjectReviewStatus } from './shapes/review.ts';

export const SelfSubjectReview = defineKind({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  scope: 'Cluster',
  verbs: ['create'],
  openApiName: 'io.k8s.api.authentication.v1.SelfSubjectReview',
  fields: {
    status: object(2, selfSubjectReviewStatus),
  },
});
export interface SelfSubjectReview extends ObjectOf<typeof SelfSubjectReview> {}
