import { tooManyRequests } from '../api/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Identity } from '../client/call.ts';

export interface LimitOptions {
  /** Requests worked on at once; upstream's defaults are 400 reading and 200 changing. */
  readonly readingMax: number;
  readonly changingMax: number;
  /** Requests that may wait for their turn, for each of the two. */
  readonly waitingMax: number;
  readonly waitMs: number;
}
export const defaultLimits: LimitOptions = { readingMax: 400, changingMax: 200, waitingMax: 2_000, waitMs: 15_000 };

/** Requests in two classes, each with so many at once and a bounded queue; the rest is turned away with 429. */
export class Limiter {
  readonly reading: Turnstile;
  readonly changing: Turnstile;

  constructor(clock: Clock, options: LimitOptions = defaultLimits) {
    this.reading = new Turnstile(clock, options.readingMax, options);
    this.changing = new Turnstile(clock, options.changingMax, options);
  }
  /** Resolves with what must be called when the request is over. Administrators and the server itself are never turned away. */
  enter(verb: string, identity: Identity): Promise<() => void> | (() => void) {
    if (identity.groups.includes('system:masters')) return nothing;
    const reads = verb === 'get' || verb === 'list' || verb === 'head' || verb === 'watch';
    return (reads ? this.reading : this.changing).enter();
  }
}

const nothing = () => undefined;

class Turnstile {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #options: LimitOptions;
  #inside = 0;
  #waiting = new Set<() => void>();

  constructor(clock: Clock, max: number, options: LimitOptions) {
    this.#clock = clock;
    this.#max = max;
    this.#options = options;
  }
  get inside(): number {
    return this.#inside;
  }
  get waiting(): number {
    return this.#waiting.size;
  }
  enter(): Promise<() => void> | (() => void) {
    if (this.#inside < this.#max) {
      this.#inside++;
      return this.#exit();
    }
    if (this.#waiting.size >= this.#options.waitingMax) throw refusal();
    return new Promise((resolve, reject) => {
      const go = () => {
        timer.cancel();
        resolve(this.#exit());
      };
      const timer = this.#clock.setTimer(this.#options.waitMs, () => {
        this.#waiting.delete(go);
        reject(refusal());
      });
      this.#waiting.add(go);
    });
  }
  #exit(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const [next] = this.#waiting;
      if (next === undefined) this.#inside--;
      else {
        this.#waiting.delete(next);
        next();
      }
    };
  }
}

const refusal = () => tooManyRequests('The server has received too many requests and has asked us to try again later', 1);
