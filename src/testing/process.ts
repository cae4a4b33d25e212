import { type Clock, sleepOn } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type Part, supervise } from '../base/supervisor.ts';
import type { Transport } from '../client/call.ts';

/** A new one each time: what waits for it can be forgotten. */
const never = () => new Promise<never>(() => undefined);
const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/**
 * What a process holds of the world around it. Once it was killed its timers never fire and nothing it waits for ever comes, so
 * its code stops at the next await, whichever that is; and what it had open towards others is closed.
 */
export class Life {
  readonly clock: Clock;
  readonly #stopped = new AbortController();
  readonly #killed = new AbortController();

  /** `skewMs`: what this process's wall clock is ahead of the world's. */
  constructor(clock: Clock, skewMs: () => number) {
    const own: Clock = {
      now: () => clock.now() + skewMs(),
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => sleepOn(own, ms, signal),
      setTimer: (ms, run) => clock.setTimer(ms, () => this.dead || run()),
    };
    this.clock = own;
  }
  get dead(): boolean {
    return this.#killed.signal.aborted;
  }
  /** Aborts when the process is asked to stop. When it is killed, too, so that its remains are let go; what they do then has no effect. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }
  stop(): void {
    this.#stopped.abort(new Error('the process is stopping'));
  }
  kill(): void {
    const reason = new Error('the process was killed');
    this.#killed.abort(reason);
    this.#stopped.abort(reason);
  }
  /** Settles as `work` does, but never once the process is dead. */
  alive<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(
        (value) => this.dead || resolve(value),
        (error: unknown) => this.dead || reject(error),
      );
    });
  }
  async *#follow<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (let next = await this.alive(iterator.next()); next.done !== true; next = await this.alive(iterator.next())) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  /** The same object in the hands of this process: calls of a dead one do nothing, and answers do not reach it. */
  hold<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          if (this.dead) return never();
          const result: unknown = Reflect.apply(value, target, given);
          return result instanceof Promise ? this.alive(result) : isIterable(result) ? this.#follow(result) : result;
        };
      },
    });
  }
  /** A connection of this process: what it asked for is carried out also when it dies meanwhile; its watches end then. */
  attach(transport: Transport): Transport {
    return async (call) => {
      if (this.dead) return await never();
      const ends = call.verb === 'watch' || call.subresource === 'log';
      const signal = ends ? AbortSignal.any([this.#killed.signal, ...(call.signal === undefined ? [] : [call.signal])]) : call.signal;
      const reply = await this.alive(transport({ ...call, signal }));
      if (reply.type === 'watch') return { ...reply, events: this.#follow(reply.events) };
      if (reply.type === 'stream') return { ...reply, stream: this.#follow(reply.stream) };
      return reply;
    };
  }
}

/** Something that runs as a process of its own would: it can be stopped, killed at any await, and started again. */
export class Process {
  readonly name: string;
  /** Milliseconds that its wall clock is ahead of the world's. */
  skewMs = 0;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #begin: (life: Life) => readonly Part[] | Promise<readonly Part[]>;
  #life: Life | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(name: string, clock: Clock, log: Logger, begin: (life: Life) => readonly Part[] | Promise<readonly Part[]>) {
    this.name = name;
    this.#clock = clock;
    this.#log = log.with({ process: name });
    this.#begin = begin;
  }
  get running(): boolean {
    return this.#life !== undefined;
  }
  /** Begins anew, from nothing that it knew before. Resolves when its parts run; `ready` of each tells when they do their work. */
  async start(): Promise<readonly Part[]> {
    if (this.#life !== undefined) throw new Error(`${this.name} runs already`);
    const life = new Life(this.#clock, () => this.skewMs);
    this.#life = life;
    const parts = await life.alive(Promise.resolve(this.#begin(life)));
    this.#running = Promise.all(parts.map((part) => supervise(part, life.clock, this.#log, life.signal)));
    return parts;
  }
  /** Asks it to end, and waits until it has. */
  async stop(): Promise<void> {
    this.#life?.stop();
    this.#life = undefined;
    await this.#running;
  }
  /** Ends it at once, as kill -9 or a power cut does. */
  kill(): void {
    this.#life?.kill();
    this.#life = undefined;
    this.#running = Promise.resolve();
  }
}
