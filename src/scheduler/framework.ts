import type { AnyKind, Kind } from '../api/kind.ts';
import type { ApiObject, Key } from '../api/meta.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/events.ts';
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
  /** Users are not told: what is missing is about to come. */
  readonly silent?: boolean;
}

/** What the API held a moment ago of the kinds that plugins read, and what the scheduler has decided since. */
export interface World {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  get<T extends ApiObject>(kind: Kind<T>, key: Key): T | undefined;
  list<T extends ApiObject>(kind: Kind<T>, namespace?: string): readonly T[];
  byIndex<T extends ApiObject>(kind: Kind<T>, index: string, value: string): readonly T[];
  /** As the API showed it last, whatever is assumed. */
  shown<T extends ApiObject>(kind: Kind<T>, key: Key): T | undefined;
  /**
   * Lets `object` count instead of what the API shows: until that is newer, until it is as new (for the answer to a write), or until
   * `object` is forgotten.
   */
  assume<T extends ApiObject>(kind: Kind<T>, object: T, until?: 'newer' | 'asNew' | 'forgotten'): void;
  forget(kind: AnyKind, key: Key): void;
}

/** A kind that a plugin looks up in the world. */
export interface Read {
  readonly kind: AnyKind;
  readonly indexes?: Readonly<Record<string, (object: any) => readonly string[]>>;
}

/** What plugins may use outside the scheduling cycle. */
export interface Binding {
  readonly client: Client;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly world: World;
  readonly signal: AbortSignal;
  /** Waits until `test` holds, looking again whenever something that plugins read has changed. Throws what `test` throws, and after `timeoutMs`. */
  until(test: () => boolean, timeoutMs: number): Promise<void>;
}

/** What a scheduling cycle keeps for one pod; plugins store what they computed in preFilter or preScore under their own name. */
export interface CycleState {
  readonly snapshot: Snapshot;
  readonly world: World;
  readonly random: Random;
  readonly data: Map<string, unknown>;
  /** Pods that wait for room on a node that is being made for them. */
  readonly nominated: (nodeName: string) => readonly Pod[];
}

/** What a node was refused for. */
export interface FilterRefusal {
  readonly by: string;
  readonly reasons: readonly string[];
  readonly resolvable: boolean;
}

/** Asks the filters about nodes as they would be with other pods. Whoever removes a pod, or adds one, takes that back in the end. */
export interface Trial {
  refusal(node: NodeInfo): FilterRefusal | undefined;
  add(node: NodeInfo, other: Pod): NodeInfo;
  remove(node: NodeInfo, other: Pod): NodeInfo;
}

/** No node fits: what postFilter plugins learn of it. */
export interface Misfit {
  /** Nodes that might fit with fewer pods. */
  readonly resolvable: ReadonlySet<string>;
  readonly trial: Trial;
}

/** What a postFilter plugin makes of a misfit. */
export interface Remedy {
  /** Added to what the user is told. */
  readonly message?: string;
  /** Where room is being made for the pod; '' takes back an earlier nomination. */
  readonly nominatedNodeName?: string;
  /** The plugins after this one are not asked. */
  readonly isLast?: boolean;
  /** Makes the room. The pod is not tried again before it ends. */
  readonly act?: () => Promise<void>;
}

export interface ClusterEvent {
  readonly kind: AnyKind;
  readonly type: 'added' | 'updated' | 'deleted';
}

/**
 * A scheduler plugin. Every extension point is an optional method; a plugin implements only those it needs
 * (kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework). All but postFilter's act, reserve, unreserve and preBind are pure.
 */
export interface Plugin {
  readonly name: string;
  readonly reads?: readonly Read[];
  /** A pod this plugin holds back stays out of the queue until all of these return undefined. */
  preEnqueue?(pod: Pod): Refusal | undefined;
  /** Events that may turn a refusal of this plugin around; `helps` narrows them. */
  readonly retryOn?: readonly (ClusterEvent & { readonly helps?: (pod: Pod, object: any, old: any) => boolean })[];
  /** Computes for the whole pod; may refuse it outright, or narrow the nodes to names. 'skip' leaves its filter out. */
  preFilter?(pod: Pod, state: CycleState): Refusal | 'skip' | { readonly nodeNames: ReadonlySet<string> } | undefined;
  filter?(pod: Pod, node: NodeInfo, state: CycleState): Refusal | undefined;
  /** Corrects what preFilter counted: `other` comes to the node (1), or leaves it (-1). One undoes the other. */
  adjust?(pod: Pod, other: Pod, node: NodeInfo, by: 1 | -1, state: CycleState): void;
  /** No node fits: may change something so that one does at a later try. */
  postFilter?(pod: Pod, misfit: Misfit, state: CycleState, binding: Binding): Remedy | Promise<Remedy>;
  preScore?(pod: Pod, nodes: readonly NodeInfo[], state: CycleState): 'skip' | undefined;
  /** 0 to 100 after normalize. */
  score?(pod: Pod, node: NodeInfo, state: CycleState): number;
  normalize?(scores: Map<string, number>, pod: Pod, state: CycleState): void;
  /** Takes what the pod needs on its node, by assuming it in the world, before another pod is looked at. Throws when it cannot. */
  reserve?(pod: Pod, nodeName: string, state: CycleState): void;
  /** Gives back what was reserved: the pod does not get there. Harmless when nothing was. */
  unreserve?(pod: Pod, nodeName: string, state: CycleState, binding: Binding): Promise<void> | void;
  /** Whether preBind has anything to do: then the API is told where the pod will be. */
  mustPreBind?(pod: Pod, nodeName: string, state: CycleState): boolean;
  /** Does what must be done before the pod can be bound; may take minutes. Throws when it failed, and the pod is tried anew. */
  preBind?(pod: Pod, nodeName: string, state: CycleState, binding: Binding): Promise<void>;
}
export const definePlugin = (plugin: Plugin): Plugin => plugin;
export type { Node, NodeInfo, Pod, Snapshot };
