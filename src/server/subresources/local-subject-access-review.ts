import { type FieldError, fieldError } from '../../api/status.ts';
import type { Subresource, SubresourceRequest } from '../types.ts';
import { reviewAccess } from './lib/access-review.ts';

function* errors({ spec }: any, { key }: SubresourceRequest): Generator<FieldError> {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec ?? {};
  if (resource && resource.namespace !== key.namespace)
    yield fieldError.invalid('spec.resourceAttributes.namespace', resource.namespace ?? '', 'must match metadata.namespace');
  if (other) yield fieldError.invalid('spec.nonResourceAttributes', other, 'disallowed on this kind of request');
}

/** Tells whether somebody may do something in one namespace. */
export const localSubjectAccessReview: Subresource = {
  group: 'authorization.k8s.io',
  kind: 'LocalSubjectAccessReview',
  subresource: '',
  verbs: { create: (request, deps) => reviewAccess({ kind: 'LocalSubjectAccessReview', about: 'named', errors }, request, deps) },
};
