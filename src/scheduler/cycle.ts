import type { Random } from '../base/random.ts';
import type { Pod } from '../kinds/core/pod.ts';
import { Filtering } from './filtering.ts';
import type { CycleState, Misfit, NodeInfo, Plugin, Refusal, Snapshot, World } from './framework.ts';
import { refusalMessage } from './lib/refusal-message.ts';

/** An ordered list of plugins; `weight` multiplies the score. */
export interface Profile {
  readonly schedulerName: string;
  readonly plugins: readonly { readonly plugin: Plugin; readonly weight: number }[];
}

/** Where a pod goes, or why nowhere: the message is what users read in events and conditions. */
export type Placement =
  | { readonly type: 'node'; readonly nodeName: string; readonly state: CycleState; readonly looked: number }
  | {
      readonly type: 'refused';
      readonly message: string;
      readonly refusedBy: ReadonlySet<string>;
      /** For postFilter plugins; undefined where they are not asked. */
      readonly misfit: Misfit | undefined;
      readonly state: CycleState;
      readonly silent: boolean;
      readonly looked: number;
    };

/** What a cycle looks at besides the pod. */
export interface Surroundings {
  readonly snapshot: Snapshot;
  readonly world: World;
  readonly random: Random;
  readonly nominated?: (nodeName: string) => readonly Pod[];
}

const fewestNodesToScore = 100;

/** Nodes to find before scoring: all of a small cluster, a falling share of a large one (5 % at least, never under 100). */
export function nodesToFind(all: number): number {
  if (all <= fewestNodesToScore) return all;
  const percent = Math.max(5, 50 - Math.floor(all / 125));
  return Math.max(fewestNodesToScore, Math.floor((all * percent) / 100));
}

/**
 * One scheduling cycle: filters the nodes, scores those that fit, takes one of the best. Pure but for `random`. The search begins at
 * `startAt`; the next may begin as many nodes further as `looked` says.
 */
export function schedule(pod: Pod, surroundings: Surroundings, profile: Profile, startAt = 0): Placement {
  const { snapshot } = surroundings;
  const state: CycleState = { nominated: () => [], ...surroundings, data: new Map() };
  const refused = { type: 'refused', state, misfit: undefined, silent: false, looked: 0 } as const;
  if (snapshot.nodes.length === 0) return { ...refused, message: 'no nodes available to schedule pods', refusedBy: new Set() };
  const prepared = preFilter(pod, state, profile);
  if (prepared.type === 'refused') {
    const { reason, silent = false, resolvable } = prepared.refusal;
    const message = `0/${snapshot.nodes.length} nodes are available: ${reason}.`;
    const all = new Set(resolvable ? snapshot.byName.keys() : []);
    const misfit = { resolvable: all, trial: new Filtering(pod, state, []) };
    return { ...refused, message, refusedBy: new Set([prepared.by]), silent, misfit };
  }
  const filtering = new Filtering(pod, state, prepared.filters);
  const nominated = snapshot.byName.get(pod.status.nominatedNodeName ?? '');
  if (nominated !== undefined && (prepared.nodeNames?.has(nominated.name) ?? true) && filtering.refusal(nominated) === undefined)
    return { type: 'node', nodeName: nominated.name, state, looked: 0 };
  const found = search(filtering, snapshot, prepared, startAt);
  const { fitting, looked } = found;
  if (fitting.length === 0) {
    const { reasons, refusedBy, resolvable } = found;
    const message = refusalMessage(snapshot.nodes.length, reasons);
    return { ...refused, message, refusedBy, looked, misfit: { resolvable, trial: filtering } };
  }
  return { type: 'node', nodeName: fitting.length === 1 ? fitting[0]!.name : best(pod, fitting, state, profile), state, looked };
}

interface Found {
  readonly fitting: readonly NodeInfo[];
  readonly reasons: ReadonlyMap<string, number>;
  readonly refusedBy: ReadonlySet<string>;
  readonly resolvable: ReadonlySet<string>;
  readonly looked: number;
}

/** Looks at nodes until enough of them fit. */
function search(filtering: Filtering, { nodes }: Snapshot, prepared: Extract<Prepared, { readonly type: 'ok' }>, startAt: number): Found {
  const reasons = new Map<string, number>();
  const refusedBy = new Set<string>();
  const resolvable = new Set<string>();
  const fitting: NodeInfo[] = [];
  const wanted = nodesToFind(nodes.length);
  let looked = 0;
  for (; looked < nodes.length && fitting.length < wanted; looked++) {
    const node = nodes[(startAt + looked) % nodes.length]!;
    if (prepared.nodeNames !== undefined && !prepared.nodeNames.has(node.name)) {
      count(reasons, prepared.narrowedReason);
      refusedBy.add(prepared.narrowedBy);
      continue;
    }
    const refusal = filtering.refusal(node);
    if (refusal === undefined) fitting.push(node);
    else {
      for (const reason of refusal.reasons) count(reasons, reason);
      refusedBy.add(refusal.by);
      if (refusal.resolvable) resolvable.add(node.name);
    }
  }
  return { fitting, reasons, refusedBy, resolvable, looked };
}

const count = (reasons: Map<string, number>, reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);

type Prepared =
  | { readonly type: 'refused'; readonly by: string; readonly refusal: Refusal }
  | {
      readonly type: 'ok';
      readonly filters: readonly Plugin[];
      readonly nodeNames: ReadonlySet<string> | undefined;
      readonly narrowedBy: string;
      readonly narrowedReason: string;
    };

function preFilter(pod: Pod, state: CycleState, profile: Profile): Prepared {
  const filters: Plugin[] = [];
  let nodeNames: ReadonlySet<string> | undefined;
  let narrowedBy = '';
  for (const { plugin } of profile.plugins) {
    const result = plugin.preFilter?.(pod, state);
    if (result === 'skip') continue;
    if (result !== undefined && 'reason' in result) return { type: 'refused', by: plugin.name, refusal: result };
    if (result !== undefined) {
      nodeNames = nodeNames === undefined ? result.nodeNames : nodeNames.intersection(result.nodeNames);
      narrowedBy = plugin.name;
    }
    if (plugin.filter !== undefined) filters.push(plugin);
  }
  return { type: 'ok', filters, nodeNames, narrowedBy, narrowedReason: `node(s) didn't satisfy plugin(s) [${narrowedBy}]` };
}

function best(pod: Pod, nodes: readonly NodeInfo[], state: CycleState, profile: Profile): string {
  const totals = new Map<string, number>(nodes.map((node) => [node.name, 0]));
  for (const { plugin, weight } of profile.plugins) {
    if (plugin.score === undefined || plugin.preScore?.(pod, nodes, state) === 'skip') continue;
    const scores = new Map<string, number>();
    for (const node of nodes) scores.set(node.name, plugin.score(pod, node, state));
    plugin.normalize?.(scores, pod, state);
    for (const [name, score] of scores) totals.set(name, totals.get(name)! + score * weight);
  }
  let chosen: string[] = [];
  let highest = Number.NEGATIVE_INFINITY;
  for (const [name, total] of totals) {
    if (total > highest) chosen = [];
    if (total >= highest) chosen.push(name);
    highest = Math.max(highest, total);
  }
  return chosen[chosen.length === 1 ? 0 : state.random.int(chosen.length)]!;
}
