import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { tokenReviewSpec, tokenReviewStatus } from './shapes/review.ts';

export const TokenReview = defineKind({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  scope: 'Cluster',
  verbs: ['create'],
  openApiName: 'io.k8s.api.authentication.v1.TokenReview',
  fields: {
    spec: required(object(2, tokenReviewSpec)),
    status: object(3, tokenReviewStatus),
  },
});
export interface TokenReview extends ObjectOf<typeof TokenReview> {}
