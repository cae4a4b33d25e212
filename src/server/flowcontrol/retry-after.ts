/** What clients that were turned away are told to wait: longer while more of them come (dropped_requests_tracker.go upstream). */
const longestSeconds = 32;

export class RetryAfter {
  #seconds = 1;
  #updatedAt = 0;
  #current = { second: 0, count: 0 };
  #history: { readonly second: number; readonly count: number }[] = [];

  get seconds(): number {
    return this.#seconds;
  }
  /** `second`: of the epoch. */
  dropped(second: number): void {
    if (this.#current.second === second) {
      this.#current.count++;
      return;
    }
    this.#history.push(this.#current);
    const keep = Math.min(2 * this.#seconds, longestSeconds);
    const { second: newest } = this.#current;
    this.#history = this.#history.filter((one) => newest - one.second <= keep);
    this.#current = { second, count: 1 };
    const recent = this.#history
      .filter((one) => second - one.second <= this.#seconds && one.second < second)
      .reduce((sum, one) => sum + one.count, 0);
    if (second - this.#updatedAt >= this.#seconds && recent >= 3 * this.#seconds) {
      this.#seconds = Math.min(this.#seconds * 2, longestSeconds);
      this.#updatedAt = second;
    } else if (recent < this.#seconds && this.#seconds > 1) this.#seconds--;
  }
}
