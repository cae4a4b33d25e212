import { SubjectAccessReview } from '../../kinds/authorization/subject-access-review.ts';
import type { Subresource } from '../types.ts';
import { reviewAccess } from './lib/access-review.ts';

/** Tells whether somebody may do something. */
export const subjectAccessReview: Subresource = {
  group: 'authorization.k8s.io',
  kind: 'SubjectAccessReview',
  subresource: '',
  verbs: { create: (request, deps) => reviewAccess(SubjectAccessReview, 'named', request, deps) },
};
