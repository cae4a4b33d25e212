import type { Metrics } from '../../base/metrics.ts';
import type { FlowControl, FlowObserver } from './flow-control.ts';

const durations = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const pair = ['priority_level', 'flow_schema'];
const level = ['priority_level'];
const prefix = 'apiserver_flowcontrol_';

/** What is observed of each request, under upstream's names. */
export function flowObserver(metrics: Metrics): FlowObserver {
  const seats = metrics.histogram(
    `${prefix}work_estimated_seats`,
    'Seats that requests were taken to need',
    [1, 2, 4, 8, 16, 32, 64, 100],
    pair,
  );
  const waits = metrics.histogram(`${prefix}request_wait_duration_seconds`, 'Time in a queue', durations, [...pair, 'execute']);
  const executions = metrics.histogram(`${prefix}request_execution_seconds`, 'Time at work; of watches, until they began', durations, [
    ...pair,
    'type',
  ]);
  return {
    seats: (of, schema, count) => seats.of(of, schema).observe(count),
    waited: (of, schema, executed, seconds) => waits.of(of, schema, String(executed)).observe(seconds),
    executed: (of, schema, verb, seconds) => executions.of(of, schema, verb === 'watch' ? 'watch' : 'regular').observe(seconds),
  };
}

/** What is read off the levels and queues when somebody looks. */
export function collectFlowControl(metrics: Metrics, flow: FlowControl): void {
  const counter = (name: string, help: string, labels: readonly string[]) => metrics.counter(prefix + name, help, labels);
  const gauge = (name: string, help: string, labels: readonly string[]) => metrics.gauge(prefix + name, help, labels);
  const byPair = {
    dispatched: counter('dispatched_requests_total', 'Requests that were worked on', pair),
    noAccommodation: counter('request_dispatch_no_accommodation_total', 'Requests that had to wait for seats at their turn', pair),
    waiting: gauge('current_inqueue_requests', 'Requests in queues', pair),
    waitingSeats: gauge('current_inqueue_seats', 'Seats that requests in queues want', pair),
    executing: gauge('current_executing_requests', 'Requests at work', pair),
    executingSeats: gauge('current_executing_seats', 'Seats taken', pair),
  };
  const rejected = counter('rejected_requests_total', 'Requests turned away', [...pair, 'reason']);
  const inUse = gauge('request_concurrency_in_use', 'Seats taken', pair);
  const byLevel = {
    nominal: [gauge('nominal_limit_seats', 'Seats by the shares of a level', level), gauge('request_concurrency_limit', 'The same', level)],
    lowest: [gauge('lower_limit_seats', 'Seats that a level does not lend', level)],
    highest: [gauge('upper_limit_seats', 'Seats that a level may have', level)],
    current: [gauge('current_limit_seats', 'Seats that a level has now', level)],
    highestDemand: [gauge('demand_seats_high_watermark', 'Most seats wanted in the last period', level)],
    averageDemand: [gauge('demand_seats_average', 'Seats wanted in the last period', level)],
    deviation: [gauge('demand_seats_stdev', 'Deviation of the seats wanted in the last period', level)],
    smoothedDemand: [gauge('demand_seats_smoothed', 'Seats wanted, smoothed', level)],
    target: [gauge('target_seats', 'Seats aimed at', level)],
  } as const;
  const currentR = gauge('current_r', 'Virtual time of a level', level);
  const fair = gauge('seat_fair_frac', 'The part of its demand that every level gets', []);
  metrics.collect(() => {
    for (const [of, schema, stats] of flow.stats()) {
      for (const name of Object.keys(byPair) as (keyof typeof byPair)[]) byPair[name].of(of, schema).set(stats[name]);
      inUse.of(of, schema).set(stats.executingSeats);
      for (const [reason, count] of Object.entries(stats.rejected)) if (count > 0) rejected.of(of, schema, reason).set(count);
    }
    for (const families of [...Object.values(byLevel).flat(), currentR]) families.clear();
    for (const one of flow.levels) {
      for (const [name, families] of Object.entries(byLevel))
        for (const family of families) family.of(one.name).set(one[name as keyof typeof byLevel]);
      currentR.of(one.name).set(one.queues.currentR);
    }
    fair.of().set(flow.fairFraction);
  });
}
