import { formatTime } from '../../api/gotime.ts';
import type { Lease } from '../../kinds/coordination/lease.ts';
import type { Node } from '../../kinds/core/node.ts';
import { type NodeCondition, readyCondition } from '../../kinds/core/lib/node-conditions.ts';

/** How long a node may be silent: once it has posted its status, and before that. */
export const gracePeriodMs = 50_000;
export const startupGraceMs = 60_000;

export interface Health {
  /** When the controller last saw a sign of life, by its own monotonic clock: wall clocks are stepped, and those of nodes differ. */
  seenMs: number;
  heartbeat: string | undefined;
  renewTime: string | undefined;
}

/**
 * Takes note of signs of life: a new heartbeat in the Ready condition, or a renewed Lease. Any new time is one, also an
 * earlier one: the node's clock may have been set back. `ageMs`: how long ago the node was made.
 */
export function observe(before: Health | undefined, node: Node, lease: Lease | undefined, nowMs: number, ageMs: number): Health {
  const ready = readyCondition(node);
  const heartbeat = ready?.lastHeartbeatTime;
  const renewTime = lease?.spec.renewTime;
  if (before === undefined) {
    const seenMs = ready === undefined ? nowMs - Math.max(ageMs, 0) : nowMs;
    return { seenMs: renewTime === undefined ? seenMs : nowMs, heartbeat, renewTime };
  }
  const alive = heartbeat !== before.heartbeat || (renewTime !== undefined && renewTime !== before.renewTime);
  return alive ? { seenMs: nowMs, heartbeat, renewTime: renewTime ?? before.renewTime } : before;
}

export const isSilent = (health: Health, node: Node, nowMs: number): boolean =>
  nowMs > health.seenMs + (readyCondition(node) === undefined ? startupGraceMs : gracePeriodMs);

/** The conditions of a node that is silent: nothing is known of it. The same array when they say so already. */
export function unknownConditions(node: Node, nowMs: number): readonly NodeCondition[] {
  const present = node.status.conditions ?? [];
  const conditions = [...present];
  let changed = false;
  for (const type of ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']) {
    const index = conditions.findIndex((each) => each.type === type);
    const old = conditions[index];
    if (old?.status === 'Unknown') continue;
    changed = true;
    const lastTransitionTime = formatTime(nowMs);
    if (old !== undefined) {
      conditions[index] = {
        ...old,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime,
      };
    } else {
      const lastHeartbeatTime = node.metadata.creationTimestamp;
      const message = 'Kubelet never posted node status.';
      conditions.push({ type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message, lastHeartbeatTime, lastTransitionTime });
    }
  }
  return changed ? conditions : present;
}

export type ZoneState = 'Initial' | 'Normal' | 'PartialDisruption' | 'FullDisruption';

const unhealthyShare = 0.55;
const largeZone = 50;
const normalRate = 0.1;
const reducedRate = 0.01;

export const zoneOf = ({ metadata: { labels = {} } }: Node): string => {
  const region = labels['topology.kubernetes.io/region'] ?? '';
  const zone = labels['topology.kubernetes.io/zone'] ?? '';
  return region === '' && zone === '' ? '' : `${region}:\0:${zone}`;
};
export function zoneState(ready: number, notReady: number): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption';
  return notReady > 2 && notReady / (notReady + ready) >= unhealthyShare ? 'PartialDisruption' : 'Normal';
}
/** Nodes a second whose pods may be evicted in a zone: when much is broken, the cause may not be the nodes. */
export const evictionRate = (state: ZoneState, size: number): number =>
  state !== 'PartialDisruption' ? normalRate : size > largeZone ? reducedRate : 0;
