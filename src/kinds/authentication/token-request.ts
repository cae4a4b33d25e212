import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { tokenRequestSpec, tokenRequestStatus } from './shapes/review.ts';
import { fieldError } from '../../api/status.ts';

export const TokenRequest = defineKind({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  openApiName: 'io.k8s.api.authentication.v1.TokenRequest',
  plural: 'serviceaccounts/token',
  singular: '',
  scope: 'Namespaced',
  verbs: ['create'],
  fields: {
    spec: object(2, tokenRequestSpec),
    status: object(3, tokenRequestStatus),
  },
  *validate({ spec: { expirationSeconds = 0 } }) {
    const path = 'spec.expirationSeconds';
    if (expirationSeconds < 600) yield fieldError.invalid(path, expirationSeconds, 'may not specify a duration less than 10 minutes');
    if (expirationSeconds > 2 ** 32)
      yield fieldError.invalid(path, expirationSeconds, 'may not specify a duration larger than 2^32 seconds');
  },
  defaults(request) {
    request.spec.expirationSeconds ??= 3600;
  },
});
export interface TokenRequest extends ObjectOf<typeof TokenRequest> {}
