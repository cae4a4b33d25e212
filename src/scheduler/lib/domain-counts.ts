import type { Node } from '../../kinds/core/node.ts';
import type { NodeInfo } from '../framework.ts';
import type { NodeCounts } from '../pod-index.ts';

/** Amounts by topology key and the value that nodes have for it; nodes without the key belong to no domain. */
export class DomainCounts {
  readonly #byKey = new Map<string, Map<string, number>>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }
  add(topologyKey: string, node: Node, by: number): void {
    const domain = node.metadata.labels?.[topologyKey];
    if (domain === undefined) return;
    const domains = this.#byKey.get(topologyKey) ?? new Map<string, number>();
    const now = (domains.get(domain) ?? 0) + by;
    if (now === 0) domains.delete(domain);
    else domains.set(domain, now);
    if (domains.size === 0) this.#byKey.delete(topologyKey);
    else this.#byKey.set(topologyKey, domains);
  }
  /** Counts each pod of `counts` `weight` times where its node is. */
  addNodes(topologyKey: string, counts: NodeCounts, nodes: ReadonlyMap<string, NodeInfo>, weight: number): void {
    for (const [name, count] of counts) {
      const info = nodes.get(name);
      if (info !== undefined) this.add(topologyKey, info.node, count * weight);
    }
  }
  at(topologyKey: string, { metadata }: Node): number {
    const domain = metadata.labels?.[topologyKey];
    return domain === undefined ? 0 : (this.#byKey.get(topologyKey)?.get(domain) ?? 0);
  }
  /** Of all its domains together. */
  sumAt(node: Node): number {
    let sum = 0;
    for (const topologyKey of this.#byKey.keys()) sum += this.at(topologyKey, node);
    return sum;
  }
  isAnyAt(node: Node): boolean {
    for (const topologyKey of this.#byKey.keys()) if (this.at(topologyKey, node) > 0) return true;
    return false;
  }
}
