import type { Draft } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import type { NodeSpec, NodeStatus } from '../shapes/node.ts';
import { roundResources } from './round-resources.ts';

export interface NodeLike extends ApiObject {
  readonly spec: NodeSpec;
  readonly status: NodeStatus;
}

/** Allocatable is the capacity unless the node says otherwise. */
export function defaultNode(node: Draft<NodeLike>): void {
  roundResources(node.status.capacity);
  roundResources(node.status.allocatable);
  if (node.status.allocatable === undefined && node.status.capacity !== undefined) node.status.allocatable = { ...node.status.capacity };
}

/** `podCIDR` wins over `podCIDRs` when they differ, and is always the first of them. */
export function alignPodCidrs(spec: Draft<NodeSpec>): void {
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && spec.podCIDRs?.[0] !== undefined) spec.podCIDR = spec.podCIDRs[0];
}
