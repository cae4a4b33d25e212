import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { EventRecorder } from '../../client/events.ts';
import { tolerates } from '../../kinds/core/lib/taints.ts';
import type { Refused } from '../admission.ts';
import type { Failure } from '../pod-worker.ts';
import { qosClass } from '../resources.ts';
import type { Pod } from '../types.ts';
import type { Meter } from '../usage.ts';
import { evictionMessage, exceededLimit, isCritical, rank, type Usages } from './rank.ts';
import {
  isMet,
  judge,
  type NodePressure,
  noPressureState,
  type Observations,
  pressureOf,
  type PressureState,
  type Threshold,
  thresholdText,
} from './thresholds.ts';

const checkMs = 10_000;
/** Grace of pods that are evicted for a hard threshold or a limit of their own. */
const immediateGraceSeconds = 1;
const order: readonly NodePressure[] = ['MemoryPressure', 'DiskPressure', 'PIDPressure'];

export interface EvictionOptions {
  readonly thresholds: readonly Threshold[];
  readonly transitionMs: number;
  readonly maxPodGraceSeconds: number;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  /** Pods whose containers may run. */
  readonly pods: () => readonly Pod[];
  /** Ends a pod; resolves when it has stopped. */
  readonly fail: (pod: Pod, failure: Failure) => Promise<void>;
  /** Frees what no pod needs: ended containers, unused images. */
  readonly reclaimDisk: () => Promise<void>;
  /** The pressures are others than before. */
  readonly changed: () => void;
}

/** Watches what the node has left, and ends pods before it runs out of it: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/ */
export class EvictionManager {
  readonly #options: EvictionOptions;
  #state: PressureState = noPressureState;

  constructor(options: EvictionOptions) {
    this.#options = options;
  }
  get pressures(): ReadonlySet<NodePressure> {
    return this.#state.pressures;
  }
  /** Why a pod must not start while the node is short of something; undefined when it may. */
  refuses(pod: Pod): Refused | undefined {
    const { pressures } = this.#state;
    if (pressures.size === 0 || isCritical(pod)) return undefined;
    if (pressures.size === 1 && pressures.has('MemoryPressure')) {
      const taint = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' };
      if (qosClass(pod) !== 'BestEffort' || pod.spec?.tolerations?.some((one) => tolerates(one, taint))) return undefined;
    }
    const shown = order.filter((one) => pressures.has(one)).join(' ');
    return { reason: 'Evicted', message: `The node had condition: [${shown}]. ` };
  }
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      const evicted = await this.look().catch((error: unknown) => {
        if (!signal.aborted) log.warn('what the node has left could not be measured', { error });
        return false;
      });
      // Where a pod was evicted, the next look says whether that was enough.
      if (!evicted) await clock.sleep(checkMs, signal).catch(() => undefined);
      else await clock.sleep(checkMs / 10, signal).catch(() => undefined);
    }
  }
  /** Looks once and evicts one pod at most for the node's sake; true when something was evicted. */
  async look(): Promise<boolean> {
    const { thresholds, transitionMs, meter, clock, log, pods } = this.#options;
    const observations = await meter.observe();
    const before = this.#state;
    const { state, act } = judge(before, thresholds, observations, transitionMs, clock.monotonic());
    this.#state = state;
    if (order.some((one) => before.pressures.has(one) !== state.pressures.has(one))) this.#options.changed();
    const candidates = pods();
    const limited = candidates.filter(hasLocalLimit);
    const usages = act === undefined && limited.length === 0 ? new Map() : await meter.usageOf(act === undefined ? limited : candidates);
    if (await this.#evictForLimits(limited, usages)) return true;
    if (act === undefined) return false;
    log.warn('the node is short of something', { threshold: thresholdText(act), available: observations.get(act.signal)?.available });
    if (pressureOf(act.signal) === 'DiskPressure') {
      await this.#options.reclaimDisk();
      if (!isMet(act, await meter.observe(), true)) return true;
    }
    return await this.#evictForNode(act, candidates, usages, observations);
  }
  async #evictForLimits(pods: readonly Pod[], usages: Usages): Promise<boolean> {
    let evicted = false;
    for (const pod of pods) {
      const usage = usages.get(pod.metadata.uid);
      const message = usage === undefined ? undefined : exceededLimit(pod, usage);
      if (message !== undefined && !isCritical(pod)) {
        await this.#evict(pod, message, immediateGraceSeconds);
        evicted = true;
      }
    }
    return evicted;
  }
  async #evictForNode(threshold: Threshold, pods: readonly Pod[], usages: Usages, observations: Observations): Promise<boolean> {
    const victim = rank(
      pods.filter((pod) => !isCritical(pod)),
      usages,
      threshold.signal,
    )[0];
    if (victim === undefined) {
      this.#options.log.warn('no pod is left to evict', { threshold: thresholdText(threshold) });
      return false;
    }
    const message = evictionMessage(victim, usages.get(victim.metadata.uid), threshold, observations);
    const graceSeconds =
      threshold.graceMs === 0
        ? immediateGraceSeconds
        : Math.min(this.#options.maxPodGraceSeconds, victim.spec?.terminationGracePeriodSeconds ?? 30);
    const condition = { type: 'DisruptionTarget', status: 'True' as const, reason: 'TerminationByKubelet', message };
    await this.#evict(victim, message, graceSeconds, condition);
    return true;
  }
  async #evict(pod: Pod, message: string, graceSeconds: number, condition?: Failure['condition']): Promise<void> {
    const { log, events, fail } = this.#options;
    log.warn('evicting a pod', { pod: `${pod.metadata.namespace}/${pod.metadata.name}`, why: message });
    events.event(pod, 'Warning', 'Evicted', message);
    await fail(pod, { reason: 'Evicted', message, graceSeconds, ...(condition === undefined ? {} : { condition }) });
  }
}

/** Pods that say how much they may keep on the node's disk. */
const hasLocalLimit = (pod: Pod): boolean =>
  pod.spec?.volumes?.some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined && emptyDir.medium !== 'Memory') === true ||
  pod.spec?.containers.some(({ resources }) => resources?.limits?.['ephemeral-storage'] !== undefined) === true;
