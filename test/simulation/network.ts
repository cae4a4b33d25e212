import type { VirtualClock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { conflict, expired, internalError, serviceUnavailable, type StatusError, timeout, tooManyRequests } from '../../src/api/status.ts';
import type { Call, Identity, Interceptor, Reply, WatchEvent } from '../../src/client/call.ts';

/** How bad the ways between the parts and the API server are. Shares are of calls, or of watch events. */
export interface Conditions {
  /** Turned away before anything is done: 429, 500, 503. */
  refused: number;
  /** Writes that fail with 409, as if somebody else had been faster. */
  conflicting: number;
  /** Carried out, but the answer gets lost: 504. */
  lost: number;
  /** Longest time for a call to get there, and for its answer to come back. */
  slowMs: number;
  /** Watches that are refused with 410 at their start: list again. */
  expired: number;
  /** Watch events after which the stream breaks. */
  cut: number;
  /** Watch events that come twice. */
  repeated: number;
  /** Longest time that a watch event takes; order within a watch is kept, between watches it is lost. */
  lagMs: number;
}
export const goodConditions: Readonly<Conditions> = {
  refused: 0,
  conflicting: 0,
  lost: 0,
  slowMs: 0,
  expired: 0,
  cut: 0,
  repeated: 0,
  lagMs: 0,
};
/** 'answers': requests arrive, answers do not. */
export type Partition = 'both' | 'answers';

/** What is told of every call, for rules and for the trace. */
export interface CallObserver {
  began(identity: Identity, call: Call): void;
  ended(identity: Identity, call: Call, outcome: Reply | Error): void;
  /** The answer does not reach who called. */
  lost(identity: Identity): void;
  /** An event as the server sent it, before the network had its way with it. */
  sent(identity: Identity, call: Call, event: WatchEvent): void;
}

const unchanged: Interceptor = (next) => next;
const isWrite = ({ verb }: Call) => verb !== 'get' && verb !== 'list' && verb !== 'watch';
/** A connection that nothing comes through is given up after this long. */
const patienceMs = 15_000;

/** The network of the simulated cluster: stands between every part and the API server. */
export class Network {
  readonly conditions: Conditions = { ...goodConditions };
  /** Users that cannot be reached. */
  readonly partitions = new Map<string, Partition>();
  /** Runs around calls of one user, before they are carried out and after; may kill somebody. */
  readonly tripwires = new Map<string, (moment: 'before' | 'after') => void>();
  /** Users that a good network serves. */
  readonly spared = new Set<string>();
  /** Planted faults, for tests of the rules: of a part (it calls wrongly), of the server (it answers wrongly). See planted.test.ts. */
  readonly planted: { part: (identity: Identity) => Interceptor; server: (identity: Identity) => Interceptor } = {
    part: () => unchanged,
    server: () => unchanged,
  };
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #observer: CallObserver;

  constructor(clock: VirtualClock, random: Random, observer: CallObserver) {
    this.#clock = clock;
    this.#random = random;
    this.#observer = observer;
  }
  readonly between = (identity: Identity): Interceptor => {
    return (next) => this.planted.part(identity)(this.#weather(identity)(this.#observed(identity)(this.planted.server(identity)(next))));
  };
  #observed(identity: Identity): Interceptor {
    return (next) => async (call) => {
      this.#observer.began(identity, call);
      let outcome: Reply | Error | undefined;
      try {
        outcome = await next(call);
      } catch (error) {
        outcome = error as Error;
        throw error;
      } finally {
        this.#observer.ended(identity, call, outcome!);
      }
      return outcome.type === 'watch' ? { ...outcome, events: this.#sent(identity, call, outcome.events) } : outcome;
    };
  }
  async *#sent(identity: Identity, call: Call, source: AsyncIterable<WatchEvent>): AsyncGenerator<WatchEvent, void, undefined> {
    for await (const event of source) {
      this.#observer.sent(identity, call, event);
      yield event;
    }
  }
  #weather(identity: Identity): Interceptor {
    if (this.spared.has(identity.user)) return unchanged;
    return (next) => async (call) => {
      await this.#arrive(identity, call);
      this.tripwires.get(identity.user)?.('before');
      const reply = await next(call);
      this.tripwires.get(identity.user)?.('after');
      await this.#return(identity, call);
      return reply.type === 'watch' ? { ...reply, events: this.#stream(identity, reply.events) } : reply;
    };
  }
  #happens(share: number): boolean {
    return share > 0 && this.#random.next() < share;
  }
  #slow(): Promise<void> | undefined {
    return this.conditions.slowMs > 0 ? this.#clock.sleep(this.#random.int(this.conditions.slowMs + 1)) : undefined;
  }
  async #cutOff(): Promise<never> {
    await this.#clock.sleep(patienceMs);
    throw serviceUnavailable('connection timed out');
  }
  /** No call comes through any more: ends what would go on for ever without virtual time passing. */
  jammed = false;
  async #arrive(identity: Identity, call: Call): Promise<void> {
    const { conditions } = this;
    if (this.jammed) await new Promise<never>(() => undefined);
    await this.#slow();
    if (this.partitions.get(identity.user) === 'both') await this.#cutOff();
    if (this.#happens(conditions.refused)) throw this.#refusal();
    if (call.verb === 'watch' && this.#happens(conditions.expired)) throw expired('too old resource version: 1 (2)');
    if ((call.verb === 'update' || (call.verb === 'patch' && call.patchType !== 'apply')) && this.#happens(conditions.conflicting))
      throw conflict(call, call.name ?? '');
  }
  #refusal(): StatusError {
    const which = this.#random.int(3);
    if (which === 0) return tooManyRequests('The server has received too many requests and has asked us to try again later', 1);
    return which === 1 ? internalError('simulated') : serviceUnavailable('simulated');
  }
  async #return(identity: Identity, call: Call): Promise<void> {
    await this.#slow();
    const isCut = this.partitions.has(identity.user);
    const isLost = !isCut && isWrite(call) && this.#happens(this.conditions.lost);
    if (isCut || isLost) this.#observer.lost(identity);
    if (isCut) await this.#cutOff();
    if (isLost) throw timeout('the answer was lost');
  }
  async *#stream(identity: Identity, source: AsyncIterable<WatchEvent>): AsyncGenerator<WatchEvent, void, undefined> {
    let dueMs = 0;
    for await (const event of source) {
      const { lagMs } = this.conditions;
      if (lagMs > 0) dueMs = Math.max(dueMs, this.#clock.monotonic() + this.#random.int(lagMs + 1));
      if (dueMs > this.#clock.monotonic()) await this.#clock.sleep(dueMs - this.#clock.monotonic());
      if (this.partitions.has(identity.user)) await this.#cutOff();
      yield event;
      if (this.#happens(this.conditions.repeated)) yield event;
      if (this.#happens(this.conditions.cut)) throw serviceUnavailable('connection reset by peer');
    }
  }
}
