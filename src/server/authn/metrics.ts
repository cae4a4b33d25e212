import type { Clock } from '../../base/clock.ts';
import type { Distribution, Family, Metrics, Value } from '../../base/metrics.ts';
import { hashLabel } from '../lib/reload-metrics.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const lifetimes = [
  0,
  30 * minute,
  ...[1, 2, 6, 12].map((count) => count * hour),
  ...[1, 2, 4, 7, 30, 90, 180, 360].map((count) => count * day),
];

/** How long client certificates that are shown still last (k8s.io/apiserver authentication/request/x509). */
export const certificateLifetimes = (metrics: Metrics): Distribution =>
  metrics
    .histogram(
      'apiserver_client_certificate_expiration_seconds',
      '[ALPHA] How long client certificates that are shown still last',
      lifetimes,
    )
    .of();

/** What service account tokens are shown, under upstream's names (pkg/serviceaccount/metrics.go). */
export class TokenMetrics {
  /** Bound tokens that last longer than was asked for: used before and after the time that was. */
  readonly valid: Value;
  readonly stale: Value;
  /** Tokens of secrets: all, those somebody made, those that were made for him, and those among them that no longer count. */
  readonly legacy: Value;
  readonly legacyManual: Value;
  readonly legacyAuto: Value;
  readonly legacyInvalid: Value;

  constructor(metrics: Metrics) {
    const counter = (name: string, help: string) => metrics.counter(`serviceaccount_${name}`, `[ALPHA] ${help}`).of();
    this.valid = counter('valid_tokens_total', 'Bound tokens used in the time that was asked for');
    this.stale = counter('stale_tokens_total', 'Bound tokens used after the time that was asked for');
    this.legacy = counter('legacy_tokens_total', 'Tokens of secrets that were used');
    this.legacyManual = counter('legacy_manual_token_uses_total', 'Tokens of secrets that somebody made');
    this.legacyAuto = counter('legacy_auto_token_uses_total', 'Tokens of secrets that were made for service accounts');
    this.legacyInvalid = counter('invalid_legacy_auto_token_uses_total', 'Tokens of secrets that no longer count');
  }
}

const jwks = 'apiserver_authentication_jwt_authenticator_jwks_fetch_last_';

/** How the keys of issuers of ID tokens were fetched last, under upstream's names (plugin/pkg/authenticator/token/oidc/metrics.go). */
export class KeySetMetrics {
  readonly #clock: Clock;
  readonly #id: string;
  readonly #times: Family<Value>;
  readonly #info: Family<Value>;
  readonly #hashes = new Map<string, string>();

  constructor(metrics: Metrics, clock: Clock, apiServerId: string) {
    this.#clock = clock;
    this.#id = hashLabel(apiServerId);
    const place = ['jwt_issuer_hash', 'apiserver_id_hash'];
    this.#times = metrics.gauge(`${jwks}timestamp_seconds`, '[ALPHA] When keys of an issuer were fetched last', ['result', ...place]);
    this.#info = metrics.gauge(`${jwks}key_set_info`, '[ALPHA] The keys of an issuer that were fetched last', [...place, 'hash']);
  }
  /** `document` undefined: they could not be had. */
  fetched(issuer: string, document: string | undefined): void {
    const of = hashLabel(issuer);
    this.#times.of(document === undefined ? 'failure' : 'success', of, this.#id).set(this.#clock.now() / 1000);
    if (document === undefined) return;
    this.#forgetKeys(of);
    const hash = hashLabel(document);
    this.#hashes.set(of, hash);
    this.#info.of(of, this.#id, hash).set(1);
  }
  /** An issuer is no longer one. */
  forget(issuer: string): void {
    const of = hashLabel(issuer);
    this.#forgetKeys(of);
    for (const result of ['success', 'failure']) this.#times.delete(result, of, this.#id);
  }
  #forgetKeys(of: string): void {
    const hash = this.#hashes.get(of);
    if (hash !== undefined) this.#info.delete(of, this.#id, hash);
    this.#hashes.delete(of);
  }
}
