/**
 * The seats of one priority level and the queues for them: fair queuing by virtual time (KEP-1040;
 * k8s.io/apiserver util/flowcontrol/fairqueuing). Pure: time is what `now` says, in seconds, and what is to happen later is asked for.
 */
export interface Work {
  readonly initialSeats: number;
  /** Seats held on after the answer, while watchers are told. */
  readonly finalSeats: number;
  readonly lingerSeconds: number;
  /** Of a change: how many watches are told of it. */
  readonly watchers?: number;
}
export const oneSeat: Work = { initialSeats: 1, finalSeats: 0, lingerSeconds: 0 };

export interface QueuingConfig {
  /** 0: no queues, what finds no seat is refused. -1: every request has its seats. */
  readonly queues: number;
  readonly handSize: number;
  readonly lengthMax: number;
}
/** What is counted of a flow schema in a priority level. */
export class FlowStats {
  dispatched = 0;
  executing = 0;
  executingSeats = 0;
  waiting = 0;
  waitingSeats = 0;
  noAccommodation = 0;
  readonly rejected: Record<Rejection, number> = { 'queue-full': 0, 'concurrency-limit': 0, 'time-out': 0, cancelled: 0 };
}
export type Rejection = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

/** What a request is about, for those who look at the queues. */
export interface Flow {
  readonly schema: string;
  readonly distinguisher: string;
  readonly stats: FlowStats;
}

interface Queue {
  index: number;
  readonly waiting: Set<Turn>;
  executing: number;
  seatsInUse: number;
  /** The virtual time at which its next request is due. */
  nextDispatchR: number;
  workSum: number;
}

/** A request that has seats or waits for them. */
export class Turn {
  readonly flow: Flow;
  readonly about: unknown;
  readonly arrivedMs: number;
  readonly arrivalR: number;
  work: Work;
  readonly totalWork: number;
  readonly seats: number;
  queue: Queue | undefined;
  startedSeconds = 0;
  state: 'waiting' | 'working' | 'over' = 'waiting';
  /** Set by who waits: called once, when the seats are there. */
  onStart: (() => void) | undefined;

  constructor(flow: Flow, about: unknown, work: Work, arrivedMs: number, arrivalR: number) {
    this.flow = flow;
    this.about = about;
    this.work = work;
    this.arrivedMs = arrivedMs;
    this.arrivalR = arrivalR;
    this.seats = Math.max(work.initialSeats, work.finalSeats);
    this.totalWork = work.initialSeats * estimatedSeconds + work.finalSeats * work.lingerSeconds;
  }
}

export interface Time {
  /** Seconds; never goes back. */
  now(): number;
  later(seconds: number, run: () => void): void;
}

/** The virtual world at the last time that a queue gave a request its seats: bounds are over the queues that somebody waited in. */
export interface LastDispatch {
  /** Virtual time. */
  r: number;
  /** When that request was due. */
  s: number;
  sMin: number;
  sMax: number;
  /** The same, less what is taken to be worked off for the queue. */
  discountedMin: number;
  discountedMax: number;
}

/** How long a request is taken to last until it is over. */
const estimatedSeconds = 0.003;
const newQueue = (index: number): Queue => ({ index, waiting: new Set(), executing: 0, seatsInUse: 0, nextDispatchR: 0, workSum: 0 });

export class QueueSet {
  readonly #time: Time;
  readonly #demand: (seats: number) => void;
  config: QueuingConfig;
  #limit = 0;
  #hasDispatched = false;
  #queues: Queue[] = [];
  #currentR = 0;
  #lastSeconds: number;
  #robin = -1;
  #enqueues = 0;
  /** Queues that somebody waits in or works from. */
  #active = 0;
  readonly #unqueued = new Set<Turn>();
  readonly #working = new Set<Turn>();
  readonly #last: LastDispatch = { r: 0, s: 0, sMin: 0, sMax: 0, discountedMin: 0, discountedMax: 0 };
  executing = 0;
  waiting = 0;
  seatsInUse = 0;
  seatsWaiting = 0;
  dispatched = 0;
  rejected = 0;
  cancelled = 0;

  /** `demand` is told of the seats that are wanted, whenever they change. */
  constructor(config: QueuingConfig, time: Time, demand: (seats: number) => void) {
    this.#time = time;
    this.#demand = demand;
    this.#lastSeconds = time.now();
    this.config = config;
    this.#resize();
  }
  get limit(): number {
    return this.#limit;
  }
  get currentR(): number {
    return this.#currentR;
  }
  /** undefined: no queue ever did. */
  get lastDispatch(): Readonly<LastDispatch> | undefined {
    return this.#hasDispatched ? this.#last : undefined;
  }
  get isIdle(): boolean {
    return this.executing === 0 && this.waiting === 0;
  }
  configure(config: QueuingConfig, limit: number): void {
    this.#sync();
    this.config = config.queues > 0 ? config : { ...config, lengthMax: this.config.lengthMax, handSize: this.config.handSize };
    this.#limit = limit;
    this.#resize();
    this.#dispatch();
  }
  /** Queues beyond those that are wanted go when they are empty. */
  #resize(): void {
    for (let index = this.#queues.length; index < this.config.queues; index++) this.#queues.push(newQueue(index));
  }
  /** Gives what works at once, or waits; undefined: it is turned away. `hand` holds the queues that it may wait in. */
  start(flow: Flow, about: unknown, work: Work, hand: readonly number[], arrivedMs: number): Turn | undefined {
    this.#sync();
    const turn = new Turn(flow, about, work, arrivedMs, this.#currentR);
    if (this.config.queues < 1) {
      if (this.config.queues === 0 && !this.#fits(turn.seats)) return this.#refuse(flow, 'concurrency-limit');
      this.#unqueued.add(turn);
      this.#begin(turn);
      return turn;
    }
    const queue = this.#choose(hand);
    if (this.seatsInUse >= this.#limit && queue.waiting.size >= this.config.lengthMax) return this.#refuse(flow, 'queue-full');
    turn.queue = queue;
    if (queue.waiting.size === 0 && queue.executing === 0) {
      queue.nextDispatchR = this.#currentR;
      this.#active++;
    }
    // The usual case: nobody waits, and there are seats.
    if (this.waiting === 0 && this.seatsInUse < this.#limit && this.#fits(turn.seats)) {
      this.#robin = queue.index;
      if (queue.nextDispatchR < turn.arrivalR) queue.nextDispatchR = turn.arrivalR;
      this.#noteBounds(queue, true);
      this.#noteDispatch(queue);
      this.#give(turn, queue);
      return turn;
    }
    queue.waiting.add(turn);
    queue.workSum += turn.totalWork;
    this.waiting++;
    this.seatsWaiting += turn.seats;
    flow.stats.waiting++;
    flow.stats.waitingSeats += turn.seats;
    this.#bound(queue);
    this.#demand(this.seatsInUse + this.seatsWaiting);
    this.#dispatch();
    return turn;
  }
  #refuse(flow: Flow, reason: Rejection): undefined {
    this.rejected++;
    flow.stats.rejected[reason]++;
    return undefined;
  }
  /** Who waited for too long, or went away. */
  giveUp(turn: Turn, reason: Rejection): void {
    if (turn.state !== 'waiting') return;
    this.#sync();
    const queue = turn.queue!;
    this.#unqueue(turn, queue);
    turn.state = 'over';
    this.rejected++;
    this.cancelled++;
    turn.flow.stats.rejected[reason]++;
    this.#demand(this.seatsInUse + this.seatsWaiting);
    this.#leaveQueue(queue);
    this.#bound(queue);
  }
  /** The work is done; others may have the seats, after those that linger. */
  finish(turn: Turn): void {
    if (turn.state !== 'working') return;
    this.#sync();
    turn.state = 'over';
    this.executing--;
    const { queue, flow, work } = turn;
    flow.stats.executing--;
    this.#unqueued.delete(turn);
    this.#working.delete(turn);
    if (queue !== undefined) {
      queue.executing--;
      const actualSeconds = this.#lastSeconds - turn.startedSeconds;
      queue.nextDispatchR -= work.initialSeats * (estimatedSeconds - actualSeconds);
      this.#bound(queue);
      this.#leaveQueue(queue);
    }
    if (work.lingerSeconds > 0) {
      this.#time.later(work.lingerSeconds, () => {
        this.#sync();
        this.#release(turn);
        this.#dispatch();
      });
    } else this.#release(turn);
    this.#dispatch();
  }
  #release({ queue, flow, seats }: Turn): void {
    this.seatsInUse -= seats;
    flow.stats.executingSeats -= seats;
    this.#demand(this.seatsInUse + this.seatsWaiting);
    if (queue === undefined) return;
    queue.seatsInUse -= seats;
    if (this.#queues.length > this.config.queues && queue.waiting.size === 0 && queue.executing === 0) this.#drop(queue);
  }
  #drop(queue: Queue): void {
    if (this.#queues[queue.index] !== queue) return;
    this.#queues.splice(queue.index, 1);
    for (let index = queue.index; index < this.#queues.length; index++) this.#queues[index]!.index = index;
    if (this.#robin >= queue.index) this.#robin--;
  }
  /** Virtual time goes on as fast as a queue is served. */
  #sync(): void {
    const now = this.#time.now();
    const passed = now - this.#lastSeconds;
    this.#lastSeconds = now;
    if (this.#active > 0) this.#currentR += (passed * Math.min(this.seatsInUse + this.seatsWaiting, this.#limit)) / this.#active;
  }
  /** Of the hand, the queue with the least work waiting. */
  #choose(hand: readonly number[]): Queue {
    const offset = this.#enqueues++ % hand.length;
    let best = this.#queues[hand[offset]!]!;
    for (let index = 1; index < hand.length && best.workSum > 0; index++) {
      const queue = this.#queues[hand[(offset + index) % hand.length]!]!;
      if (queue.workSum < best.workSum) best = queue;
    }
    return best;
  }
  #fits(seats: number): boolean {
    if (seats > this.#limit) return this.executing === 0;
    return this.seatsInUse + seats <= this.#limit;
  }
  #dispatch(): void {
    while (this.waiting > 0 && this.seatsInUse < this.#limit) {
      const found = this.#next();
      if (found === undefined) return;
      const [queue, turn] = found;
      this.#unqueue(turn, queue);
      this.#give(turn, queue);
      this.#bound(queue);
      turn.onStart?.();
    }
  }
  /** The oldest request of the queue that would be done first, if there are seats for it. */
  #next(): readonly [Queue, Turn] | undefined {
    let chosen: Queue | undefined;
    let oldest: Turn | undefined;
    let finish = Number.POSITIVE_INFINITY;
    let at = this.#robin;
    for (let count = this.#queues.length; count > 0; count--) {
      at = (at + 1) % this.#queues.length;
      const queue = this.#queues[at]!;
      if (queue.waiting.size === 0) continue;
      this.#noteBounds(queue, chosen === undefined);
      const first = queue.waiting.values().next().value!;
      const virtualFinish = queue.nextDispatchR + first.totalWork;
      if (virtualFinish >= finish) continue;
      finish = virtualFinish;
      chosen = queue;
      oldest = first;
    }
    if (chosen === undefined || oldest === undefined) return undefined;
    if (!this.#fits(oldest.seats)) {
      oldest.flow.stats.noAccommodation++;
      return undefined;
    }
    this.#robin = chosen.index;
    this.#noteDispatch(chosen);
    return [chosen, oldest];
  }
  /** `isFirst`: of the queues that are looked at now. */
  #noteBounds({ nextDispatchR, seatsInUse }: Queue, isFirst: boolean): void {
    const last = this.#last;
    const discounted = nextDispatchR - seatsInUse * estimatedSeconds;
    last.sMin = isFirst ? nextDispatchR : Math.min(last.sMin, nextDispatchR);
    last.sMax = isFirst ? nextDispatchR : Math.max(last.sMax, nextDispatchR);
    last.discountedMin = isFirst ? discounted : Math.min(last.discountedMin, discounted);
    last.discountedMax = isFirst ? discounted : Math.max(last.discountedMax, discounted);
  }
  #noteDispatch({ nextDispatchR }: Queue): void {
    this.#hasDispatched = true;
    this.#last.r = this.#currentR;
    this.#last.s = nextDispatchR;
  }
  #unqueue(turn: Turn, queue: Queue): void {
    queue.waiting.delete(turn);
    queue.workSum = queue.waiting.size === 0 ? 0 : queue.workSum - turn.totalWork;
    this.waiting--;
    this.seatsWaiting -= turn.seats;
    turn.flow.stats.waiting--;
    turn.flow.stats.waitingSeats -= turn.seats;
  }
  #give(turn: Turn, queue: Queue): void {
    const { finalSeats, lingerSeconds, initialSeats } = turn.work;
    if (finalSeats > this.#limit && this.#limit > 0)
      turn.work = { initialSeats, finalSeats: this.#limit, lingerSeconds: (finalSeats * lingerSeconds) / this.#limit };
    queue.executing++;
    queue.seatsInUse += turn.seats;
    queue.nextDispatchR += turn.totalWork;
    this.#working.add(turn);
    this.#begin(turn);
  }
  #begin(turn: Turn): void {
    turn.state = 'working';
    turn.startedSeconds = this.#lastSeconds;
    this.executing++;
    this.dispatched++;
    this.seatsInUse += turn.seats;
    const { stats } = turn.flow;
    stats.dispatched++;
    stats.executing++;
    stats.executingSeats += turn.seats;
    this.#demand(this.seatsInUse + this.seatsWaiting);
  }
  #leaveQueue(queue: Queue): void {
    if (queue.waiting.size === 0 && queue.executing === 0) this.#active--;
  }
  /** No queue saves up for later: it is never due before its oldest request came. */
  #bound(queue: Queue): void {
    if (queue.waiting.size === 0) return;
    const { arrivalR } = queue.waiting.values().next().value!;
    if (queue.nextDispatchR < arrivalR) queue.nextDispatchR = arrivalR;
  }
  /** What is in each queue; the last one holds what works without a queue. */
  dump(): { readonly queues: readonly QueueDump[]; readonly unqueued: readonly Turn[] } {
    const queues = this.#queues.map((queue) => ({
      waiting: [...queue.waiting],
      executing: [...this.#working].filter((turn) => turn.queue === queue),
      seatsInUse: queue.seatsInUse,
      nextDispatchR: queue.nextDispatchR,
      workSum: queue.workSum,
    }));
    return { queues, unqueued: [...this.#unqueued] };
  }
}
export interface QueueDump {
  readonly waiting: readonly Turn[];
  readonly executing: readonly Turn[];
  readonly seatsInUse: number;
  readonly nextDispatchR: number;
  readonly workSum: number;
}
