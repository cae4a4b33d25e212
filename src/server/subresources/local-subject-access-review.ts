import { LocalSubjectAccessReview } from '../../kinds/authorization/local-subject-access-review.ts';
import type { Subresource } from '../types.ts';
import { reviewAccess } from './lib/access-review.ts';

/** Tells whether somebody may do something in one namespace. */
export const localSubjectAccessReview: Subresource = {
  group: 'authorization.k8s.io',
  kind: 'LocalSubjectAccessReview',
  subresource: '',
  verbs: { create: (request, deps) => reviewAccess(LocalSubjectAccessReview, 'named', request, deps) },
};
