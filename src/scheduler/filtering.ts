import type { Pod } from '../kinds/core/pod.ts';
import type { CycleState, FilterRefusal, NodeInfo, Plugin, Trial } from './framework.ts';
import { withoutPod, withPod } from './snapshot.ts';

export const priorityOf = ({ spec }: Pod): number => spec.priority ?? 0;

/** The filters of one cycle, for the nodes as they are and as they would be. */
export class Filtering implements Trial {
  readonly #pod: Pod;
  readonly #state: CycleState;
  readonly #filters: readonly Plugin[];

  constructor(pod: Pod, state: CycleState, filters: readonly Plugin[]) {
    this.#pod = pod;
    this.#state = state;
    this.#filters = filters;
  }
  /**
   * Why the node cannot take the pod. Pods of at least its priority that wait for room there count as if they were there; and then as if
   * they were not, since they may end up elsewhere and the pod may need them.
   */
  refusal(node: NodeInfo): FilterRefusal | undefined {
    const waiting = this.#state.nominated(node.name);
    if (waiting.length === 0) return this.#refusal(node);
    const before = waiting.filter((other) => other.metadata.uid !== this.#pod.metadata.uid && priorityOf(other) >= priorityOf(this.#pod));
    let crowded = node;
    for (const other of before) crowded = this.add(crowded, other);
    const refusal = this.#refusal(crowded);
    for (const other of before) crowded = this.remove(crowded, other);
    return refusal ?? (before.length === 0 ? undefined : this.#refusal(node));
  }
  add(node: NodeInfo, other: Pod): NodeInfo {
    this.#adjust(node, other, 1);
    return withPod(node, other);
  }
  remove(node: NodeInfo, other: Pod): NodeInfo {
    this.#adjust(node, other, -1);
    return withoutPod(node, other);
  }
  #adjust(node: NodeInfo, other: Pod, by: 1 | -1): void {
    for (const plugin of this.#filters) plugin.adjust?.(this.#pod, other, node, by, this.#state);
  }
  #refusal(node: NodeInfo): FilterRefusal | undefined {
    for (const plugin of this.#filters) {
      const refusal = plugin.filter!(this.#pod, node, this.#state);
      if (refusal !== undefined) return { by: plugin.name, reasons: refusal.reasons ?? [refusal.reason], resolvable: refusal.resolvable };
    }
    return undefined;
  }
}
