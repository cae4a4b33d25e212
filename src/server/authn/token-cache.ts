import { createHmac } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
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
}
type Outcome = { readonly found: AuthenticatedToken | undefined } | { readonly error: unknown };

const cachedMax = 16_384;

/**
 * Remembers verdicts about tokens for a while, and asks once when several wait for the same. Tokens are kept as keyed hashes, so that
 * memory holds none.
 */
export function cachedTokens(
  authenticate: TokenAuthenticator,
  { clock, random, successMs, failureMs, remembersErrors = true }: TokenCacheOptions,
): TokenAuthenticator {
  const cache = new ExpiringCache<Outcome>(clock, cachedMax);
  const asking = new Map<string, Promise<Outcome>>();
  const secret = random.uuid() + random.uuid();
  const ask = async (key: string, token: string, audiences: readonly string[]): Promise<Outcome> => {
    let outcome: Outcome;
    try {
      outcome = { found: await authenticate(token, audiences) };
    } catch (error) {
      outcome = { error };
    }
    const isGood = 'found' in outcome && outcome.found !== undefined;
    if (remembersErrors || 'found' in outcome) cache.set(key, outcome, isGood ? successMs : failureMs);
    asking.delete(key);
    return outcome;
  };
  return async (token, audiences) => {
    const key = createHmac('sha256', secret)
      .update(JSON.stringify([token, ...audiences]))
      .digest('base64');
    let pending: Outcome | Promise<Outcome> | undefined = cache.get(key) ?? asking.get(key);
    if (pending === undefined) {
      pending = ask(key, token, audiences);
      asking.set(key, pending);
    }
    const outcome = await pending;
    if ('error' in outcome) throw outcome.error;
    return outcome.found;
  };
}
