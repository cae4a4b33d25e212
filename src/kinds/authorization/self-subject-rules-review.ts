import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { selfSubjectRulesReviewSpec, subjectRulesReviewStatus } from './shapes/review.ts';

export const SelfSubjectRulesReview = defineKind({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  scope: 'Cluster',
  verbs: ['create'],
  openApiName: 'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  fields: {
    spec: required(object(2, selfSubjectRulesReviewSpec)),
    status: object(3, subjectRulesReviewStatus),
  },
});
export interface SelfSubjectRulesReview extends ObjectOf<typeof SelfSubjectRulesReview> {}
