import { unauthorized } from '../../api/status.ts';
import type { Logger } from '../../base/log.ts';
import type { Distribution } from '../../base/metrics.ts';
import type { Identity } from '../../client/call.ts';
import type { AuthenticationRequest, Authenticator, TokenAuthenticator } from '../types.ts';
import { createBearerAuthenticator } from './bearer-token.ts';
import type { CertificateVerifier } from './certificate-verifier.ts';
import { createCertificateAuthenticator } from './client-certificate.ts';
import { createFrontProxyAuthenticator, type FrontProxyOptions } from './front-proxy.ts';
import { anonymous, completed } from './known-groups.ts';
import { createWebSocketAuthenticator } from './web-socket-token.ts';

/** Whether who shows nothing is system:anonymous, so that authorization decides; with conditions: for these paths only. */
export interface AnonymousOptions {
  readonly enabled: boolean;
  readonly conditions?: readonly { readonly path: string }[] | undefined;
}
export interface AuthenticatorOptions {
  readonly frontProxy?: (FrontProxyOptions & { readonly verifier: CertificateVerifier }) | undefined;
  readonly clients: CertificateVerifier;
  /** Told how long the certificates of clients still last. */
  readonly lifetimes?: Distribution | undefined;
  /** Bearer tokens of every sort. */
  readonly tokens: TokenAuthenticator;
  readonly apiAudiences: readonly string[];
  readonly log: Logger;
  readonly anonymous: AnonymousOptions;
}

/**
 * Asks in upstream's order: front proxy, client certificate, bearer token, then anonymous. The first that knows the caller wins; when none does
 * and one found its credentials wrong, the answer is 401, never anonymous.
 */
export function createAuthenticator(options: AuthenticatorOptions): (request: AuthenticationRequest, path?: string) => Promise<Identity> {
  const { frontProxy, clients, tokens, apiAudiences, log } = options;
  const order: readonly Authenticator[] = [
    ...(frontProxy === undefined ? [] : [createFrontProxyAuthenticator(frontProxy.verifier, frontProxy)]),
    createCertificateAuthenticator(clients, options.lifetimes),
    createBearerAuthenticator(tokens, apiAudiences),
    createWebSocketAuthenticator(tokens, apiAudiences),
  ];
  const paths = new Set((options.anonymous.conditions ?? []).map(({ path }) => path));
  const mayBeAnonymous = (path: string) => options.anonymous.enabled && (paths.size === 0 || paths.has(path));
  return async (request, path = '') => {
    let failure: unknown;
    for (const authenticate of order) {
      try {
        const answer = authenticate(request, path);
        const identity = answer instanceof Promise ? await answer : answer;
        if (identity !== undefined) return completed(identity);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) log.debug('credentials refused', { reason: failure instanceof Error ? failure.message : String(failure) });
    if (failure !== undefined || !mayBeAnonymous(path)) throw unauthorized();
    return anonymous;
  };
}
