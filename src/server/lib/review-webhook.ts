import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { Remote, type RemoteAnswer, RemoteError } from './remote.ts';
import type { RemoteTarget } from './remote-kubeconfig.ts';
import { parsed } from './webhook-client.ts';

export interface ReviewDeps {
  readonly clock: Clock;
  readonly random: Random;
}
/** Upstream's DefaultRetryBackoff: five tries, 0.5 s apart at first. */
const tries = 5;
const firstDelayMs = 500;
const factor = 1.5;
const jitter = 0.2;
const retriedCodes = new Set([429, 500, 504]);

/** Posts reviews (TokenReview, SubjectAccessReview) to a webhook and gives what it answers. */
export class ReviewWebhook {
  readonly #url: string;
  readonly #remote: Remote;
  readonly #deps: ReviewDeps;
  readonly #timeoutMs: number;

  constructor(target: RemoteTarget, timeoutMs: number, deps: ReviewDeps) {
    const url = new URL(target.url);
    url.searchParams.set('timeout', `${timeoutMs / 1000}s`);
    this.#url = url.href;
    this.#remote = new Remote({ ...target, clock: deps.clock });
    this.#deps = deps;
    this.#timeoutMs = timeoutMs;
  }
  /** Throws Error in the words of Go's client once no further try is worth it. */
  async review(object: object): Promise<any> {
    const body = JSON.stringify(object);
    let delayMs = firstDelayMs;
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#once(body);
      if ('json' in failure) return failure.json;
      if (!failure.retry || attempt === tries) throw failure.error;
      await this.#deps.clock.sleep(delayMs * (1 + jitter * this.#deps.random.next()));
      delayMs *= factor;
    }
  }
  async #once(body: string): Promise<{ readonly json: unknown } | { readonly error: unknown; readonly retry: boolean }> {
    let answer: RemoteAnswer;
    try {
      answer = await this.#remote.request({ method: 'POST', url: this.#url, body, timeoutMs: this.#timeoutMs });
    } catch (error) {
      return { error, retry: error instanceof RemoteError && error.isReset };
    }
    try {
      return { json: parsed(answer.code, answer.text) };
    } catch (error) {
      return { error, retry: retriedCodes.has(answer.code) || answer.headers['retry-after'] !== undefined };
    }
  }
  close(): void {
    this.#remote.close();
  }
}
