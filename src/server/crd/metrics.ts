import type { Clock } from '../../base/clock.ts';
import { commonBounds, exponential, type Metrics } from '../../base/metrics.ts';
import type { RuleTimes } from '../../kinds/apiextensions/lib/custom-rules.ts';

/** How long the rules of custom resources take, under upstream's names (k8s.io/apiserver cel/metrics, apiextensions-apiserver apiserver/validation). */
export function ruleTimes(metrics: Metrics, clock: Clock): RuleTimes {
  const times = (name: string, help: string, bounds: readonly number[] = commonBounds) => metrics.histogram(name, help, bounds).of();
  const compilations = times('apiserver_cel_compilation_duration_seconds', '[BETA] Time to compile the CEL rules of one place');
  const evaluations = times('apiserver_cel_evaluation_duration_seconds', '[BETA] Time to run the CEL rules of one place and below');
  const ratcheting = times(
    'apiextensions_apiserver_validation_ratcheting_seconds',
    '[ALPHA] Time to find what an update of a custom resource leaves as it was',
    exponential(0.000_01, 4, 10),
  );
  return {
    clock,
    compiled: (seconds) => compilations.observe(seconds),
    evaluated: (seconds) => evaluations.observe(seconds),
    compared: (seconds) => ratcheting.observe(seconds),
  };
}
