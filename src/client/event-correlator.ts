import { setLatest } from '../base/latest.ts';
import type { Clock } from '../base/clock.ts';

/** The fields of a core Event that decide whether two of them say the same. */
export interface EventFacts {
  /** Component, host and object: what floods are counted by. */
  readonly source: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}
export interface Correlated {
  /** Events of one key are one object on the server. */
  readonly key: string;
  readonly message: string;
}

const longestMemory = 4096;
const distinctMessages = 10;
const similarForMs = 600_000;
const burst = 25;
const perSecond = 1 / 300;

/** A map that forgets what was used longest ago. */
export class RecentMap<V> {
  readonly #entries = new Map<string, V>();
  readonly #bound: number;
  constructor(bound: number) {
    this.#bound = bound;
  }
  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }
  set(key: string, value: V): void {
    setLatest(this.#entries, key, value, this.#bound);
  }
  delete(key: string): void {
    this.#entries.delete(key);
  }
}

/**
 * Decides what becomes of an event, as client-go's correlator with its default limits: 25 at once and one every five
 * minutes per source and object; from the tenth message of one reason within ten minutes on, they are combined into one.
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #similar = new RecentMap<{ readonly messages: Set<string>; lastMs: number }>(longestMemory);
  readonly #buckets = new RecentMap<{ tokens: number; filledMs: number }>(longestMemory);

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  /** Undefined: drop it. */
  correlate(event: EventFacts): Correlated | undefined {
    const nowMs = this.#clock.monotonic();
    const group = JSON.stringify([event.source, event.type, event.reason]);
    const combined = this.#countSimilar(group, event.message, nowMs);
    if (!this.#takeToken(JSON.stringify([event.source, event.type]), nowMs)) return undefined;
    if (combined) return { key: group, message: `(combined from similar events): ${event.message}` };
    return { key: JSON.stringify([group, event.message]), message: event.message };
  }
  #countSimilar(group: string, message: string, nowMs: number): boolean {
    let record = this.#similar.get(group);
    if (record === undefined || nowMs - record.lastMs > similarForMs) record = { messages: new Set(), lastMs: nowMs };
    record.messages.add(message);
    record.lastMs = nowMs;
    this.#similar.set(group, record);
    if (record.messages.size < distinctMessages) return false;
    record.messages.delete(record.messages.values().next().value!);
    return true;
  }
  #takeToken(source: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(source) ?? { tokens: burst, filledMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.filledMs) / 1000) * perSecond);
    bucket.filledMs = nowMs;
    this.#buckets.set(source, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
