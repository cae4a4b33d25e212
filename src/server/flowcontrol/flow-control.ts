import { setLatest } from '../../base/latest.ts';
import { decodeObject } from '../../api/decode.ts';
import type { Kind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { StatusError } from '../../api/status.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Identity } from '../../client/call.ts';
import { FlowSchema } from '../../kinds/flowcontrol/flow-schema.ts';
import { type BootstrapObject, bootstrapLevels, bootstrapSchemas } from '../../kinds/flowcontrol/lib/bootstrap.ts';
import { PriorityLevelConfiguration } from '../../kinds/flowcontrol/priority-level-configuration.ts';
import type { Query } from '../options.ts';
import type { RequestInfo } from '../request-info.ts';
import { dealBorrowed, dealNominal, Level, queuingOf } from './levels.ts';
import { type Matcher, matcherOf } from './match.ts';
import { type Flow, FlowStats, type Time, type Turn } from './queue-set.ts';
import { deal, hashOfFlow } from './shuffle-sharding.ts';
import { estimate, type StatsOf } from './work.ts';

/** What a request has while it is worked on. */
export interface Seat {
  /** Which flow schema and priority level it was taken by; '' for those that are not stored. */
  readonly schemaUid: string;
  readonly levelUid: string;
  /** Spent in a queue. */
  readonly waitedMs: number;
  /** Must be called when the request is over; again is harmless. */
  leave(): void;
}
/** Who was turned away: told in plain text, as upstream. */
export class TooManyRequests extends StatusError {
  readonly schemaUid: string;
  readonly levelUid: string;
  constructor(afterSeconds: number, schemaUid: string, levelUid: string) {
    super(429, 'TooManyRequests', 'Too many requests, please try again later.', { retryAfterSeconds: afterSeconds });
    this.schemaUid = schemaUid;
    this.levelUid = levelUid;
  }
}

/** What is told to those who count. Levels and schemas by their names. */
export interface FlowObserver {
  pair(level: string, schema: string): PairObserver;
  /** Looks at the level whenever it is called: then it changes. */
  follow(level: Level): () => void;
  /** Counts of requests change. */
  crowd(now: FlowControl['now']): void;
}
/** Of one level and one of its schemas. */
export interface PairObserver {
  seats(seats: number): void;
  waited(executed: boolean, seconds: number): void;
  executed(verb: string, seconds: number): void;
  /** How many wait in the queue that a request was put into, itself too. */
  queued(length: number): void;
  /** How many watches a change is told to. */
  watchers(count: number): void;
}

export interface FlowControlOptions {
  readonly clock: Clock;
  /** Seats of the whole server: requests of one seat that are worked on at once. */
  readonly seats: number;
  readonly statsOf: StatsOf;
  readonly observer?: FlowObserver | undefined;
  /** How long a request may wait; upstream's is a quarter of its timeout. */
  readonly waitMs?: number;
}

interface Schema {
  readonly name: string;
  readonly uid: string;
  readonly precedence: number;
  readonly matches: Matcher;
  readonly by: string | undefined;
  readonly level: Level;
  readonly stats: FlowStats;
  readonly observer: PairObserver | undefined;
  /** Flows and the queues they may wait in, by what tells them apart. */
  readonly flows: Map<string, KnownFlow>;
}
interface KnownFlow extends Flow {
  readonly hand: readonly number[];
}

const borrowEveryMs = 10_000;
const defaultWaitMs = 15_000;
const flowsMax = 4096;
/** Counts of pairs of level and schema that are kept, those of the past too. */
const statsMax = 4096;
const changingVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection', 'post', 'put']);

const imagined = <T extends ApiObject>(kind: Kind<T>, { name, spec }: BootstrapObject<unknown>): T => {
  const { object } = decodeObject(kind, { metadata: { name }, spec });
  kind.strategy.defaults?.(object as never);
  return object as unknown as T;
};
const mandatoryLevels = bootstrapLevels.filter(({ mandatory }) => mandatory);
const mandatorySchemas = bootstrapSchemas.filter(({ mandatory }) => mandatory);

/**
 * API priority and fairness: each request is of a flow, each flow of a priority level, and levels have seats
 * (KEP-1040; kubernetes.io/docs/concepts/cluster-administration/flow-control).
 */
export class FlowControl {
  readonly tracedAs = 'priorityandfairness';
  readonly #clock: Clock;
  readonly #options: FlowControlOptions;
  readonly #time: Time;
  #levels = new Map<string, Level>();
  #schemas: readonly Schema[] = [];
  #wantedLevels: readonly PriorityLevelConfiguration[] = [];
  #wantedSchemas: readonly FlowSchema[] = [];
  readonly #stats = new Map<string, FlowStats>();
  /** Requests being worked on and waiting, for upstream's older metrics. */
  readonly now = { reading: 0, changing: 0, readingWaits: 0, changingWaits: 0 };
  fairFraction = 0;
  #timer: Timer;

  constructor(options: FlowControlOptions) {
    const { clock } = options;
    this.#clock = clock;
    this.#options = options;
    this.#time = { now: () => clock.monotonic() / 1000, later: (seconds, run) => void clock.setTimer(seconds * 1000, run) };
    this.#digest();
    const borrow = () => {
      this.#borrow();
      this.#timer = clock.setTimer(borrowEveryMs, borrow);
    };
    this.#timer = clock.setTimer(borrowEveryMs, borrow);
  }
  get levels(): readonly Level[] {
    return [...this.#levels.values()];
  }
  /** Everything that is counted, by level and schema. */
  *stats(): Generator<readonly [level: string, schema: string, stats: FlowStats]> {
    for (const [key, stats] of this.#stats) {
      const [level, schema] = key.split('\0') as [string, string];
      yield [level, schema, stats];
    }
  }
  close(): void {
    this.#timer.cancel();
  }
  configureLevels(levels: readonly PriorityLevelConfiguration[]): void {
    this.#wantedLevels = levels;
    this.#digest();
  }
  configureSchemas(schemas: readonly FlowSchema[]): void {
    this.#wantedSchemas = schemas;
    this.#digest();
  }
  /** Takes a seat, at once or when it is free. Throws TooManyRequests. */
  enter(info: RequestInfo, identity: Identity, query: Query): Seat | Promise<Seat> {
    const schema = this.#schemaOf(info, identity);
    const { level } = schema;
    const work = estimate(info, query, level.seatsMax, this.#options.statsOf);
    const flow = this.#flowOf(schema, info, identity);
    schema.observer?.seats(Math.max(work.initialSeats, work.finalSeats));
    const turn = level.queues.start(flow, { info, identity }, work, flow.hand, this.#clock.now());
    if (work.watchers !== undefined) schema.observer?.watchers(work.watchers);
    if (turn === undefined) throw this.#refuse(schema);
    if (level.queues.config.queues > 0) schema.observer?.queued(turn.state === 'waiting' ? (turn.queue?.waiting.size ?? 1) : 1);
    return turn.state === 'working' ? this.#seat(schema, info, turn, 0) : this.#wait(schema, info, turn);
  }
  #schemaOf(info: RequestInfo, identity: Identity): Schema {
    for (const schema of this.#schemas) if (schema.matches(info, identity)) return schema;
    return this.#schemas.find(({ name }) => name === 'catch-all')!;
  }
  #flowOf({ name, level, by, flows, stats }: Schema, info: RequestInfo, identity: Identity): KnownFlow {
    const { queues: deck, handSize } = level.queues.config;
    const distinguisher = deck <= 1 || by === undefined ? '' : by === 'ByUser' ? identity.user : info.namespace;
    const known = flows.get(distinguisher);
    if (known !== undefined) return known;
    const hand = deck > 0 ? deal(hashOfFlow(name, distinguisher), deck, Math.min(handSize, deck)) : [];
    if (flows.size >= flowsMax) flows.clear();
    const flow = { schema: name, distinguisher, stats, hand };
    flows.set(distinguisher, flow);
    return flow;
  }
  #refuse({ level, uid }: Schema): TooManyRequests {
    level.retryAfter.dropped(Math.floor(this.#clock.now() / 1000));
    return new TooManyRequests(level.retryAfter.seconds, uid, level.uid);
  }
  async #wait(schema: Schema, info: RequestInfo, turn: Turn): Promise<Seat> {
    const waits = changingVerbs.has(info.verb) ? 'changingWaits' : 'readingWaits';
    const { level } = schema;
    this.#count(waits, 1);
    const start = this.#clock.monotonic();
    try {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.setTimer(this.#options.waitMs ?? defaultWaitMs, () => {
          level.queues.giveUp(turn, 'time-out');
          resolve();
        });
        turn.onStart = () => {
          timer.cancel();
          resolve();
        };
      });
    } finally {
      this.#count(waits, -1);
    }
    const isExecuted = turn.state === 'working';
    const waitedMs = this.#clock.monotonic() - start;
    schema.observer?.waited(isExecuted, waitedMs / 1000);
    if (isExecuted) return this.#seat(schema, info, turn, waitedMs);
    this.#reap(level);
    throw this.#refuse(schema);
  }
  #seat({ uid, level, observer }: Schema, info: RequestInfo, turn: Turn, waitedMs: number): Seat {
    const kind = changingVerbs.has(info.verb) ? 'changing' : 'reading';
    this.#count(kind, 1);
    let isOver = false;
    return {
      schemaUid: uid,
      levelUid: level.uid,
      waitedMs,
      leave: () => {
        if (isOver) return;
        isOver = true;
        this.#count(kind, -1);
        level.queues.finish(turn);
        observer?.executed(info.verb, this.#time.now() - turn.startedSeconds);
        if (level.isQuiescing) this.#reap(level);
      },
    };
  }
  #count(what: keyof FlowControl['now'], change: 1 | -1): void {
    this.now[what] += change;
    this.#options.observer?.crowd(this.now);
  }
  #reap(level: Level): void {
    if (level.isQuiescing && level.queues.isIdle) this.#digest();
  }

  /** Levels and schemas as they are wanted now; those that the server can't do without are there in any case. */
  #digest(): void {
    const wanted = new Map(mandatoryLevels.map((one) => [one.name, imagined(PriorityLevelConfiguration, one)]));
    for (const level of this.#wantedLevels) wanted.set(level.metadata.name, level);
    const levels = new Map<string, Level>();
    for (const [name, { metadata, spec }] of wanted) {
      const level = this.#levels.get(name) ?? this.#newLevel(name, spec);
      level.spec = spec;
      level.uid = metadata.uid ?? '';
      level.isQuiescing = false;
      levels.set(name, level);
    }
    for (const [name, level] of this.#levels) {
      if (levels.has(name) || level.queues.isIdle) continue;
      level.isQuiescing = true;
      levels.set(name, level);
    }
    this.#levels = levels;
    for (const level of levels.values()) level.queues.config = queuingOf(level.spec);
    dealNominal(this.levels, this.#options.seats);
    this.#borrow();
    this.#schemas = this.#schemasIn(levels);
  }
  #newLevel(name: string, spec: PriorityLevelConfiguration['spec']): Level {
    const level = new Level(name, spec, this.#time);
    level.changed = this.#options.observer?.follow(level);
    return level;
  }
  #schemasIn(levels: ReadonlyMap<string, Level>): readonly Schema[] {
    const wanted = new Map(mandatorySchemas.map((one) => [one.name, imagined(FlowSchema, one)]));
    for (const schema of this.#wantedSchemas) wanted.set(schema.metadata.name, schema);
    const schemas: Schema[] = [];
    for (const { metadata, spec } of wanted.values()) {
      const level = levels.get(spec.priorityLevelConfiguration.name);
      if (level === undefined || level.isQuiescing) continue;
      const { name, uid = '' } = metadata;
      const stats = this.#statsOf(level.name, name);
      const by = spec.distinguisherMethod?.type;
      const precedence = spec.matchingPrecedence ?? 1000;
      const observer = this.#options.observer?.pair(level.name, name);
      schemas.push({ name, uid, precedence, matches: matcherOf(spec), by, level, stats, observer, flows: new Map() });
    }
    return schemas.sort((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1));
  }
  #statsOf(level: string, schema: string): FlowStats {
    const key = `${level}\0${schema}`;
    let stats = this.#stats.get(key);
    if (stats === undefined) {
      stats = new FlowStats();
      setLatest(this.#stats, key, stats, statsMax);
    }
    return stats;
  }
  #borrow(): void {
    this.fairFraction = dealBorrowed(this.levels);
    for (const level of this.#levels.values()) level.queues.configure(queuingOf(level.spec), level.current);
  }
}
