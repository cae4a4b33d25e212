import { unauthorized } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Identity } from '../../client/call.ts';
import type { Authenticator, Tokens } from '../types.ts';
import { createBearerAuthenticator } from './bearer-token.ts';
import { createCertificateAuthenticator } from './client-certificate.ts';

export const anonymous: Identity = { user: 'system:anonymous', groups: ['system:unauthenticated'] };
const authenticatedGroup = 'system:authenticated';

export interface AuthenticatorOptions {
  /** PEM of the authorities whose client certificates count. */
  readonly clientCas: readonly string[];
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default true: who shows nothing is system:anonymous, and RBAC decides. */
  readonly anonymous?: boolean;
}

/**
 * Asks in upstream's order: client certificate, bearer token, then anonymous. The first that knows the caller wins; when
 * none does and one found its credentials wrong, the answer is 401, never anonymous.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const order: readonly Authenticator[] = [
    createCertificateAuthenticator(options.clientCas, options.clock),
    createBearerAuthenticator(options.tokens),
  ];
  return async (request) => {
    let failure: unknown;
    for (const authenticate of order) {
      try {
        const identity = await authenticate(request);
        if (identity !== undefined) return { ...identity, groups: [...new Set([...identity.groups, authenticatedGroup])] };
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined)
      options.log.debug('credentials refused', { reason: failure instanceof Error ? failure.message : String(failure) });
    if (failure !== undefined || options.anonymous === false) throw unauthorized();
    return anonymous;
  };
}
