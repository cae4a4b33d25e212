import { type Distribution, type Family, type Metrics, once } from '../../base/metrics.ts';
import { resourceOfPrefix } from '../cache/stored-object.ts';

const waitSeconds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3];
const comparisonSeconds = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 5];

/** How it was found whether an update changes more than the times of managedFields. */
export type Comparison = 'equal_objects' | 'unequal_objects_fast' | 'unequal_objects_slow';

/** How long parts of the verbs take, under upstream's names (k8s.io/apiserver endpoints/metrics, storage/cacher/metrics). */
export class VerbMetrics {
  readonly #waits: Family<Distribution>;
  readonly #waitsByPrefix = new Map<string, Distribution>();
  readonly #comparisons: Readonly<Record<Comparison, () => Distribution>>;

  constructor(metrics: Metrics) {
    const place = ['group', 'resource'];
    this.#waits = metrics.histogram(
      'apiserver_watch_cache_read_wait_seconds',
      '[ALPHA] Time until the cache was as new as a read demands',
      waitSeconds,
      place,
    );
    const comparisons = metrics.histogram(
      'apiserver_request_timestamp_comparison_time',
      '[ALPHA] Time to find whether an update changes more than times',
      comparisonSeconds,
      ['code_path'],
    );
    const of = (outcome: Comparison) => once(() => comparisons.of(outcome));
    this.#comparisons = {
      equal_objects: of('equal_objects'),
      unequal_objects_fast: of('unequal_objects_fast'),
      unequal_objects_slow: of('unequal_objects_slow'),
    };
  }
  /** A read waited for the kind stored under `prefix`. */
  waited(prefix: string, seconds: number): void {
    let waits = this.#waitsByPrefix.get(prefix);
    if (waits === undefined) {
      const { group, plural } = resourceOfPrefix(prefix);
      waits = this.#waits.of(group, plural);
      this.#waitsByPrefix.set(prefix, waits);
    }
    waits.observe(seconds);
  }
  compared(outcome: Comparison, seconds: number): void {
    this.#comparisons[outcome]().observe(seconds);
  }
}
