import type { Clock } from '../../base/clock.ts';
import { type Distribution, type Family, type Metrics, once } from '../../base/metrics.ts';
import type { FlowControl, FlowObserver, PairObserver } from './flow-control.ts';
import type { InFlightLimits } from './in-flight.ts';

const durations = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const pair = ['priority_level', 'flow_schema'];
const level = ['priority_level'];
const queueLengths = [0, 10, 25, 50, 100, 250, 500, 1000];
const prefix = 'apiserver_flowcontrol_';

const nanosPerMs = 1e6;

/** A number that changes: its histogram counts for how many nanoseconds it had which value, as a part of a whole. */
class TimedRatio {
  readonly #distribution: Distribution;
  readonly #clock: Clock;
  #ratio = 0;
  #sinceMs: number;

  constructor(distribution: Distribution, clock: Clock) {
    this.#distribution = distribution;
    this.#clock = clock;
    this.#sinceMs = clock.monotonic();
  }
  set(value: number, whole: number): void {
    const ratio = whole > 0 ? value / whole : value;
    if (ratio === this.#ratio) return;
    this.advance();
    this.#ratio = ratio;
  }
  advance(): void {
    const nowMs = this.#clock.monotonic();
    const nanos = Math.round((nowMs - this.#sinceMs) * nanosPerMs);
    if (nanos > 0) this.#distribution.observe(this.#ratio, nanos);
    this.#sinceMs = nowMs;
  }
}
/** The fractions that upstream's histograms of its own kind tell (timing_ratio_histogram). */
function timedRatios(metrics: Metrics, clock: Clock, { readingMax, changingMax }: InFlightLimits) {
  const family = (name: string, help: string, bounds: readonly number[], labels: readonly string[]) =>
    metrics.histogram(prefix + name, `EXPERIMENTAL: [ALPHA] ${help}, weighted by time`, bounds, labels);
  const phased = ['phase', ...level];
  const tenths = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];
  const seats = family('priority_level_seat_utilization', 'Part of its seats that a level uses', [0, ...tenths], phased);
  const requestBounds = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 1];
  const requests = family(
    'priority_level_request_utilization',
    'Requests of a level, as a part of what it may have',
    requestBounds,
    phased,
  );
  const crowd = family(
    'read_vs_write_current_requests',
    'Requests, as a part of what there may be',
    [0, 0.001, 0.01, ...tenths],
    ['phase', 'request_kind'],
  );
  const demandBounds = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.7, 2, 2.8, 4, 6];
  const demand = family('demand_seats', 'Seats that a level could use, as a part of its own', demandBounds, level);
  const all = new Set<TimedRatio>();
  const ratio = (distribution: Distribution) => {
    const made = new TimedRatio(distribution, clock);
    all.add(made);
    return made;
  };
  metrics.collect(() => {
    for (const one of all) one.advance();
  });
  const byLevel = new Map<string, readonly [TimedRatio, TimedRatio, TimedRatio, TimedRatio]>();
  const of = (phase: string, kind: string) => ratio(crowd.of(phase, kind));
  const [reading, changing] = [of('executing', 'readOnly'), of('executing', 'mutating')];
  const [readingWaits, changingWaits] = [of('waiting', 'readOnly'), of('waiting', 'mutating')];
  const serverSeats = readingMax + changingMax;
  return {
    follow(one: FlowControl['levels'][number]): () => void {
      const { name } = one;
      const known = byLevel.get(name) ?? [
        ratio(seats.of('executing', name)),
        ratio(requests.of('executing', name)),
        ratio(requests.of('waiting', name)),
        ratio(demand.of(name)),
      ];
      byLevel.set(name, known);
      const [used, executing, waiting, wanted] = known;
      return () => {
        const { queues, current, nominal } = one;
        used.set(queues.seatsInUse, current);
        executing.set(queues.executing, current);
        waiting.set(queues.waiting, Math.max(0, queues.config.queues) * queues.config.lengthMax);
        wanted.set(queues.seatsInUse + queues.seatsWaiting, nominal);
      };
    },
    crowd(now: FlowControl['now']) {
      reading.set(now.reading, serverSeats);
      changing.set(now.changing, serverSeats);
      readingWaits.set(now.readingWaits, serverSeats);
      changingWaits.set(now.changingWaits, serverSeats);
    },
  };
}

/** What is observed of each request, under upstream's names. */
export function flowObserver(metrics: Metrics, clock: Clock, limits: InFlightLimits): FlowObserver {
  const histogram = (name: string, help: string, bounds: readonly number[], labels: readonly string[]) =>
    metrics.histogram(prefix + name, help, bounds, labels);
  const seatBounds = [1, 2, 4, 8, 16, 32, 64, 100];
  const seats = histogram('work_estimated_seats', '[ALPHA] Seats that requests were taken to need', seatBounds, pair);
  const waits = histogram('request_wait_duration_seconds', '[BETA] Time in a queue', durations, [...pair, 'execute']);
  const help = '[ALPHA] Time at work; of watches, until they began';
  const executions = histogram('request_execution_seconds', help, durations, [...pair, 'type']);
  const lengths = histogram('request_queue_length_after_enqueue', '[ALPHA] Requests in a queue with a new one', queueLengths, pair);
  const watches = histogram('watch_count_samples', '[ALPHA] Watches that a change is told to', [0, 1, 10, 100, 1000, 10_000], pair);
  return {
    ...timedRatios(metrics, clock, limits),
    pair(of: string, schema: string): PairObserver {
      const own = (family: Family<Distribution>, ...more: readonly string[]) => once(() => family.of(of, schema, ...more));
      const [estimated, length, watched] = [own(seats), own(lengths), own(watches)];
      const [executed, refused] = [own(waits, 'true'), own(waits, 'false')];
      const [regular, watch] = [own(executions, 'regular'), own(executions, 'watch')];
      return {
        seats: (count) => estimated().observe(count),
        waited: (isExecuted, seconds) => (isExecuted ? executed : refused)().observe(seconds),
        executed: (verb, seconds) => (verb === 'watch' ? watch : regular)().observe(seconds),
        queued: (count) => length().observe(count),
        watchers: (count) => watched().observe(count),
      };
    },
  };
}

/** What is read off the levels and queues when somebody looks. */
export function collectFlowControl(metrics: Metrics, flow: FlowControl): void {
  const counter = (name: string, help: string, labels: readonly string[]) => metrics.counter(prefix + name, help, labels);
  const gauge = (name: string, help: string, labels: readonly string[]) => metrics.gauge(prefix + name, help, labels);
  const byPair = {
    dispatched: counter('dispatched_requests_total', '[BETA] Requests that were worked on', pair),
    noAccommodation: counter('request_dispatch_no_accommodation_total', '[ALPHA] Requests that had to wait for seats at their turn', pair),
    waiting: gauge('current_inqueue_requests', '[BETA] Requests in queues', pair),
    waitingSeats: gauge('current_inqueue_seats', '[ALPHA] Seats that requests in queues want', pair),
    executing: gauge('current_executing_requests', '[BETA] Requests at work', pair),
    executingSeats: gauge('current_executing_seats', '[BETA] Seats taken', pair),
  };
  const rejected = counter('rejected_requests_total', '[BETA] Requests turned away', [...pair, 'reason']);
  const byLevel = {
    nominal: [gauge('nominal_limit_seats', '[BETA] Seats by the shares of a level', level)],
    lowest: [gauge('lower_limit_seats', '[ALPHA] Seats that a level does not lend', level)],
    highest: [gauge('upper_limit_seats', '[ALPHA] Seats that a level may have', level)],
    current: [gauge('current_limit_seats', '[ALPHA] Seats that a level has now', level)],
    highestDemand: [gauge('demand_seats_high_watermark', '[ALPHA] Most seats wanted in the last period', level)],
    averageDemand: [gauge('demand_seats_average', '[ALPHA] Seats wanted in the last period', level)],
    deviation: [gauge('demand_seats_stdev', '[ALPHA] Deviation of the seats wanted in the last period', level)],
    smoothedDemand: [gauge('demand_seats_smoothed', '[ALPHA] Seats wanted, smoothed', level)],
    target: [gauge('target_seats', '[ALPHA] Seats aimed at', level)],
  } as const;
  const currentR = gauge('current_r', '[ALPHA] Virtual time of a level', level);
  const dispatchR = gauge('dispatch_r', '[ALPHA] Virtual time of a level when a request last got its seats', level);
  const latestS = gauge('latest_s', '[ALPHA] When that request was due, in virtual time', level);
  const bounds = [...level, 'bound'];
  const nextS = gauge('next_s_bounds', '[ALPHA] When the next request of a queue was due then: first and last of the queues', bounds);
  const discounted = gauge('next_discounted_s_bounds', '[ALPHA] The same, less the work that is under way', bounds);
  const dispatches = [dispatchR, latestS, nextS, discounted];
  const fair = gauge('seat_fair_frac', '[ALPHA] The part of its demand that every level gets', []);
  metrics.collect(() => {
    for (const [of, schema, stats] of flow.stats()) {
      for (const name of Object.keys(byPair) as (keyof typeof byPair)[]) byPair[name].of(of, schema).set(stats[name]);
      for (const [reason, count] of Object.entries(stats.rejected)) if (count > 0) rejected.of(of, schema, reason).set(count);
    }
    for (const families of [...Object.values(byLevel).flat(), currentR, ...dispatches]) families.clear();
    for (const one of flow.levels) {
      for (const [name, families] of Object.entries(byLevel))
        for (const family of families) family.of(one.name).set(one[name as keyof typeof byLevel]);
      currentR.of(one.name).set(one.queues.currentR);
      const last = one.queues.lastDispatch;
      if (last === undefined) continue;
      dispatchR.of(one.name).set(last.r);
      latestS.of(one.name).set(last.s);
      nextS.of(one.name, 'min').set(last.sMin);
      nextS.of(one.name, 'max').set(last.sMax);
      discounted.of(one.name, 'min').set(last.discountedMin);
      discounted.of(one.name, 'max').set(last.discountedMax);
    }
    fair.of().set(flow.fairFraction);
  });
}
