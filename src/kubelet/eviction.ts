import { readFile, statfs } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { EventRecorder } from '../client/events.ts';
import type { Refused } from './admission.ts';
import { labelNames } from './labels.ts';
import type { PodWorkers } from './pod-workers.ts';
import { podAmounts } from '../kinds/core/lib/pod-requests.ts';
import { qosClass } from './resources.ts';
import type { Runtime } from './runtime.ts';
import type { Pod } from './types.ts';

export interface Pressures {
  readonly memory: boolean;
  readonly disk: boolean;
  readonly pid: boolean;
}
export interface Pressure {
  readonly state: Pressures;
  /** Pods that must not start while the node is short of something. */
  refuses(pod: Pod): Refused | undefined;
  run(workers: PodWorkers, runtime: Runtime, changed: () => void, signal: AbortSignal): Promise<void>;
}
export const noPressure = (): Pressure => ({
  state: { memory: false, disk: false, pid: false },
  refuses: () => undefined,
  run: async () => undefined,
});

const checkMs = 10_000;
/** How long a pressure goes on being reported after it has gone. */
const transitionMs = 5 * 60_000;
const memoryFloorBytes = 100 * 2 ** 20;
const diskFloorFraction = 0.01;
const longestGraceSeconds = 0;

export interface Usage {
  readonly pod: Pod;
  readonly memoryBytes: number;
}

/** Whom to evict first: those above their request, of lower priority, most above it. Pure. */
export function rankForMemory(usages: readonly Usage[]): readonly Usage[] {
  const excess = (one: Usage) => one.memoryBytes - (podAmounts(one.pod, 'requests').get('memory') ?? 0);
  return [...usages].sort(
    (a, b) =>
      Number(excess(b) > 0) - Number(excess(a) > 0) || (a.pod.spec?.priority ?? 0) - (b.pod.spec?.priority ?? 0) || excess(b) - excess(a),
  );
}
/** Static pods and those of the highest system priority are never evicted. */
export const isCritical = (pod: Pod): boolean =>
  pod.metadata.annotations?.['kubernetes.io/config.source'] === 'file' || (pod.spec?.priority ?? 0) >= 2_000_000_000;

async function availableMemory(): Promise<number> {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8'));
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]) * 1024;
}
async function availableDisk(path: string): Promise<{ readonly available: number; readonly total: number }> {
  const { bavail, blocks, bsize } = await statfs(path);
  return { available: bavail * bsize, total: blocks * bsize };
}

/** Watches memory and disk of the node; evicts one pod at a time while one of them is short (node-pressure eviction). */
export function watchPressure(deps: {
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly path: string;
  readonly memoryBytes: number;
}): Pressure {
  const { clock, log, events, path } = deps;
  let state: Pressures = { memory: false, disk: false, pid: false };
  const lastMs = { memory: Number.NEGATIVE_INFINITY, disk: Number.NEGATIVE_INFINITY };

  async function usages(workers: PodWorkers, runtime: Runtime): Promise<readonly Usage[]> {
    const used = new Map<string, number>();
    for (const one of await runtime.listContainerStats()) {
      const uid = one.labels[labelNames.podUid] ?? '';
      used.set(uid, (used.get(uid) ?? 0) + one.memoryWorkingSetBytes);
    }
    return workers
      .runningPods()
      .filter((pod) => !isCritical(pod))
      .map((pod) => ({ pod, memoryBytes: used.get(pod.metadata.uid) ?? 0 }));
  }
  async function evict(
    workers: PodWorkers,
    runtime: Runtime,
    resource: 'memory' | 'ephemeral-storage',
    threshold: number,
    available: number,
  ): Promise<void> {
    const victim = rankForMemory(await usages(workers, runtime))[0];
    if (victim === undefined) return;
    const message = `The node was low on resource: ${resource}. Threshold quantity: ${Math.round(threshold)}, available: ${Math.floor(available / 1024)}Ki. `;
    log.warn('evicting a pod', { pod: `${victim.pod.metadata.namespace}/${victim.pod.metadata.name}`, resource });
    events.event(victim.pod, 'Warning', 'Evicted', message);
    const condition = { type: 'DisruptionTarget', status: 'True' as const, reason: 'TerminationByKubelet', message };
    await workers.fail(victim.pod.metadata.uid, { reason: 'Evicted', message, condition, graceSeconds: longestGraceSeconds });
  }
  return {
    get state() {
      return state;
    },
    refuses(pod) {
      if (isCritical(pod) || (!state.memory && !state.disk)) return undefined;
      if (!state.disk && qosClass(pod) !== 'BestEffort') return undefined;
      const why = state.disk ? 'DiskPressure' : 'MemoryPressure';
      return { reason: 'Evicted', message: `The node had condition: [${why}]. ` };
    },
    async run(workers, runtime, changed, signal) {
      while (!signal.aborted) {
        try {
          const memory = await availableMemory();
          const disk = await availableDisk(path);
          const short = { memory: memory < memoryFloorBytes, disk: disk.available < disk.total * diskFloorFraction };
          if (short.memory) lastMs.memory = clock.monotonic();
          if (short.disk) lastMs.disk = clock.monotonic();
          const before = state;
          const holds = (which: 'memory' | 'disk') => clock.monotonic() - lastMs[which] < transitionMs;
          state = { memory: holds('memory'), disk: holds('disk'), pid: false };
          if (before.memory !== state.memory || before.disk !== state.disk) changed();
          if (short.memory) await evict(workers, runtime, 'memory', memoryFloorBytes, memory);
          else if (short.disk) await evict(workers, runtime, 'ephemeral-storage', disk.total * diskFloorFraction, disk.available);
        } catch (error) {
          log.warn('pressure of the node could not be measured', { error });
        }
        await clock.sleep(checkMs, signal).catch(() => undefined);
      }
    },
  };
}
