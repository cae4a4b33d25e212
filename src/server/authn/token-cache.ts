import { createHmac } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { commonBounds, type Distribution, type Family, type Metrics, type Value } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import { ExpiringCache } from '../../base/expiring-cache.ts';
import type { AuthenticatedToken, TokenAuthenticator } from '../types.ts';

export interface TokenCacheOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly successMs: number;
  /** 0: what is refused is asked for again each time. */
  readonly failureMs: number;
  /** Default true: a reason to refuse is remembered as a refusal without one is. */
  readonly remembersErrors?: boolean;
  readonly metrics: Metrics;
}
type Outcome = { readonly found: AuthenticatedToken | undefined } | { readonly error: unknown };

const cachedMax = 16_384;

/**
 * Remembers verdicts about tokens for a while, and asks once when several wait for the same. Tokens are kept as keyed hashes, so that
 * memory holds none.
 */
export function cachedTokens(
  authenticate: TokenAuthenticator,
  { clock, random, successMs, failureMs, remembersErrors = true, metrics }: TokenCacheOptions,
): TokenAuthenticator {
  const cache = new ExpiringCache<Outcome>(clock, cachedMax);
  const asking = new Map<string, Promise<Outcome>>();
  const stats = new TokenCacheStats(metrics);
  const secret = random.uuid() + random.uuid();
  const ask = async (key: string, token: string, audiences: readonly string[]): Promise<Outcome> => {
    let outcome: Outcome;
    stats.fetching.add();
    try {
      outcome = { found: await authenticate(token, audiences) };
    } catch (error) {
      outcome = { error };
    }
    const isGood = 'found' in outcome && outcome.found !== undefined;
    if (remembersErrors || 'found' in outcome) cache.set(key, outcome, isGood ? successMs : failureMs);
    asking.delete(key);
    stats.fetching.add(-1);
    stats.fetched('found' in outcome);
    return outcome;
  };
  return async (token, audiences) => {
    const key = createHmac('sha256', secret)
      .update(JSON.stringify([token, ...audiences]))
      .digest('base64');
    const startMs = clock.monotonic();
    const kept = cache.get(key);
    let pending: Outcome | Promise<Outcome> | undefined = kept ?? asking.get(key);
    if (pending === undefined) {
      pending = ask(key, token, audiences);
      asking.set(key, pending);
    }
    if (kept === undefined) stats.blocked.add();
    const outcome = await pending;
    if (kept === undefined) stats.blocked.add(-1);
    stats.requested(kept !== undefined, (clock.monotonic() - startMs) / 1000);
    if ('error' in outcome) throw outcome.error;
    return outcome.found;
  };
}

/** As upstream counts (k8s.io/apiserver authentication/token/cache). */
class TokenCacheStats {
  readonly #requests: Family<Value>;
  readonly #durations: Family<Distribution>;
  readonly #fetches: Family<Value>;
  readonly fetching: Value;
  readonly blocked: Value;

  constructor(metrics: Metrics) {
    const prefix = 'authentication_token_cache_';
    const labels = ['status'];
    this.#requests = metrics.counter(`${prefix}request_total`, '[ALPHA] Tokens that were asked about', labels);
    this.#durations = metrics.histogram(`${prefix}request_duration_seconds`, '[ALPHA] Time until it was known', commonBounds, labels);
    this.#fetches = metrics.counter(`${prefix}fetch_total`, '[ALPHA] Tokens that were looked into', labels);
    const active = metrics.gauge(`${prefix}active_fetch_count`, '[ALPHA] Tokens that are being looked into', labels);
    this.fetching = active.of('in_flight');
    this.blocked = active.of('blocked');
  }
  requested(isHit: boolean, seconds: number): void {
    const status = isHit ? 'hit' : 'miss';
    this.#requests.of(status).add();
    this.#durations.of(status).observe(seconds);
  }
  fetched(isGood: boolean): void {
    this.#fetches.of(isGood ? 'ok' : 'error').add();
  }
}
