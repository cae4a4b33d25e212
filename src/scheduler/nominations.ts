import type { Pod } from '../kinds/core/pod.ts';

/** Pods without a node for which room is being made on one. Known here before the API says so: the next pod must not take the room. */
export class Nominations {
  readonly #byNode = new Map<string, Map<string, Pod>>();
  readonly #nodes = new Map<string, string>();

  on(nodeName: string): readonly Pod[] {
    const pods = this.#byNode.get(nodeName);
    return pods === undefined ? [] : [...pods.values()];
  }
  /** '' takes the nomination back. */
  set(pod: Pod, nodeName: string): void {
    this.delete(pod);
    if (nodeName === '') return;
    this.#nodes.set(pod.metadata.uid, nodeName);
    const pods = this.#byNode.get(nodeName) ?? new Map<string, Pod>();
    this.#byNode.set(nodeName, pods.set(pod.metadata.uid, pod));
  }
  /** The API shows a pod without a node. What it says counts when it says something new; it may not know yet what was decided here. */
  show(pod: Pod, old: Pod | undefined): void {
    const shown = pod.status.nominatedNodeName ?? '';
    const isNew = old === undefined || shown !== (old.status.nominatedNodeName ?? '');
    this.set(pod, isNew ? shown : (this.#nodes.get(pod.metadata.uid) ?? ''));
  }
  /** Whether there was one. */
  delete({ metadata: { uid } }: Pod): boolean {
    const nodeName = this.#nodes.get(uid);
    if (nodeName === undefined) return false;
    this.#nodes.delete(uid);
    const pods = this.#byNode.get(nodeName)!;
    pods.delete(uid);
    if (pods.size === 0) this.#byNode.delete(nodeName);
    return true;
  }
}
