import { type Entry, entryIn } from '../lib/entries.ts';
import { compactVerify, importJWK, type JWK } from 'jose';
import { goQuote } from '../../api/go-text.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Remote } from '../lib/remote.ts';
import { parseJwt } from './jwt.ts';

export interface ProviderOptions {
  readonly issuer: string;
  /** Where its discovery document is, when that is not below the issuer's URL. */
  readonly discoveryUrl?: string | undefined;
  /** A token must be made for one of them. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly remote: Remote;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told whenever the keys are fetched: the document, or undefined when it can't be had. */
  readonly keysFetched?: ((document: string | undefined) => void) | undefined;
}
export type Claims = Readonly<Record<string, unknown>>;

const requestTimeoutMs = 30_000;
const retryMs = 10_000;
const leewayMs = 60_000;
/** Keys count as old this long before they expire. */
const keysExpiryMs = 30_000;

const quotedList = (values: readonly string[]) => `[${values.map(goQuote).join(' ')}]`;

/** The keys that a provider publishes, fetched again when a token is signed by one that is not among them. */
class KeySet {
  readonly #url: string;
  readonly #options: ProviderOptions;
  #keys: readonly JWK[] = [];
  #untilMs = 0;
  #fetching: Promise<readonly JWK[]> | undefined;

  constructor(url: string, options: ProviderOptions) {
    this.#url = url;
    this.#options = options;
  }
  /** Throws Error unless one of the keys signed the token. */
  async verify(token: string, algorithm: string, keyId: string | undefined): Promise<void> {
    if (await this.#signed(this.#keys, token, algorithm, keyId)) return;
    if (this.#options.clock.now() + keysExpiryMs <= this.#untilMs) throw new Error('failed to verify id token signature');
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    const keys = await this.#fetching.catch((error: Error) => {
      throw new Error(`fetching keys ${error.message}`);
    });
    if (!(await this.#signed(keys, token, algorithm, keyId))) throw new Error('failed to verify id token signature');
  }
  async #signed(keys: readonly JWK[], token: string, algorithm: string, keyId: string | undefined): Promise<boolean> {
    for (const key of keys) {
      if (keyId !== undefined && keyId !== '' && key.kid !== keyId) continue;
      try {
        await compactVerify(token, await importJWK(key, algorithm), { algorithms: [algorithm] });
        return true;
      } catch {
        // Another key may fit.
      }
    }
    return false;
  }
  async #fetch(): Promise<readonly JWK[]> {
    const { keysFetched } = this.#options;
    let document: string | undefined;
    try {
      document = await this.#read();
      return this.#keys;
    } finally {
      keysFetched?.(document);
    }
  }
  /** Gives the document. */
  async #read(): Promise<string> {
    const { remote, clock } = this.#options;
    const answer = await remote.request({ method: 'GET', url: this.#url, timeoutMs: requestTimeoutMs }).catch((error: Error) => {
      throw new Error(`oidc: get keys failed ${error.message}`);
    });
    if (answer.code !== 200) throw new Error(`oidc: get keys failed: ${answer.code} ${answer.text}`);
    let keys: unknown;
    try {
      keys = entryIn(JSON.parse(answer.text)).keys;
    } catch (error) {
      throw new Error(`oidc: failed to decode keys: ${(error as Error).message} ${answer.text}`);
    }
    this.#keys = Array.isArray(keys) ? (keys as readonly JWK[]) : [];
    const control = String(answer.headers['cache-control'] ?? '');
    const [, seconds] = /no-store|no-cache/.test(control) ? [] : (/max-age=(\d+)/.exec(control) ?? []);
    this.#untilMs = clock.now() + Number(seconds ?? 0) * 1000;
    return answer.text;
  }
}

/** An issuer of ID tokens (OpenID Connect Core 1.0): finds its keys by discovery, in the background, and checks tokens with them. */
export class OidcProvider {
  readonly #options: ProviderOptions;
  #keys: KeySet | undefined;
  #failure: string;
  /** Settles once the issuer was found, or the signal aborted. */
  readonly found: Promise<void>;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#failure = `oidc: authenticator for issuer ${goQuote(options.issuer)} is not initialized`;
    this.found = this.#discover();
  }
  get issuer(): string {
    return this.#options.issuer;
  }
  /** Why it can't be used yet; undefined when it can. */
  get failure(): string | undefined {
    return this.#keys === undefined ? this.#failure : undefined;
  }
  async #discover(): Promise<void> {
    const { clock, log, signal, issuer } = this.#options;
    while (!signal.aborted) {
      try {
        this.#keys = new KeySet(await this.#keySetUrl(), this.#options);
        return;
      } catch (error) {
        this.#failure = (error as Error).message;
        log.error('an issuer of ID tokens cannot be used yet', { issuer, error: this.#failure });
      }
      await clock.sleep(retryMs, signal).catch(() => undefined);
    }
  }
  async #keySetUrl(): Promise<string> {
    const { issuer, discoveryUrl, remote } = this.#options;
    const url = discoveryUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const answer = await remote.request({ method: 'GET', url, timeoutMs: requestTimeoutMs });
    if (answer.code !== 200) throw new Error(`${answer.code}: ${answer.text}`);
    let document: Entry;
    try {
      document = entryIn(JSON.parse(answer.text));
    } catch (error) {
      throw new Error(`oidc: failed to decode provider discovery object: ${(error as Error).message}`);
    }
    if (document.issuer !== issuer) {
      const got = goQuote(String(document.issuer ?? ''));
      throw new Error(`oidc: issuer did not match the issuer returned by provider, expected ${goQuote(issuer)} got ${got}`);
    }
    if (typeof document.jwks_uri !== 'string' || document.jwks_uri === '') throw new Error('provider did not return JWKS URL');
    return document.jwks_uri;
  }
  /** The claims of a token of this issuer. Throws Error with what is wrong with it. */
  async verify(token: string): Promise<Claims> {
    if (this.#keys === undefined) throw new Error('oidc: authenticator not initialized');
    const jwt = parseJwt(token);
    if (jwt === undefined) throw new Error('oidc: malformed jwt');
    const { algorithms, audiences, issuer, clock } = this.#options;
    const algorithm = String(jwt.header.alg ?? '');
    if (!algorithms.includes(algorithm)) {
      const allowed = quotedList(algorithms);
      throw new Error(`oidc: id token signed with unsupported algorithm, expected ${allowed} got ${goQuote(algorithm)}`);
    }
    const { kid } = jwt.header;
    await this.#keys.verify(token, algorithm, typeof kid === 'string' ? kid : undefined).catch((error: Error) => {
      throw new Error(`failed to verify signature: ${error.message}`);
    });
    checkClaims(jwt.claims, issuer, audiences, clock.now());
    return jwt.claims;
  }
}

/** Google's tokens may leave the scheme out. */
export const issuerOf = ({ iss }: Claims): string => (iss === 'accounts.google.com' ? 'https://accounts.google.com' : String(iss ?? ''));

/** Issuer, audience and times (OpenID Connect Core 1.0, 3.1.3.7). */
function checkClaims(claims: Claims, issuer: string, audiences: readonly string[], nowMs: number): void {
  if (issuerOf(claims) !== issuer)
    throw new Error(`oidc: id token issued by a different provider, expected ${goQuote(issuer)} got ${goQuote(String(claims.iss ?? ''))}`);
  const made = typeof claims.aud === 'string' ? [claims.aud] : Array.isArray(claims.aud) ? claims.aud.map(String) : [];
  if (!made.some((audience) => audiences.includes(audience))) {
    const wanted = audiences.length === 1 ? goQuote(audiences[0]!) : quotedList([...audiences].sort());
    throw new Error(`oidc: expected audience ${audiences.length === 1 ? '' : 'in '}${wanted} got ${quotedList(made)}`);
  }
  const timeMs = (value: unknown) => (typeof value === 'number' ? Math.trunc(value) * 1000 : 0);
  const shown = (ms: number) =>
    new Date(ms)
      .toISOString()
      .replace('T', ' ')
      .replace(/\.\d+Z$/, ' +0000 UTC');
  if (timeMs(claims.exp) < nowMs) throw new Error(`oidc: token is expired (Token Expiry: ${shown(timeMs(claims.exp))})`);
  if (claims.nbf !== undefined && nowMs + leewayMs < timeMs(claims.nbf))
    throw new Error(`oidc: current time ${shown(nowMs)} before the nbf (not before) time: ${shown(timeMs(claims.nbf))}`);
}
