import type { HorizontalPodAutoscaler } from '../../kinds/autoscaling/horizontal-pod-autoscaler.ts';
import type { HPAScalingRules } from '../../kinds/autoscaling/shapes/horizontal-pod-autoscaler.ts';

/**
 * From what metrics ask for to what is done: steady, and not faster than allowed.
 * https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#configurable-scaling-behavior
 */
export interface Recommendation {
  readonly replicas: number;
  readonly atMs: number;
}
export interface ScaleEvent {
  /** Pods more or fewer; never negative. */
  readonly change: number;
  readonly atMs: number;
}
/** What is remembered of one autoscaler. */
export interface History {
  readonly recommendations: readonly Recommendation[];
  readonly ups: readonly ScaleEvent[];
  readonly downs: readonly ScaleEvent[];
}
export const noHistory: History = { recommendations: [], ups: [], downs: [] };

export interface Limits {
  readonly current: number;
  readonly min: number;
  readonly max: number;
}
interface Said {
  readonly reason: string;
  readonly message: string;
}
export interface Decision {
  readonly replicas: number;
  readonly ableToScale: Said;
  /** Why less is done than asked for; `limited` false: all of it. */
  readonly scalingLimited: Said & { readonly limited: boolean };
  readonly history: History;
}

/** Recommendations hold against scaling down for as long as this, where the autoscaler says nothing else. */
const defaultDownWindowMs = 300_000;
const longestPeriodMs = 1_800_000;
const mostReplicas = 2147483647;

const within: Said = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };
const ready: Said = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
const stabilized = (direction: 'Up' | 'Down'): Said => {
  const [was, applied] = direction === 'Up' ? ['lower', 'lowest'] : ['higher', 'highest'];
  return {
    reason: `Scale${direction}Stabilized`,
    message: `recent recommendations were ${was} than current one, applying the ${applied} recent recommendation`,
  };
};
const tooFast = (direction: 'Up' | 'Down'): Said => ({
  reason: `Scale${direction}Limit`,
  message: `the desired replica count is ${direction === 'Up' ? 'increasing' : 'decreasing'} faster than the maximum scale rate`,
});
const tooMany: Said = { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' };
const tooFew: Said = { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' };

interface Bounded {
  readonly replicas: number;
  readonly said: Said;
}

/** Without behaviors: at most double or four pods at once. */
function plainBounds(desired: number, { current, min, max }: Limits): Bounded {
  const rate = Math.max(2 * current, 4);
  if (desired < min) return { replicas: min, said: tooFew };
  const most = Math.min(max, rate);
  return desired > most ? { replicas: most, said: max > rate ? tooFast('Up') : tooMany } : { replicas: desired, said: within };
}

/** What the policies of one direction allow, from where the replicas stood at the beginning of each period. */
function policyLimit(rules: HPAScalingRules, direction: 1 | -1, current: number, { ups, downs }: History, nowMs: number): number {
  if (rules.selectPolicy === 'Disabled') return current;
  const proposals = (rules.policies ?? []).map(({ type, value, periodSeconds }) => {
    const sum = (events: readonly ScaleEvent[]) =>
      events.filter(({ atMs }) => atMs > nowMs - periodSeconds * 1000).reduce((total, { change }) => total + change, 0);
    const start = current - sum(ups) + sum(downs);
    if (type === 'Pods') return start + direction * value;
    return direction > 0 ? Math.ceil(start * (1 + value / 100)) : Math.trunc(start * (1 - value / 100));
  });
  const wantsLargest = (rules.selectPolicy === 'Min') === direction < 0;
  return wantsLargest ? Math.max(-mostReplicas, ...proposals) : Math.min(mostReplicas, ...proposals);
}
function behaviorBounds(
  desired: number,
  limits: Limits,
  up: HPAScalingRules,
  down: HPAScalingRules,
  history: History,
  nowMs: number,
): Bounded {
  const { current, min, max } = limits;
  if (desired > current) {
    const rate = Math.max(current, policyLimit(up, 1, current, history, nowMs));
    const most = Math.min(max, rate);
    if (desired > most) return { replicas: most, said: max > rate ? tooFast('Up') : tooMany };
  } else if (desired < current) {
    const rate = Math.min(current, policyLimit(down, -1, current, history, nowMs));
    const least = Math.max(min, rate);
    if (desired < least) return { replicas: least, said: min < rate ? tooFast('Down') : tooFew };
  }
  return { replicas: desired, said: within };
}

interface Steady extends Bounded {
  readonly recommendations: readonly Recommendation[];
}
/** The highest of recent recommendations. */
function plainSteady(desired: number, past: readonly Recommendation[], nowMs: number): Steady {
  const recent = past.filter(({ atMs }) => atMs >= nowMs - defaultDownWindowMs);
  const replicas = Math.max(desired, ...recent.map((one) => one.replicas));
  return { replicas, said: stabilized('Down'), recommendations: [...recent, { replicas: desired, atMs: nowMs }] };
}
function behaviorSteady(
  desired: number,
  current: number,
  upWindowMs: number,
  downWindowMs: number,
  past: readonly Recommendation[],
  nowMs: number,
): Steady {
  const since = (windowMs: number) => past.filter(({ atMs }) => atMs > nowMs - windowMs).map((one) => one.replicas);
  const lowest = Math.min(desired, ...since(upWindowMs));
  const highest = Math.max(desired, ...since(downWindowMs));
  const kept = past.filter(({ atMs }) => atMs >= nowMs - Math.max(upWindowMs, downWindowMs));
  return {
    replicas: Math.min(highest, Math.max(lowest, current)),
    said: stabilized(desired >= current ? 'Up' : 'Down'),
    recommendations: [...kept, { replicas: desired, atMs: nowMs }],
  };
}

/** What is done when metrics ask for `desired` replicas. */
export function decide({ spec }: HorizontalPodAutoscaler, desired: number, limits: Limits, history: History, nowMs: number): Decision {
  const { behavior } = spec;
  const past = history.recommendations;
  const { scaleUp = {}, scaleDown = {} } = behavior ?? {};
  const seconds = (rules: HPAScalingRules, otherwise: number) => (rules.stabilizationWindowSeconds ?? otherwise) * 1000;
  const steady =
    behavior === undefined
      ? plainSteady(desired, past, nowMs)
      : behaviorSteady(desired, limits.current, seconds(scaleUp, 0), seconds(scaleDown, defaultDownWindowMs / 1000), past, nowMs);
  const bounded =
    behavior === undefined
      ? plainBounds(steady.replicas, limits)
      : behaviorBounds(steady.replicas, limits, scaleUp, scaleDown, history, nowMs);
  return {
    replicas: bounded.replicas,
    ableToScale: steady.replicas === desired ? ready : steady.said,
    scalingLimited: { ...bounded.said, limited: bounded.replicas !== steady.replicas },
    history: { ...history, recommendations: steady.recommendations },
  };
}

/** The history after the size was changed; only behaviors look at it. */
export function afterScaling(history: History, { spec }: HorizontalPodAutoscaler, from: number, to: number, nowMs: number): History {
  if (spec.behavior === undefined) return history;
  const recent = (events: readonly ScaleEvent[]) => events.filter(({ atMs }) => atMs >= nowMs - longestPeriodMs);
  const event = { change: Math.abs(to - from), atMs: nowMs };
  return to > from ? { ...history, ups: [...recent(history.ups), event] } : { ...history, downs: [...recent(history.downs), event] };
}
