import { formatDuration, parseDurationNanos } from '../api/gotime.ts';
import { canonicalQuantity, value } from '../api/quantity.ts';
import { type Amount, amountText, isSignal, parseAmount, type Signal, type Threshold } from './eviction/thresholds.ts';
import type { ResourceList } from './types.ts';

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}
/** What of KubeletConfiguration (kubelet.config.k8s.io/v1beta1) this kubelet goes by; names and defaults are upstream's. */
export interface KubeletConfiguration {
  /** Where the kubelet answers callers from outside this process. */
  readonly port: number;
  /** Folder or file of pods that run without the API; '' for none. */
  readonly staticPodPath: string;
  readonly fileCheckFrequencyMs: number;
  readonly nodeStatusUpdateFrequencyMs: number;
  readonly nodeStatusReportFrequencyMs: number;
  readonly nodeLeaseDurationSeconds: number;
  readonly imageMinimumGCAgeMs: number;
  /** 0: images are never too old. */
  readonly imageMaximumGCAgeMs: number;
  readonly imageGCHighThresholdPercent: number;
  readonly imageGCLowThresholdPercent: number;
  readonly maxPods: number;
  /** -1: no limit. */
  readonly podPidsLimit: number;
  readonly evictionHard: ReadonlyMap<Signal, Amount>;
  readonly evictionSoft: ReadonlyMap<Signal, Amount>;
  readonly evictionSoftGracePeriodMs: ReadonlyMap<Signal, number>;
  readonly evictionMinimumReclaim: ReadonlyMap<Signal, Amount>;
  readonly evictionPressureTransitionPeriodMs: number;
  readonly evictionMaxPodGracePeriod: number;
  readonly containerLogMaxSizeBytes: number;
  readonly containerLogMaxFiles: number;
  readonly containerLogMonitorIntervalMs: number;
  readonly systemReserved: ResourceList;
  readonly kubeReserved: ResourceList;
  readonly allowedUnsafeSysctls: readonly string[];
  readonly registerWithTaints: readonly Taint[];
}

const minuteMs = 60_000;
export const defaultConfiguration: KubeletConfiguration = {
  port: 10250,
  staticPodPath: '',
  fileCheckFrequencyMs: 20_000,
  nodeStatusUpdateFrequencyMs: 10_000,
  nodeStatusReportFrequencyMs: 5 * minuteMs,
  nodeLeaseDurationSeconds: 40,
  imageMinimumGCAgeMs: 2 * minuteMs,
  imageMaximumGCAgeMs: 0,
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  maxPods: 110,
  podPidsLimit: -1,
  evictionHard: new Map<Signal, Amount>([
    ['memory.available', { quantity: '100Mi' }],
    ['nodefs.available', { percent: 10 }],
    ['nodefs.inodesFree', { percent: 5 }],
    ['imagefs.available', { percent: 15 }],
    ['imagefs.inodesFree', { percent: 5 }],
  ]),
  evictionSoft: new Map(),
  evictionSoftGracePeriodMs: new Map(),
  evictionMinimumReclaim: new Map(),
  evictionPressureTransitionPeriodMs: 5 * minuteMs,
  evictionMaxPodGracePeriod: 0,
  containerLogMaxSizeBytes: 10 * 2 ** 20,
  containerLogMaxFiles: 5,
  containerLogMonitorIntervalMs: 10_000,
  systemReserved: {},
  kubeReserved: {},
  allowedUnsafeSysctls: [],
  registerWithTaints: [],
};

type Reader = (json: unknown) => Partial<KubeletConfiguration>;
const fail = (what: string): never => {
  throw new Error(what);
};
const text = (json: unknown): string => (typeof json === 'string' ? json : fail(`must be a string, not ${JSON.stringify(json)}`));
const duration = (json: unknown): number => Number(parseDurationNanos(text(json)) / 1_000_000n);
const whole = (json: unknown, least: number, most = 2 ** 31): number =>
  Number.isInteger(json) && (json as number) >= least && (json as number) <= most
    ? (json as number)
    : fail(`must be a whole number from ${least} to ${most}, not ${JSON.stringify(json)}`);
const list = (json: unknown): readonly unknown[] => (Array.isArray(json) ? json : fail('must be a list'));
function entries(json: unknown): [string, string][] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return fail('must be a map');
  return Object.entries(json).map(([key, one]) => [key, text(one)]);
}
function bySignal<T>(json: unknown, read: (text: string) => T): Map<Signal, T> {
  return new Map(
    entries(json).map(([name, one]) => [isSignal(name) ? name : fail(`unknown eviction signal ${JSON.stringify(name)}`), read(one)]),
  );
}
const quantities = (json: unknown): ResourceList => Object.fromEntries(entries(json).map(([name, one]) => [name, canonicalQuantity(one)]));

/** How each field is read. Throws Error without the field's name, which the caller adds. */
const readers: Readonly<Record<string, Reader>> = {
  port: (json) => ({ port: whole(json, 1, 65535) }),
  staticPodPath: (json) => ({ staticPodPath: text(json) }),
  fileCheckFrequency: (json) => ({ fileCheckFrequencyMs: duration(json) }),
  nodeStatusUpdateFrequency: (json) => ({ nodeStatusUpdateFrequencyMs: duration(json) }),
  nodeStatusReportFrequency: (json) => ({ nodeStatusReportFrequencyMs: duration(json) }),
  nodeLeaseDurationSeconds: (json) => ({ nodeLeaseDurationSeconds: whole(json, 1) }),
  imageMinimumGCAge: (json) => ({ imageMinimumGCAgeMs: duration(json) }),
  imageMaximumGCAge: (json) => ({ imageMaximumGCAgeMs: duration(json) }),
  imageGCHighThresholdPercent: (json) => ({ imageGCHighThresholdPercent: whole(json, 0, 100) }),
  imageGCLowThresholdPercent: (json) => ({ imageGCLowThresholdPercent: whole(json, 0, 100) }),
  maxPods: (json) => ({ maxPods: whole(json, 0) }),
  podPidsLimit: (json) => ({ podPidsLimit: whole(json, -1, 2 ** 53) }),
  evictionHard: (json) => ({ evictionHard: bySignal(json, parseAmount) }),
  evictionSoft: (json) => ({ evictionSoft: bySignal(json, parseAmount) }),
  evictionSoftGracePeriod: (json) => ({ evictionSoftGracePeriodMs: bySignal(json, duration) }),
  evictionMinimumReclaim: (json) => ({ evictionMinimumReclaim: bySignal(json, parseAmount) }),
  evictionPressureTransitionPeriod: (json) => ({ evictionPressureTransitionPeriodMs: duration(json) }),
  evictionMaxPodGracePeriod: (json) => ({ evictionMaxPodGracePeriod: whole(json, 0) }),
  containerLogMaxSize: (json) => ({ containerLogMaxSizeBytes: value(canonicalQuantity(text(json))) }),
  containerLogMaxFiles: (json) => ({ containerLogMaxFiles: whole(json, 2) }),
  containerLogMonitorInterval: (json) => ({ containerLogMonitorIntervalMs: duration(json) }),
  systemReserved: (json) => ({ systemReserved: quantities(json) }),
  kubeReserved: (json) => ({ kubeReserved: quantities(json) }),
  allowedUnsafeSysctls: (json) => ({ allowedUnsafeSysctls: list(json).map(text) }),
  registerWithTaints: (json) => ({ registerWithTaints: list(json) as readonly Taint[] }),
};

/** Reads a KubeletConfiguration; what it leaves out is as in `defaults`. Throws Error that names everything that is wrong. */
export function parseConfiguration(json: unknown, defaults: KubeletConfiguration = defaultConfiguration): KubeletConfiguration {
  const { apiVersion, kind, ...fields } = (json ?? {}) as Record<string, unknown>;
  const problems: string[] = [];
  if (apiVersion !== 'kubelet.config.k8s.io/v1beta1' || kind !== 'KubeletConfiguration')
    problems.push('apiVersion must be kubelet.config.k8s.io/v1beta1, and kind KubeletConfiguration');
  let configuration = defaults;
  for (const [name, one] of Object.entries(fields)) {
    const read = Object.hasOwn(readers, name) ? readers[name]! : undefined;
    try {
      if (read === undefined) fail('this kubelet has no such setting');
      else configuration = { ...configuration, ...read(one) };
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
    }
  }
  if (configuration.imageGCLowThresholdPercent > configuration.imageGCHighThresholdPercent)
    problems.push('imageGCLowThresholdPercent must not be above imageGCHighThresholdPercent');
  for (const signal of configuration.evictionSoft.keys())
    if (!configuration.evictionSoftGracePeriodMs.has(signal))
      problems.push(`grace period must be specified for the soft eviction threshold ${signal}`);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return configuration;
}

/** Hard and soft thresholds of the configuration. */
export function thresholdsOf(configuration: KubeletConfiguration): readonly Threshold[] {
  const make = (amounts: ReadonlyMap<Signal, Amount>, graceOf: (signal: Signal) => number) =>
    [...amounts].map(([signal, amount]) => ({
      signal,
      amount,
      graceMs: graceOf(signal),
      minReclaim: configuration.evictionMinimumReclaim.get(signal),
    }));
  return [
    ...make(configuration.evictionHard, () => 0),
    ...make(configuration.evictionSoft, (signal) => configuration.evictionSoftGracePeriodMs.get(signal) ?? 0),
  ];
}

const shown = <T>(map: ReadonlyMap<Signal, T>, print: (one: T) => string) =>
  Object.fromEntries([...map].map(([signal, one]) => [signal, print(one)]));

/** What /configz answers. */
export function configz(configuration: KubeletConfiguration): object {
  const { evictionHard, evictionSoft, evictionSoftGracePeriodMs, evictionMinimumReclaim } = configuration;
  return {
    kubeletconfig: {
      port: configuration.port,
      staticPodPath: configuration.staticPodPath,
      fileCheckFrequency: formatDuration(configuration.fileCheckFrequencyMs),
      nodeStatusUpdateFrequency: formatDuration(configuration.nodeStatusUpdateFrequencyMs),
      nodeStatusReportFrequency: formatDuration(configuration.nodeStatusReportFrequencyMs),
      nodeLeaseDurationSeconds: configuration.nodeLeaseDurationSeconds,
      imageMinimumGCAge: formatDuration(configuration.imageMinimumGCAgeMs),
      imageMaximumGCAge: formatDuration(configuration.imageMaximumGCAgeMs),
      imageGCHighThresholdPercent: configuration.imageGCHighThresholdPercent,
      imageGCLowThresholdPercent: configuration.imageGCLowThresholdPercent,
      maxPods: configuration.maxPods,
      podPidsLimit: configuration.podPidsLimit,
      evictionHard: shown(evictionHard, amountText),
      evictionSoft: shown(evictionSoft, amountText),
      evictionSoftGracePeriod: shown(evictionSoftGracePeriodMs, formatDuration),
      evictionMinimumReclaim: shown(evictionMinimumReclaim, amountText),
      evictionPressureTransitionPeriod: formatDuration(configuration.evictionPressureTransitionPeriodMs),
      evictionMaxPodGracePeriod: configuration.evictionMaxPodGracePeriod,
      containerLogMaxSize: String(configuration.containerLogMaxSizeBytes),
      containerLogMaxFiles: configuration.containerLogMaxFiles,
      containerLogMonitorInterval: formatDuration(configuration.containerLogMonitorIntervalMs),
      systemReserved: configuration.systemReserved,
      kubeReserved: configuration.kubeReserved,
      allowedUnsafeSysctls: configuration.allowedUnsafeSysctls,
      registerWithTaints: configuration.registerWithTaints,
    },
  };
}
