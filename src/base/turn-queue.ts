import { jobsDone, nextTurn, sliceMs } from './turn.ts';

/**
 * Pieces of work that share the event loop: each waits here before it begins. They go in the order in which they came, as many in one
 * turn as fit into a slice; a turn that input has filled is not made longer by them.
 */
export class TurnQueue {
  readonly #clock: { monotonic(): number };
  #waiting: (() => void)[] = [];
  #running = false;

  constructor(clock: { monotonic(): number }) {
    this.#clock = clock;
  }
  /** Resolves when the work may begin; what it does until it first waits for something else counts. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#running) void this.#run();
    });
  }
  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await nextTurn();
      const startedMs = this.#clock.monotonic();
      const here = this.#waiting;
      let count = 0;
      while (count < here.length && this.#clock.monotonic() - startedMs < sliceMs) {
        here[count++]!();
        await jobsDone();
      }
      this.#waiting = here.slice(count);
    }
    this.#running = false;
  }
}
