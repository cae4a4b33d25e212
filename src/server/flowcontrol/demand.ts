/** What is known of the seats that a priority level wanted since it was last asked, weighted by time. */
export interface Demand {
  readonly average: number;
  readonly deviation: number;
  readonly highest: number;
  readonly seconds: number;
}

export class DemandIntegrator {
  readonly #now: () => number;
  #last: number;
  #value = 0;
  #highest = 0;
  #seconds = 0;
  #integral = 0;
  #squares = 0;

  /** `now` in seconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#last = now();
  }
  set(value: number): void {
    if (value === this.#value) return;
    this.#advance();
    this.#value = value;
    if (value > this.#highest) this.#highest = value;
  }
  #advance(): void {
    const now = this.#now();
    const passed = now - this.#last;
    this.#last = now;
    this.#seconds += passed;
    this.#integral += passed * this.#value;
    this.#squares += passed * this.#value * this.#value;
  }
  /** Begins anew. */
  reset(): Demand {
    this.#advance();
    const average = this.#seconds > 0 ? this.#integral / this.#seconds : 0;
    const variance = this.#seconds > 0 ? this.#squares / this.#seconds - average * average : 0;
    const demand = { average, deviation: Math.sqrt(Math.max(variance, 0)), highest: this.#highest, seconds: this.#seconds };
    this.#highest = this.#value;
    this.#seconds = this.#integral = this.#squares = 0;
    return demand;
  }
}

const smoothing = 0.977;

/** Rises at once, falls slowly. */
export function smoothed(before: number, { average, deviation, seconds }: Demand): number {
  if (seconds <= 0) return before;
  const envelope = average + deviation;
  return Math.max(envelope, smoothing * before + (1 - smoothing) * envelope);
}
