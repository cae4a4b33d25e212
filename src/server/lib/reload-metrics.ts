import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Metrics } from '../../base/metrics.ts';

/** As upstream tells names and texts in metrics. */
export const hashLabel = (text: string): string => (text === '' ? '' : `sha256:${createHash('sha256').update(text).digest('hex')}`);

export interface ReloadObserver {
  readonly reloaded: (isGood: boolean, text: string) => void;
}
/**
 * Counts how a followed file of configuration is taken in (k8s.io/apiserver server/options/*config/metrics). `subject`: 'authentication',
 * 'authorization', 'encryption'.
 */
export function reloadObserver(metrics: Metrics, subject: string, apiServerId: string, clock: Clock, text: string): ReloadObserver {
  const prefix = `apiserver_${subject}_config_controller_`;
  const stability = subject === 'encryption' ? '[ALPHA]' : '[BETA]';
  const labels = ['status', 'apiserver_id_hash'];
  const count = metrics.counter(`${prefix}automatic_reloads_total`, `${stability} Times the configuration was read anew`, labels);
  const times = metrics.gauge(`${prefix}automatic_reload_last_timestamp_seconds`, `${stability} When it was read anew last`, labels);
  const info = metrics.gauge(`${prefix}last_config_info`, '[ALPHA] The configuration in force', ['apiserver_id_hash', 'hash']);
  const id = hashLabel(apiServerId);
  const inForce = (now: string) => {
    info.clear();
    info.of(id, hashLabel(now)).set(1);
  };
  inForce(text);
  return {
    reloaded(isGood, now) {
      const labelled = [isGood ? 'success' : 'failure', id];
      count.of(...labelled).add();
      times.of(...labelled).set(clock.now() / 1000);
      if (isGood) inForce(now);
    },
  };
}
