import { SelfSubjectAccessReview } from '../../kinds/authorization/self-subject-access-review.ts';
import type { Subresource } from '../types.ts';
import { reviewAccess } from './lib/access-review.ts';

/** Tells the caller whether he may do something (`kubectl auth can-i`). */
export const selfSubjectAccessReview: Subresource = {
  group: 'authorization.k8s.io',
  kind: 'SelfSubjectAccessReview',
  subresource: '',
  verbs: { create: (request, deps) => reviewAccess(SelfSubjectAccessReview, 'self', request, deps) },
};
