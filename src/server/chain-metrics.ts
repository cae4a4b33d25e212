import { type Distribution, exponential, type Family, type Metrics, once, type Value } from '../base/metrics.ts';
import type { Identity } from '../client/call.ts';
import type { Verdict } from './types.ts';

const seconds = exponential(0.001, 2, 15);
const filterSeconds = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 5, 10, 15, 30];
const named = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);
const groupOf = (user: string): string => (named.has(user) ? user : user.includes('@') ? 'email_id' : 'other');

/** What the chain's steps count, under upstream's names (k8s.io/apiserver endpoints/filters, endpoints/filterlatency). */
export class ChainMetrics {
  readonly #users: Family<Value>;
  readonly #attempts: Record<'success' | 'failure' | 'error', () => readonly [Value, Distribution]>;
  readonly #decisions: Record<'allowed' | 'denied' | 'no-opinion' | 'error', () => readonly [Value, Distribution]>;
  readonly #filters: Family<Distribution>;

  constructor(metrics: Metrics) {
    this.#users = metrics.counter('authenticated_user_requests', '[ALPHA] Requests by who asked, roughly', ['username']);
    const attempts = metrics.counter('authentication_attempts', '[ALPHA] Requests by whether their caller is known', ['result']);
    const authenticated = metrics.histogram('authentication_duration_seconds', '[ALPHA] Time until a caller was known', seconds, [
      'result',
    ]);
    const decisions = metrics.counter('authorization_attempts_total', '[ALPHA] Requests by what was decided', ['result']);
    const authorized = metrics.histogram('authorization_duration_seconds', '[ALPHA] Time until it was decided', seconds, ['result']);
    const of = (result: string) => once(() => [decisions.of(result), authorized.of(result)] as const);
    const attempt = (result: string) => once(() => [attempts.of(result), authenticated.of(result)] as const);
    this.#attempts = { success: attempt('success'), failure: attempt('failure'), error: attempt('error') };
    this.#decisions = { allowed: of('allowed'), denied: of('denied'), 'no-opinion': of('no-opinion'), error: of('error') };
    const help = '[ALPHA] Time that a step of the chain took';
    this.#filters = metrics.histogram('apiserver_request_filter_duration_seconds', help, filterSeconds, ['filter']);
  }
  /** undefined: nobody that is known. 'error': somebody whose credentials are wrong. */
  authenticated(identity: Identity | undefined | 'error', took: number): void {
    const isKnown = identity !== undefined && identity !== 'error';
    if (isKnown) this.#users.of(groupOf(identity.user)).add();
    const [count, times] = this.#attempts[isKnown ? 'success' : identity === 'error' ? 'error' : 'failure']();
    count.add();
    times.observe(took);
  }
  authorized({ decision, error }: Verdict, took: number): void {
    const result = decision === 'allow' ? 'allowed' : error !== undefined ? 'error' : decision === 'deny' ? 'denied' : 'no-opinion';
    const [count, times] = this.#decisions[result]();
    count.add();
    times.observe(took);
  }
  filtered(filter: string, took: number): void {
    this.#filters.of(filter).observe(took);
  }
}
