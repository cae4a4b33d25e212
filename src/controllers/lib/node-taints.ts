import { formatTime } from '../../api/gotime.ts';
import { isConflict, isNotFound } from '../../api/status.ts';
import type { ControllerContext } from '../../client/controller.ts';
import { Node } from '../../kinds/core/node.ts';

export type Taint = NonNullable<Node['spec']['taints']>[number];
type TaintName = Pick<Taint, 'key' | 'effect'>;

export const notReadyTaint = 'node.kubernetes.io/not-ready';
export const unreachableTaint = 'node.kubernetes.io/unreachable';
const unschedulableTaint = 'node.kubernetes.io/unschedulable';

/** Which taint a condition of a node stands for. */
const conditionTaints: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: notReadyTaint, Unknown: unreachableTaint },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const managed: ReadonlySet<string> = new Set([
  ...Object.values(conditionTaints).flatMap((taints) => Object.values(taints)),
  unschedulableTaint,
]);

const same = (a: TaintName, b: TaintName) => a.key === b.key && a.effect === b.effect;
export const hasTaint = (node: Node, key: string, effect: string): boolean =>
  node.spec.taints?.some((taint) => same(taint, { key, effect })) === true;

/** The NoSchedule taints that a node's conditions ask for, beside those that others set. */
export function wantedTaints(node: Node, nowMs: number): readonly Taint[] {
  const keys = (node.status.conditions ?? []).flatMap(({ type, status }) => conditionTaints[type]?.[status] ?? []);
  if (node.spec.unschedulable) keys.push(unschedulableTaint);
  const present = node.spec.taints ?? [];
  const kept = present.filter(({ key, effect }) => effect !== 'NoSchedule' || !managed.has(key) || keys.includes(key));
  const missing = [...new Set(keys)].filter((key) => !hasTaint(node, key, 'NoSchedule'));
  if (missing.length === 0 && kept.length === present.length) return present;
  return [...kept, ...missing.map((key): Taint => ({ key, effect: 'NoSchedule', timeAdded: formatTime(nowMs) }))];
}

/** The taints without `remove`, and with `add` if it is not there. */
export function swapTaints(node: Node, add: readonly TaintName[], remove: readonly TaintName[], nowMs: number): readonly Taint[] {
  const present = node.spec.taints ?? [];
  const kept = present.filter((taint) => !remove.some((each) => same(each, taint)));
  const missing = add.filter((each) => !kept.some((taint) => same(each, taint)));
  if (missing.length === 0 && kept.length === present.length) return present;
  return [...kept, ...missing.map((each): Taint => ({ ...each, timeAdded: formatTime(nowMs) }))];
}

/** False when the node changed meanwhile or is gone: look again. Throws other errors. */
export async function writeTaints(node: Node, taints: readonly Taint[], context: ControllerContext): Promise<boolean> {
  if (taints === node.spec.taints || (taints.length === 0 && node.spec.taints === undefined)) return true;
  const { resourceVersion } = node.metadata;
  try {
    await context.client.patch(Node, node.metadata, 'merge', {
      metadata: { resourceVersion },
      spec: { taints: taints.length > 0 ? taints : null },
    });
    return true;
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return false;
    throw error;
  }
}
