import type { AnyKind } from '../api/kind.ts';
import type { Node } from '../kinds/core/node.ts';
import type { Pod } from '../kinds/core/pod.ts';
import type { Snapshot, NodeInfo } from './snapshot.ts';

/** Why a node, or every node, cannot take a pod; the reason is the user's text ("node(s) had untolerated taint {a: b}"). */
export interface Refusal {
  readonly reason: string;
  /** When there are several, all of them; each is counted by itself in the message. */
  readonly reasons?: readonly string[];
  /** False when evicting pods could not help: UnschedulableAndUnresolvable upstream. */
  readonly resolvable: boolean;
}

/** What a scheduling cycle keeps for one pod; plugins store what they computed in preFilter or preScore under their own name. */
export interface CycleState {
  readonly snapshot: Snapshot;
  readonly data: Map<string, unknown>;
}

export interface ClusterEvent {
  readonly kind: AnyKind;
  readonly type: 'added' | 'updated' | 'deleted';
}

/**
 * A scheduler plugin. Every extension point is an optional method; a plugin implements only those it needs
 * (kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework). All but reserve, bind and postFilter are pure.
 */
export interface Plugin {
  readonly name: string;
  /** A pod this plugin holds back stays out of the queue until all of these return undefined. */
  preEnqueue?(pod: Pod): Refusal | undefined;
  /** Events that may turn a refusal of this plugin around; `helps` narrows them. */
  readonly retryOn?: readonly (ClusterEvent & { readonly helps?: (pod: Pod, object: any, old: any) => boolean })[];
  /** Computes for the whole pod; may refuse it outright, or narrow the nodes to names. 'skip' leaves its filter out. */
  preFilter?(pod: Pod, state: CycleState): Refusal | 'skip' | { readonly nodeNames: ReadonlySet<string> } | undefined;
  filter?(pod: Pod, node: NodeInfo, state: CycleState): Refusal | undefined;
  preScore?(pod: Pod, nodes: readonly NodeInfo[], state: CycleState): 'skip' | undefined;
  /** 0 to 100 after normalize. */
  score?(pod: Pod, node: NodeInfo, state: CycleState): number;
  normalize?(scores: Map<string, number>, pod: Pod, state: CycleState): void;
}
export const definePlugin = (plugin: Plugin): Plugin => plugin;
export type { Node, NodeInfo, Pod, Snapshot };
