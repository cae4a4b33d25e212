import type { Clock } from '../../base/clock.ts';
import { Batches, type BatchOptions } from '../lib/batches.ts';
import type { Backend } from './backend.ts';
import type { AuditEvent } from './record.ts';

/** Hands events on in batches, so that no request waits for them (plugin/pkg/audit/buffered). */
export class BatchBackend implements Backend {
  readonly #behind: Backend;
  readonly #batches: Batches<AuditEvent>;

  constructor(behind: Backend, options: BatchOptions, clock: Clock, lost: (count: number) => void) {
    this.#behind = behind;
    this.#batches = new Batches((events) => behind.take(events), options, clock, lost);
  }
  get name(): Backend['name'] {
    return this.#behind.name;
  }
  take(events: readonly AuditEvent[]): boolean {
    this.#batches.take(events);
    // Upstream takes what it loses for done.
    return true;
  }
  async close(): Promise<void> {
    await this.#batches.close();
    await this.#behind.close();
  }
}
