import { formatDuration } from '../../api/gotime.ts';
import { parseQuantity, value } from '../../api/quantity.ts';

/** What node-pressure eviction watches: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#eviction-signals */
export const signals = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'pid.available',
] as const;
export type Signal = (typeof signals)[number];
export const isSignal = (name: string): name is Signal => (signals as readonly string[]).includes(name);

/** Part of the capacity ('10%') or an amount ('100Mi'). */
export type Amount = { readonly percent: number } | { readonly quantity: string };
export interface Threshold {
  readonly signal: Signal;
  readonly amount: Amount;
  /** 0: hard; else how long it may be met before pods are evicted. */
  readonly graceMs: number;
  readonly minReclaim: Amount | undefined;
}
/** One measurement of a signal. */
export interface Observation {
  readonly available: number;
  readonly capacity: number;
}
export type Observations = ReadonlyMap<Signal, Observation>;
export type NodePressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure';

export const pressureOf = (signal: Signal): NodePressure =>
  signal === 'memory.available' ? 'MemoryPressure' : signal === 'pid.available' ? 'PIDPressure' : 'DiskPressure';
/** The resource as messages name it. */
export const resourceOf = (signal: Signal): string =>
  signal === 'memory.available'
    ? 'memory'
    : signal === 'pid.available'
      ? 'pids'
      : signal.endsWith('inodesFree')
        ? 'inodes'
        : 'ephemeral-storage';

/** Throws Error in upstream's words for what is neither a percentage of 0 to 100 nor a quantity that is not negative. */
export function parseAmount(text: string): Amount {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percent !== null) {
    if (Number(percent[1]) > 100) throw new Error(`eviction percentage threshold must be <= 100%: ${text}`);
    return { percent: Number(percent[1]) };
  }
  parseQuantity(text);
  if (value(text) < 0) throw new Error(`eviction threshold must be positive: ${text}`);
  return { quantity: text };
}
export const amountOf = (amount: Amount | undefined, capacity: number): number =>
  amount === undefined ? 0 : 'percent' in amount ? Math.floor((capacity * amount.percent) / 100) : value(amount.quantity);
export const amountText = (amount: Amount): string => ('percent' in amount ? `${amount.percent}%` : amount.quantity);
const same = (a: Threshold, b: Threshold) =>
  a.signal === b.signal && a.graceMs === b.graceMs && amountText(a.amount) === amountText(b.amount);

/** Whether less than the threshold is available; with `reclaim` until as much more is available as must be reclaimed. */
export function isMet(threshold: Threshold, observations: Observations, reclaim = false): boolean {
  const seen = observations.get(threshold.signal);
  if (seen === undefined) return false;
  return seen.available < amountOf(threshold.amount, seen.capacity) + (reclaim ? amountOf(threshold.minReclaim, seen.capacity) : 0);
}

/** What is remembered between two looks, all times monotonic. */
export interface PressureState {
  /** Thresholds that are met or not yet resolved, and since when. */
  readonly met: readonly { readonly threshold: Threshold; readonly sinceMs: number }[];
  /** When each pressure was last seen. */
  readonly seenMs: ReadonlyMap<NodePressure, number>;
  readonly pressures: ReadonlySet<NodePressure>;
}
export const noPressureState: PressureState = { met: [], seenMs: new Map(), pressures: new Set() };

/**
 * The next state from a measurement, and the threshold to act on first: memory before the others, as upstream's eviction
 * manager decides. A threshold that pods were evicted for stays until its minimum is reclaimed; a pressure is reported
 * for `transitionMs` after it was last seen. Pure.
 */
export function judge(
  before: PressureState,
  thresholds: readonly Threshold[],
  observations: Observations,
  transitionMs: number,
  nowMs: number,
): { readonly state: PressureState; readonly act: Threshold | undefined } {
  const unresolved = before.met.map(({ threshold }) => threshold).filter((one) => isMet(one, observations, true));
  const met = [...thresholds.filter((one) => isMet(one, observations)), ...unresolved].filter(
    (one, index, all) => all.findIndex((other) => same(one, other)) === index,
  );
  const since = (threshold: Threshold) => before.met.find((one) => same(one.threshold, threshold))?.sinceMs ?? nowMs;
  const next = met.map((threshold) => ({ threshold, sinceMs: since(threshold) }));
  const seenMs = new Map(before.seenMs);
  for (const { signal } of met) seenMs.set(pressureOf(signal), nowMs);
  const pressures = new Set([...seenMs].filter(([, atMs]) => nowMs - atMs < transitionMs || atMs === nowMs).map(([pressure]) => pressure));
  const due = next.filter(({ threshold, sinceMs }) => nowMs - sinceMs >= threshold.graceMs).map(({ threshold }) => threshold);
  const act = due.sort((a, b) => signals.indexOf(a.signal) - signals.indexOf(b.signal) || a.graceMs - b.graceMs)[0];
  return { state: { met: next, seenMs, pressures }, act };
}

/** 'memory.available<100Mi, grace period 30s': for the log. */
export const thresholdText = ({ signal, amount, graceMs }: Threshold): string =>
  `${signal}<${amountText(amount)}${graceMs === 0 ? '' : `, grace period ${formatDuration(graceMs)}`}`;
