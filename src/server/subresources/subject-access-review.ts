import type { Subresource } from '../types.ts';
import { reviewAccess } from './lib/access-review.ts';

/** Tells whether somebody may do something. */
export const subjectAccessReview: Subresource = {
  group: 'authorization.k8s.io',
  kind: 'SubjectAccessReview',
  subresource: '',
  verbs: { create: (request, deps) => reviewAccess({ kind: 'SubjectAccessReview', about: 'named' }, request, deps) },
};
