import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Metrics, Value } from '../../base/metrics.ts';
import type { Backend } from './backend.ts';
import type { Level, Policy } from './policy.ts';
import { type AuditEvent, AuditRecord, type RecordInput } from './record.ts';
import { truncated, type TruncateOptions } from './truncate.ts';

export interface AuditOutput {
  readonly backend: Backend;
  /** 'batch': nobody waits. 'blocking': answers wait. 'blocking-strict': what can't be written down at its start is refused. */
  readonly mode: 'batch' | 'blocking' | 'blocking-strict';
  readonly truncate?: TruncateOptions | undefined;
}
export interface AuditOptions {
  readonly policy: Policy;
  readonly outputs: readonly AuditOutput[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** What is counted of what is written down; told also where nothing is. */
const countersOf = (metrics: Metrics) => ({
  events: metrics.counter('apiserver_audit_event_total', '[ALPHA] Events written down').of(),
  rejected: metrics
    .counter('apiserver_audit_requests_rejected_total', '[ALPHA] Requests refused since they could not be written down')
    .of(),
});
export const collectAudit = (metrics: Metrics, audit: Audit | undefined): void => {
  const counters = countersOf(metrics);
  audit?.collect(metrics, counters);
};

/** Writes down who asked what, as a policy says (kubernetes.io/docs/tasks/debug/debug-cluster/audit). */
export class Audit {
  readonly #options: AuditOptions;
  readonly #errors = new Map<string, number>();
  #events = 0;
  #rejected = 0;
  readonly #levels = new Map<Level, number>();

  constructor(options: AuditOptions) {
    this.#options = options;
  }
  /** undefined: nothing is written down of this request. */
  begin(input: RecordInput): AuditRecord | undefined {
    const verdict = this.#options.policy(input.info, input.identity);
    this.#levels.set(verdict.level, (this.#levels.get(verdict.level) ?? 0) + 1);
    if (verdict.level === 'None') return undefined;
    return new AuditRecord(input, verdict, this.#options.clock, (event) => this.#take(event));
  }
  /** False: the request must not go on. */
  #take(event: AuditEvent): boolean {
    this.#events++;
    let mayGoOn = true;
    for (const { backend, mode, truncate } of this.#options.outputs) {
      const shown = truncate === undefined ? event : truncated(event, truncate);
      const kept = shown === undefined ? false : backend.take([shown]);
      if (kept === false) {
        this.lost(backend.name, 1);
        if (mode === 'blocking-strict' && event.stage === 'RequestReceived') mayGoOn = false;
      } else if (kept !== true) void kept.then((done) => void (done || this.lost(backend.name, 1)));
    }
    if (!mayGoOn) this.#rejected++;
    return mayGoOn;
  }
  lost(name: Backend['name'], count: number): void {
    this.#errors.set(name, (this.#errors.get(name) ?? 0) + count);
  }
  collect(metrics: Metrics, { events, rejected }: ReturnType<typeof countersOf>): void {
    const errors = metrics.counter('apiserver_audit_error_total', '[ALPHA] Events that were lost', ['plugin']);
    const levels = metrics.counter('apiserver_audit_level_total', '[ALPHA] Requests by the level of detail', ['level']);
    const show = (value: Value, count: number) => value.set(count);
    metrics.collect(() => {
      show(events, this.#events);
      show(rejected, this.#rejected);
      for (const [name, count] of this.#errors) show(errors.of(name), count);
      for (const [level, count] of this.#levels) show(levels.of(level), count);
    });
  }
  async close(): Promise<void> {
    await Promise.all(this.#options.outputs.map(({ backend }) => backend.close()));
  }
}
