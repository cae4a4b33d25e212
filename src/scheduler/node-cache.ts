import type { Node } from '../kinds/core/node.ts';
import type { Pod } from '../kinds/core/pod.ts';
import { PodIndex } from './pod-index.ts';
import { countImages, nodeInfo, snapshotOf, withPod, withoutPod, type NodeInfo, type Snapshot } from './snapshot.ts';

/**
 * The nodes with their pods, including pods that were placed a moment ago and whose binding the API has not shown yet.
 * A pod may be seen before its node.
 */
export class NodeCache {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Pods by uid: where they are. */
  readonly #pods = new Map<string, Pod>();
  readonly #index = new PodIndex();
  #snapshot: Snapshot | undefined;
  /** Pods come and go far more often than the images of nodes. */
  #imageNodes: Snapshot['imageNodes'] | undefined;

  /** The state now; the same value until something changes. */
  snapshot(): Snapshot {
    if (this.#snapshot === undefined) {
      const nodes = [...this.#nodes.values()];
      this.#imageNodes ??= countImages(nodes);
      this.#snapshot = snapshotOf(nodes, this.#imageNodes, this.#index);
    }
    return this.#snapshot;
  }
  setNode(node: Node): void {
    const present = this.#nodes.get(node.metadata.name);
    if (present?.node.status.images !== node.status.images) this.#imageNodes = undefined;
    const pods = present?.pods ?? [...this.#pods.values()].filter((pod) => pod.spec.nodeName === node.metadata.name);
    this.#put(nodeInfo(node, pods));
  }
  removeNode(name: string): void {
    this.#nodes.delete(name);
    this.#imageNodes = undefined;
    this.#snapshot = undefined;
  }
  /** Whether the pod has a node. */
  has({ metadata }: Pod): boolean {
    return this.#pods.has(metadata.uid);
  }
  /** Counts the pod on its node; replaces what was known of it. */
  addPod(pod: Pod): void {
    const known = this.#pods.get(pod.metadata.uid);
    if (
      known !== undefined &&
      known.spec.nodeName === pod.spec.nodeName &&
      known.spec === pod.spec &&
      known.metadata.labels === pod.metadata.labels &&
      known.metadata.deletionTimestamp === pod.metadata.deletionTimestamp
    )
      return;
    if (known !== undefined) this.removePod(known);
    this.#pods.set(pod.metadata.uid, pod);
    this.#index.add(pod, pod.spec.nodeName ?? '');
    const info = this.#nodes.get(pod.spec.nodeName ?? '');
    if (info !== undefined) this.#put(withPod(info, pod));
  }
  removePod(pod: Pod): void {
    const known = this.#pods.get(pod.metadata.uid);
    if (known === undefined) return;
    this.#pods.delete(pod.metadata.uid);
    this.#index.remove(known, known.spec.nodeName ?? '');
    const info = this.#nodes.get(known.spec.nodeName ?? '');
    if (info !== undefined) this.#put(withoutPod(info, known));
  }
  /** The binding failed. */
  forget(pod: Pod): void {
    if (this.#pods.get(pod.metadata.uid) === pod) this.removePod(pod);
  }
  #put(info: NodeInfo): void {
    this.#nodes.set(info.name, info);
    this.#snapshot = undefined;
  }
}
