import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { Remote } from '../lib/remote.ts';
import type { RemoteTarget } from '../lib/remote-kubeconfig.ts';
import type { Backend } from './backend.ts';
import { type AuditEvent, eventText } from './record.ts';

export interface WebhookOptions {
  readonly target: RemoteTarget;
  readonly initialBackoffMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** No more tries from then on. */
  readonly signal: AbortSignal;
}

const timeoutMs = 30_000;
const tries = 5;
const factor = 1.5;
const jitter = 0.2;

/** Posts events to a service, as an EventList of audit.k8s.io/v1; again for a while when it does not take them. */
export class WebhookBackend implements Backend {
  readonly name = 'webhook';
  readonly #options: WebhookOptions;
  readonly #remote: Remote;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#remote = new Remote({ ...options.target, clock: options.clock });
  }
  async take(events: readonly AuditEvent[]): Promise<boolean> {
    const items = events.map((event) => eventText(event)).join(',');
    const body = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${items}]}`;
    const { clock, random, log, initialBackoffMs, signal, target } = this.#options;
    let waitMs = initialBackoffMs;
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#remote.request({ method: 'POST', url: target.url, body, timeoutMs }).then(
        ({ code, text }) => (code >= 200 && code < 300 ? undefined : `status ${code}: ${text.slice(0, 200)}`),
        (error: Error) => error.message,
      );
      if (failure === undefined) return true;
      if (attempt >= tries || signal.aborted) {
        log.error('the audit webhook did not take events', { count: events.length, reason: failure });
        return false;
      }
      await clock.sleep(waitMs * (1 + random.next() * jitter), signal).catch(() => undefined);
      waitMs *= factor;
    }
  }
  async close(): Promise<void> {
    this.#remote.close();
  }
}
