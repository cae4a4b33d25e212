import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { commonBounds, type Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import { fieldError } from '../../api/status.ts';
import { assertValid, joinErrors } from '../lib/configuration.ts';
import { followFile, RetryLater } from '../lib/followed-file.ts';
import { hashLabel, reloadObserver } from '../lib/reload-metrics.ts';
import { Remote } from '../lib/remote.ts';
import type { TokenAuthenticator } from '../types.ts';
import { audienceAgnostic } from './audiences.ts';
import {
  type AuthenticationConfiguration,
  type CompiledJwt,
  compileAuthentication,
  parseAuthenticationConfiguration,
} from './authentication-configuration.ts';
import { JwtAuthenticator } from './jwt-authenticator.ts';
import { KeySetMetrics } from './metrics.ts';
import { cachedTokens } from './token-cache.ts';

export interface JwtIssuersOptions {
  readonly configuration: AuthenticationConfiguration;
  /** Where the configuration was read from, to be followed. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  readonly algorithms: readonly string[];
  readonly apiAudiences: readonly string[];
  /** Issuers of service account tokens: nobody else may be. */
  readonly disallowed: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly metrics: Metrics;
  readonly apiServerId: string;
}
/** Upstream's TokenSuccessCacheTTL. */
const rememberedMs = 10_000;
/** Requests that are under way may still need the old issuers. */
const retireMs = 60_000;
const healthLimitMs = 60_000;

/** One set of issuers: in force until another takes its place. */
class Issuers {
  readonly authenticators: readonly JwtAuthenticator[];
  readonly authenticate: TokenAuthenticator;
  readonly #stop = new AbortController();
  readonly #remotes: readonly Remote[];

  constructor(compiled: readonly CompiledJwt[], options: JwtIssuersOptions, keys: KeySetMetrics) {
    const { clock, random, log, algorithms, metrics } = options;
    const latencies = metrics.histogram(
      'apiserver_authentication_jwt_authenticator_latency_seconds',
      '[ALPHA] Time that a token of an issuer takes',
      [0.001, ...commonBounds],
      ['result', 'jwt_issuer_hash'],
    );
    const issuers = compiled.map(({ config }) => hashLabel(config.issuer.url));
    const signal = AbortSignal.any([options.signal, this.#stop.signal]);
    this.#remotes = compiled.map(({ config }) => new Remote({ clock, ca: config.issuer.certificateAuthority || undefined }));
    this.authenticators = compiled.map(
      (jwt, index) =>
        new JwtAuthenticator(jwt, {
          remote: this.#remotes[index]!,
          algorithms,
          clock,
          log,
          signal,
          keysFetched: (document) => void (signal.aborted || keys.fetched(jwt.config.issuer.url, document)),
        }),
    );
    const anyIssuer = audienceAgnostic(options.apiAudiences, async (token) => {
      for (const [index, one] of this.authenticators.entries()) {
        const startMs = clock.monotonic();
        const told = (result: string) => latencies.of(result, issuers[index]!).observe((clock.monotonic() - startMs) / 1000);
        const identity = await one.authenticate(token).catch((error: unknown) => {
          told('failure');
          throw error;
        });
        if (identity === undefined) continue;
        told('success');
        return identity;
      }
      return undefined;
    });
    this.authenticate = cachedTokens(anyIssuer, { clock, random, successMs: rememberedMs, failureMs: 0, metrics });
  }
  get urls(): readonly string[] {
    return this.authenticators.map(({ provider }) => provider.issuer);
  }
  get failures(): readonly string[] {
    return this.authenticators.flatMap(({ provider }) => provider.failure ?? []);
  }
  stop(): void {
    this.#stop.abort(new Error('other issuers are in force'));
    for (const remote of this.#remotes) remote.close();
  }
}

/**
 * Knows the ID tokens of the configured issuers (--oidc-*, --authentication-config). A file is followed: new issuers take over once all of them
 * can be reached. Throws Error for a configuration that is not valid.
 */
export function createJwtAuthenticator(options: JwtIssuersOptions): TokenAuthenticator {
  const { configuration, file, disallowed, clock, log, signal, metrics, apiServerId } = options;
  const compiled = compileAuthentication(configuration, disallowed);
  assertValid(compiled.errors, 'invalid authentication configuration: ');
  const keys = new KeySetMetrics(metrics, clock, apiServerId);
  let current = new Issuers(compiled.jwt, options, keys);
  const apply = async (text: string) => {
    const next = parseAuthenticationConfiguration(text);
    const { jwt, errors } = compileAuthentication(next, disallowed);
    const changed = isDeepStrictEqual(next.anonymous, configuration.anonymous)
      ? []
      : [fieldError.forbidden('anonymous', 'changed from initial configuration file')];
    assertValid([...errors, ...changed]);
    const candidate = new Issuers(jwt, options, keys);
    const late = clock.sleep(healthLimitMs, signal).catch(() => undefined);
    await Promise.race([Promise.all(candidate.authenticators.map(({ provider }) => provider.found)), late]);
    if (candidate.failures.length > 0) {
      candidate.stop();
      throw new RetryLater(joinErrors(candidate.failures));
    }
    const old = current;
    current = candidate;
    void clock
      .sleep(retireMs, signal)
      .catch(() => undefined)
      .then(() => {
        old.stop();
        for (const url of old.urls) if (!current.urls.includes(url)) keys.forget(url);
      });
  };
  if (file !== undefined) {
    const observer = reloadObserver(metrics, 'authentication', apiServerId, clock, file.text);
    void followFile({ ...file, apply, clock, log, signal, observer });
  }
  signal.addEventListener('abort', () => current.stop(), { once: true });
  return (token, audiences) => current.authenticate(token, audiences);
}
