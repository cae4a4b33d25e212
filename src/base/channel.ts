/** Thrown to the reader of a channel whose writer ran ahead by more than its bound. */
export class ChannelOverflow extends Error {
  constructor(bound: number) {
    super(`the reader fell behind by more than ${bound} items`);
    this.name = 'ChannelOverflow';
  }
}

/**
 * A bounded stream from one writer to one reader. `push` never waits: a reader that falls `bound` items behind is cut,
 * gets what was accepted before, then `ChannelOverflow`. Closing lets the reader drain what is there.
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #bound: number;
  #items: T[] = [];
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;
  #onClose: (() => void) | undefined;

  /** `onClose` runs once, when either side ends the stream. */
  constructor(bound: number, onClose?: () => void) {
    this.#bound = bound;
    this.#onClose = onClose;
  }
  get closed(): boolean {
    return this.#ended;
  }
  /** False once the channel has ended; the item is then dropped. */
  push(item: T): boolean {
    if (this.#ended) return false;
    if (this.#items.length >= this.#bound) {
      this.fail(new ChannelOverflow(this.#bound));
      return false;
    }
    this.#items.push(item);
    this.#signal();
    return true;
  }
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal();
    this.#onClose?.();
    this.#onClose = undefined;
  }
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#error = error;
    this.close();
  }
  #signal(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        if (this.#items.length > 0) {
          const batch = this.#items;
          this.#items = [];
          yield* batch;
        } else if (this.#ended) {
          if (this.#error !== undefined) throw this.#error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.#items = [];
      this.close();
    }
  }
}
