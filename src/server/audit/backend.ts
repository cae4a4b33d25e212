import type { AuditEvent } from './record.ts';

/** Where events go. `take` gives false for what could not be kept; a promise only where it may be waited for. */
export interface Backend {
  readonly name: 'log' | 'webhook';
  take(events: readonly AuditEvent[]): boolean | Promise<boolean>;
  /** Resolves when everything that was taken is kept. */
  close(): Promise<void>;
}
