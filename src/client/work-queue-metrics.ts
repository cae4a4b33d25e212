import { exponential, type Metrics } from '../base/metrics.ts';
import type { WorkQueueHooks } from './work-queue.ts';

const bounds = exponential(1e-8, 10, 10);

/** What queues of controllers count, under upstream's names (k8s.io/component-base metrics/prometheus/workqueue): gives the hooks of one. */
export function workQueueHooks(metrics: Metrics): (name: string) => WorkQueueHooks {
  const prefix = 'workqueue_';
  const labels = ['name'];
  const counter = (name: string, help: string) => metrics.counter(prefix + name, `[BETA] ${help}`, labels);
  const gauge = (name: string, help: string) => metrics.gauge(prefix + name, `[BETA] ${help}`, labels);
  const times = (name: string, help: string) => metrics.histogram(prefix + name, `[BETA] ${help}`, bounds, labels);
  const adds = counter('adds_total', 'Keys added');
  const retries = counter('retries_total', 'Keys added again after a failure');
  const depth = gauge('depth', 'Keys that wait');
  const waits = times('queue_duration_seconds', 'Time that keys wait');
  const works = times('work_duration_seconds', 'Time that the work on a key takes');
  const unfinished = gauge('unfinished_work_seconds', 'Time that the work under way has taken so far, all together');
  const longest = gauge('longest_running_processor_seconds', 'Time that the oldest work under way has taken so far');
  const queues = new Map<string, () => readonly number[]>();
  metrics.collect(() => {
    for (const [name, running] of queues) {
      const seconds = running().map((ms) => ms / 1000);
      unfinished.of(name).set(seconds.reduce((sum, one) => sum + one, 0));
      longest.of(name).set(Math.max(0, ...seconds));
    }
  });
  return (name) => {
    const [added, retried, waiting, waited, worked] = [adds.of(name), retries.of(name), depth.of(name), waits.of(name), works.of(name)];
    return {
      added: () => added.add(),
      retried: () => retried.add(),
      depth: (count) => waiting.set(count),
      started: (ms) => waited.observe(ms / 1000),
      finished: (ms) => worked.observe(ms / 1000),
      running: (tell) => void queues.set(name, tell),
    };
  };
}
