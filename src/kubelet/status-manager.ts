import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import { isNotFound } from '../api/status.ts';
import { Pod as PodKind } from '../kinds/core/pod.ts';
import type { PodStatuses } from './context.ts';
import type { Pod, PodCondition, PodStatus } from './types.ts';

interface Entry {
  pod: Pod;
  status: PodStatus;
  /** What the API is known to hold, under this uid. */
  written: PodStatus;
  writtenUid: string;
  writing: Promise<void> | undefined;
  /** Something was set that no round of writing has seen. */
  dirty: boolean;
}
const firstRetryMs = 500;
const longestRetryMs = 30_000;

const withoutTimes = (condition: PodCondition | undefined) => condition && { ...condition, lastProbeTime: null };

/** A strategic merge patch from one status to the other; undefined when they say the same. */
export function statusPatch(from: PodStatus, to: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  const keys = new Set([...Object.keys(from), ...Object.keys(to)]) as Set<keyof PodStatus>;
  for (const key of keys) {
    if (key === 'conditions' || isDeepStrictEqual(from[key], to[key])) continue;
    if (to[key] === undefined && ownKeys.has(key)) patch[key] = null;
    else if (to[key] !== undefined) patch[key] = to[key];
  }
  for (const key of ['podIPs', 'hostIPs'] as const) if (patch[key]) patch[key] = [...(patch[key] as object[]), { $patch: 'replace' }];
  const changed = (to.conditions ?? []).flatMap((one) => {
    const before = from.conditions?.find((other) => other.type === one.type);
    if (isDeepStrictEqual(withoutTimes(before), withoutTimes(one))) return [];
    // Merging keeps what a patch does not name.
    const gone = Object.keys(before ?? {}).filter((key) => (one as Record<string, unknown>)[key] === undefined);
    return [{ ...one, ...Object.fromEntries(gone.map((key) => [key, null])) }];
  });
  const gone = (from.conditions ?? [])
    .filter((one) => !(to.conditions ?? []).some((other) => other.type === one.type))
    .map((one) => ({ type: one.type, $patch: 'delete' }));
  if (changed.length + gone.length > 0) patch.conditions = [...changed, ...gone];
  return Object.keys(patch).length === 0 ? undefined : patch;
}
/** Fields that the kubelet may take away; others that it does not know are left alone. */
const ownKeys: ReadonlySet<keyof PodStatus> = new Set<keyof PodStatus>([
  'reason',
  'message',
  'podIP',
  'podIPs',
  'ephemeralContainerStatuses',
  'initContainerStatuses',
]);

/** Writes statuses of pods: only what changed, one write at a time for each pod, retried until the pod is gone. */
export function createStatusManager(deps: {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The pod of the API that shows this one: itself, unless it is a static pod. undefined: not there yet. */
  readonly shownBy?: (pod: Pod) => Pod | undefined;
}): PodStatuses {
  const { client, clock, log, signal, shownBy = (pod) => pod } = deps;
  const entries = new Map<string, Entry>();
  const keyOf = (pod: Pod) => ({ namespace: pod.metadata.namespace, name: pod.metadata.name });

  async function write(entry: Entry): Promise<void> {
    for (let delayMs = firstRetryMs; !signal.aborted; ) {
      entry.dirty = false;
      const { status } = entry;
      const pod = shownBy(entry.pod);
      if (pod === undefined) return;
      if (entry.writtenUid !== pod.metadata.uid) {
        entry.written = pod.status ?? ({} as PodStatus);
        entry.writtenUid = pod.metadata.uid;
      }
      const patch = statusPatch(entry.written, status);
      if (patch === undefined) return;
      try {
        const written = await client.patch(
          PodKind,
          keyOf(pod),
          'strategic',
          { metadata: { uid: pod.metadata.uid }, status: patch },
          { subresource: 'status' },
        );
        entry.written = written.status ?? status;
        // What others own in the status came back with it; what we hold is compared against our own words.
        entry.written = { ...entry.written, ...status };
        delayMs = firstRetryMs;
      } catch (error) {
        if (isNotFound(error) || entries.get(entry.pod.metadata.uid) !== entry) return;
        if ((error as { reason?: string }).reason === 'Conflict' && (error as Error).message.includes('uid')) return;
        log.warn('pod status could not be written', { pod: pod.metadata.name, error });
        await clock.sleep(delayMs, signal).catch(() => undefined);
        delayMs = Math.min(delayMs * 2, longestRetryMs);
      }
    }
  }
  const begin = (entry: Entry) => {
    entry.dirty = true;
    entry.writing ??= write(entry).finally(() => {
      entry.writing = undefined;
      if (entry.dirty && !signal.aborted) begin(entry);
    });
  };
  return {
    get: (uid) => entries.get(uid)?.status,
    set(pod, status) {
      let entry = entries.get(pod.metadata.uid);
      if (entry === undefined) {
        entry = { pod, status, written: pod.status ?? ({} as PodStatus), writtenUid: pod.metadata.uid, writing: undefined, dirty: false };
        entries.set(pod.metadata.uid, entry);
      }
      entry.pod = pod;
      entry.status = status;
      begin(entry);
    },
    again(uid) {
      const entry = entries.get(uid);
      if (entry !== undefined) begin(entry);
    },
    async flushed(uid) {
      await entries.get(uid)?.writing;
    },
    async deletePod(pod) {
      try {
        await client.delete(PodKind, keyOf(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
      } catch (error) {
        const reason = (error as { reason?: string }).reason;
        if (!isNotFound(error) && reason !== 'Conflict') throw error;
      }
    },
    forget: (uid) => void entries.delete(uid),
  };
}
