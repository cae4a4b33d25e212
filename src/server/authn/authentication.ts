import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import type { ApiServerFlags } from '../flags.ts';
import { readText } from '../lib/configuration.ts';
import { followFile } from '../lib/followed-file.ts';
import { readRemoteKubeconfig } from '../lib/remote-kubeconfig.ts';
import { ReviewWebhook } from '../lib/review-webhook.ts';
import type { Authenticator, Resources, TokenAuthenticator, Tokens } from '../types.ts';
import { unionTokens } from './bearer-token.ts';
import { createBootstrapTokenAuthenticator } from './bootstrap-token.ts';
import { CertificateVerifier } from './certificate-verifier.ts';
import { anonymous } from './known-groups.ts';
import { certificateLifetimes } from './metrics.ts';
import { authenticationOptions } from './options.ts';
import { createAuthenticator } from './order.ts';
import { cachedTokens } from './token-cache.ts';
import { createTokenFileAuthenticator, parseTokenFile } from './token-file.ts';
import { createTokens, type TokenAuthority } from './tokens.ts';
import { createWebhookTokenAuthenticator } from './webhook-token.ts';

export interface AuthenticationDeps {
  readonly flags: ApiServerFlags;
  /** PEM: whose client certificates count, and whose certificates a front proxy shows; unless flags name others. '': nobody's. */
  readonly clientCa: string;
  readonly frontProxyCa: string;
  /** PEM of the key that signs service account tokens, unless a flag names another. */
  readonly serviceAccountKeyPem: string;
  /** From `loadJwtIssuers`. */
  readonly jwtIssuers?: typeof import('./jwt-issuers.ts') | undefined;
  readonly resources: Resources;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Where is counted what becomes of credentials. */
  readonly metrics: Metrics;
  readonly apiServerId: string;
}
export interface Authentication {
  readonly authenticator: Authenticator;
  readonly serviceAccounts: TokenAuthority;
  /** For TokenRequest and TokenReview. */
  readonly tokens: Tokens;
  /** What aggregated API servers must know to trust the front proxy: kube-system/extension-apiserver-authentication. */
  readonly published: Readonly<Record<string, string>>;
}

const webhookTimeoutMs = 30_000;
const webhookTtlMs = 120_000;
const hourSeconds = 3600;

function serviceAccountTokens(deps: AuthenticationDeps): TokenAuthority {
  const { flags, resources, clock } = deps;
  const issuers = flags['service-account-issuer'] ?? [];
  const repeated = issuers.find((issuer, index) => issuers.indexOf(issuer) < index);
  if (repeated !== undefined) throw new Error(`service-account-issuer ${JSON.stringify(repeated)} is already specified`);
  const maxMs = flags['service-account-max-token-expiration'] ?? 0;
  const maxSeconds = Math.floor(maxMs / 1000);
  if (maxMs !== 0 && (maxSeconds < hourSeconds || maxSeconds > 2 ** 32))
    throw new Error('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds');
  const signingKey = flags['service-account-signing-key-file'];
  return createTokens({
    keyPem: signingKey === undefined ? deps.serviceAccountKeyPem : readText(signingKey),
    verifyPems: (flags['service-account-key-file'] ?? []).map(readText),
    ...(issuers.length === 0 ? {} : { issuers }),
    ...(flags['api-audiences']?.length ? { audiences: flags['api-audiences'] } : {}),
    ...(maxMs === 0 ? {} : { maxExpirationSeconds: maxSeconds }),
    lookup: flags['service-account-lookup'] ?? true,
    extendExpiration: flags['service-account-extend-token-expiration'] ?? true,
    resources,
    clock,
    metrics: deps.metrics,
  });
}

function webhookTokens(deps: AuthenticationDeps, apiAudiences: readonly string[]): TokenAuthenticator | undefined {
  const { flags, clock, random } = deps;
  const path = flags['authentication-token-webhook-config-file'];
  if (path === undefined) return undefined;
  const version = flags['authentication-token-webhook-version'] ?? 'v1beta1';
  if (version !== 'v1' && version !== 'v1beta1')
    throw new Error(`unsupported authentication webhook version ${JSON.stringify(version)}, supported versions are "v1", "v1beta1"`);
  const webhook = new ReviewWebhook(readRemoteKubeconfig(path), webhookTimeoutMs, deps);
  deps.signal.addEventListener('abort', () => webhook.close(), { once: true });
  const ttlMs = flags['authentication-token-webhook-cache-ttl'] ?? webhookTtlMs;
  const ask = createWebhookTokenAuthenticator(webhook, version, apiAudiences);
  return cachedTokens(ask, { clock, random, successMs: ttlMs, failureMs: ttlMs, remembersErrors: false, metrics: deps.metrics });
}

/** What ID tokens need, loaded only where flags ask for them. */
export const loadJwtIssuers = async (flags: ApiServerFlags): Promise<AuthenticationDeps['jwtIssuers']> =>
  flags['authentication-config'] === undefined && flags['oidc-issuer-url'] === undefined ? undefined : await import('./jwt-issuers.ts');

/** Everything that says who a caller is, as flags configure it, in upstream's order. Throws Error for flags that are not valid. */
export function createAuthentication(deps: AuthenticationDeps): Authentication {
  const { flags, resources, clock, random, log, signal } = deps;
  const options = authenticationOptions(flags, deps.clientCa, deps.frontProxyCa);
  const serviceAccounts = serviceAccountTokens(deps);
  const apiAudiences = serviceAccounts.audiences;
  const tokenFile = flags['token-auth-file'];
  const jwt = deps.jwtIssuers?.createJwtAuthenticator({
    ...options,
    apiAudiences,
    disallowed: flags['service-account-issuer'] ?? [serviceAccounts.issuer],
    clock,
    random,
    log,
    signal,
    metrics: deps.metrics,
    apiServerId: deps.apiServerId,
  });
  const webhook = webhookTokens(deps, apiAudiences);
  // Those that decide here come first, those that ask others last.
  const authenticate = unionTokens([
    ...(tokenFile === undefined ? [] : [createTokenFileAuthenticator(parseTokenFile(readText(tokenFile), tokenFile, log), apiAudiences)]),
    serviceAccounts.authenticate,
    ...(flags['enable-bootstrap-token-auth'] === false ? [] : [createBootstrapTokenAuthenticator(resources, apiAudiences, clock)]),
    ...(jwt === undefined ? [] : [jwt]),
    ...(webhook === undefined ? [] : [webhook]),
  ]);
  const clients = followedVerifier(options.clientCa, flags['client-ca-file'], deps);
  const { frontProxy } = options;
  const authenticator = createAuthenticator({
    frontProxy: frontProxy && { ...frontProxy, verifier: followedVerifier(frontProxy.ca, flags['requestheader-client-ca-file'], deps) },
    clients,
    lifetimes: certificateLifetimes(deps.metrics),
    tokens: authenticate,
    apiAudiences,
    log,
    anonymous: options.anonymous,
  });
  const published = {
    ...(options.clientCa === '' ? {} : { 'client-ca-file': options.clientCa }),
    ...(frontProxy === undefined
      ? {}
      : {
          'requestheader-allowed-names': JSON.stringify(frontProxy.allowedNames),
          'requestheader-client-ca-file': frontProxy.ca,
          'requestheader-extra-headers-prefix': JSON.stringify(frontProxy.extraHeaderPrefixes),
          'requestheader-group-headers': JSON.stringify(frontProxy.groupHeaders),
          'requestheader-uid-headers': JSON.stringify(frontProxy.uidHeaders),
          'requestheader-username-headers': JSON.stringify(frontProxy.userHeaders),
        }),
  };
  const known = options.anonymous.enabled && options.anonymous.conditions === undefined ? anonymous : undefined;
  return { authenticator, serviceAccounts, tokens: { ...serviceAccounts, authenticate, anonymous: known }, published };
}

/** A verifier of client certificates whose file of authorities, when it is one, may change. */
function followedVerifier(ca: string, path: string | undefined, { clock, log, signal }: AuthenticationDeps): CertificateVerifier {
  const verifier = new CertificateVerifier(ca === '' ? [] : [ca], clock);
  if (path !== undefined) void followFile({ path, text: ca, apply: (text) => verifier.renew([text]), clock, log, signal });
  return verifier;
}
