import { commonBounds, type Distribution, type Family, type Metrics, type Value } from '../../base/metrics.ts';
import type { Verdict } from '../types.ts';

const prefix = 'apiserver_authorization_';
const conditionSeconds = [0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25];

/** What authorizers count, under upstream's names (k8s.io/apiserver authorization/metrics, authorization/cel, plugin/pkg/authorizer/webhook/metrics). */
export class AuthorizationMetrics {
  readonly #decisions: Family<Value>;
  readonly #evaluations: Family<Value>;
  readonly #durations: Family<Distribution>;
  readonly #failedOpen: Family<Value>;
  readonly #errors: Family<Value>;
  readonly #exclusions: Family<Value>;
  readonly #conditions: Family<Distribution>;

  constructor(metrics: Metrics) {
    const [mode, hook] = [
      ['type', 'name'],
      ['name', 'result'],
    ];
    const counter = (name: string, help: string, labels: readonly string[]) => metrics.counter(prefix + name, `[ALPHA] ${help}`, labels);
    this.#decisions = counter('decisions_total', 'What authorizers decided', [...mode, 'decision']);
    this.#evaluations = counter('webhook_evaluations_total', 'Calls of webhooks', hook);
    this.#durations = metrics.histogram(`${prefix}webhook_duration_seconds`, '[ALPHA] Time of calls of webhooks', commonBounds, hook);
    this.#failedOpen = counter('webhook_evaluations_fail_open_total', 'Calls of webhooks that failed, and were passed over', hook);
    this.#errors = counter('match_condition_evaluation_errors_total', 'Match conditions that failed', mode);
    this.#exclusions = counter('match_condition_exclusions_total', 'Requests that match conditions left out', mode);
    const help = '[ALPHA] Time of match conditions';
    this.#conditions = metrics.histogram(`${prefix}match_condition_evaluation_seconds`, help, conditionSeconds, mode);
  }
  decided(type: string, name: string, { decision }: Verdict): void {
    if (decision !== 'noOpinion') this.#decisions.of(type, name, decision === 'allow' ? 'allowed' : 'denied').add();
  }
  /** `result`: 'success', 'error', 'timeout' or 'canceled'. */
  asked(name: string, result: string, seconds: number, isFailedOpen: boolean): void {
    this.#evaluations.of(name, result).add();
    this.#durations.of(name, result).observe(seconds);
    if (isFailedOpen) this.#failedOpen.of(name, result).add();
  }
  conditions(name: string, seconds: number, outcome: 'held' | 'excluded' | 'error'): void {
    this.#conditions.of('Webhook', name).observe(seconds);
    if (outcome === 'error') this.#errors.of('Webhook', name).add();
    if (outcome === 'excluded') this.#exclusions.of('Webhook', name).add();
  }
}
