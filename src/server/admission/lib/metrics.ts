import type { Distribution, Family, Metrics, Value } from '../../../base/metrics.ts';
import type { Operation } from '../../types.ts';

/** 'validating' is what upstream calls a webhook's, 'validate' a plugin's. */
export type StepType = 'admit' | 'validate';
export type HookType = 'admit' | 'validating';

const steps = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const policies = [0.000_000_5, 0.001, 0.01, 0.1, 1];
const conditions = [0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25];
/** So that no webhook fills the memory with codes. */
const codeMax = 600;
const prefix = 'apiserver_admission_';

/** One plugin, or all of them, of one type: what it says of requests by their operation. */
export class StepObserver {
  readonly #family: Family<Distribution>;
  readonly #labels: readonly string[];
  readonly #known = new Map<Operation, readonly [accepted: Distribution, rejected: Distribution]>();

  constructor(family: Family<Distribution>, labels: readonly string[]) {
    this.#family = family;
    this.#labels = labels;
  }
  observe(operation: Operation, seconds: number, isRejected: boolean): void {
    let children = this.#known.get(operation);
    if (children === undefined) {
      const of = (rejected: string) => this.#family.of(...this.#labels, operation, rejected);
      children = [of('false'), of('true')];
      this.#known.set(operation, children);
    }
    children[isRejected ? 1 : 0].observe(seconds);
  }
}

/** How an error of a policy's expression is counted; its words tell. */
function errorTypeOf(message: string): string {
  if (message.startsWith('compilation')) return 'compile_error';
  if (message.startsWith('validation failed due to running out of cost budget')) return 'out_of_budget';
  return 'invalid_error';
}

/** What admission counts, under upstream's names (k8s.io/apiserver admission/metrics and those of its plugins). */
export class AdmissionMetrics {
  readonly #steps: Family<Distribution>;
  readonly #controllers: Family<Distribution>;
  readonly #hooks: Family<Distribution>;
  readonly #rejections: Family<Value>;
  readonly #failedOpen: Family<Value>;
  readonly #requests: Family<Value>;
  readonly #conditionErrors: Family<Value>;
  readonly #exclusions: Family<Value>;
  readonly #conditions: Family<Distribution>;
  readonly #checks: Family<Value>;
  readonly #checkTimes: Family<Distribution>;
  readonly #mutations: Family<Value>;
  readonly #mutationTimes: Family<Distribution>;

  constructor(metrics: Metrics) {
    const [step, hook] = [
      ['type', 'operation', 'rejected'],
      ['name', 'type', 'operation'],
    ];
    const condition = ['name', 'kind', 'type', 'operation'];
    const policy = ['policy', 'policy_binding', 'error_type'];
    const counter = (name: string, help: string, labels: readonly string[]) => metrics.counter(prefix + name, help, labels);
    const times = (name: string, help: string, bounds: readonly number[], labels: readonly string[]) =>
      metrics.histogram(prefix + name, help, bounds, labels);
    this.#steps = times('step_admission_duration_seconds', '[STABLE] Time of all plugins together', steps, step);
    this.#controllers = times('controller_admission_duration_seconds', '[STABLE] Time of a plugin', steps, ['name', ...step]);
    this.#hooks = times('webhook_admission_duration_seconds', '[STABLE] Time of a webhook', [...steps, 10, 25], ['name', ...step]);
    this.#rejections = counter('webhook_rejection_count', '[ALPHA] Requests refused by or for a webhook', [
      ...hook,
      'error_type',
      'rejection_code',
    ]);
    this.#failedOpen = counter('webhook_fail_open_count', '[ALPHA] Requests let in though a webhook failed', ['name', 'type']);
    this.#requests = counter('webhook_request_total', '[ALPHA] Calls of webhooks', [...hook, 'code', 'rejected']);
    this.#conditionErrors = counter('match_condition_evaluation_errors_total', '[ALPHA] Match conditions that failed', condition);
    this.#exclusions = counter('match_condition_exclusions_total', '[ALPHA] Requests left out by match conditions', condition);
    this.#conditions = times('match_condition_evaluation_seconds', '[ALPHA] Time of match conditions', conditions, condition);
    const [validating, mutating] = ['apiserver_validating_admission_policy_', 'apiserver_mutating_admission_policy_'];
    const enforced = [...policy, 'enforcement_action'];
    this.#checks = metrics.counter(`${validating}check_total`, '[BETA] What validations of policies led to', enforced);
    this.#checkTimes = metrics.histogram(`${validating}check_duration_seconds`, '[BETA] Time of validations', policies, enforced);
    this.#mutations = metrics.counter(`${mutating}check_total`, '[ALPHA] Mutations of policies', policy);
    this.#mutationTimes = metrics.histogram(`${mutating}check_duration_seconds`, '[ALPHA] Time of mutations', policies, policy);
  }
  step(type: StepType): StepObserver {
    return new StepObserver(this.#steps, [type]);
  }
  plugin(name: string, type: StepType): StepObserver {
    return new StepObserver(this.#controllers, [name, type]);
  }
  /** A webhook was called. `refused`: why the request is refused for it. `code`: HTTP's, 0 for none. */
  called(
    name: string,
    type: HookType,
    operation: Operation,
    seconds: number,
    code: number,
    refused?: 'calling_webhook_error' | 'apiserver_internal_error' | 'no_error',
  ): void {
    const bounded = String(Math.min(code, codeMax));
    const rejected = String(refused !== undefined);
    if (refused !== undefined) this.#rejections.of(name, type, operation, refused, bounded).add();
    this.#requests.of(name, type, operation, bounded, rejected).add();
    this.#hooks.of(name, type, operation, rejected).observe(seconds);
  }
  failedOpen(name: string, type: HookType): void {
    this.#failedOpen.of(name, type).add();
  }
  /** `type`: of webhooks HookType, of policies always 'validate'. */
  conditions(name: string, kind: 'webhook' | 'policy', type: HookType | 'validate', operation: Operation) {
    const labels = [name, kind, type, operation];
    return {
      evaluated: (seconds: number, errors: number, isExcluded: boolean) => {
        this.#conditions.of(...labels).observe(seconds);
        if (errors > 0) this.#conditionErrors.of(...labels).add(errors);
        if (isExcluded) this.#exclusions.of(...labels).add();
      },
    };
  }
  /** `error`: the words of what is wrong, for validations that do not hold too. */
  checked(policy: string, binding: string, action: 'allow' | 'deny' | 'audit' | 'warn', error: string, seconds: number): void {
    const labels = [policy, binding, errorTypeOf(error), action];
    this.#checks.of(...labels).add();
    this.#checkTimes.of(...labels).observe(seconds);
  }
  mutated(policy: string, binding: string, error: string | undefined, seconds: number): void {
    const labels = [policy, binding, error === undefined ? 'no_error' : errorTypeOf(error)];
    this.#mutations.of(...labels).add();
    this.#mutationTimes.of(...labels).observe(seconds);
  }
}
export type ConditionObserver = ReturnType<AdmissionMetrics['conditions']>;
