import type { Random } from '../base/random.ts';
import type { Pod } from '../kinds/core/pod.ts';
import type { CycleState, NodeInfo, Plugin, Refusal, Snapshot, World } from './framework.ts';

/** An ordered list of plugins; `weight` multiplies the score. */
export interface Profile {
  readonly schedulerName: string;
  readonly plugins: readonly { readonly plugin: Plugin; readonly weight: number }[];
}

/** Where a pod goes, or why nowhere: the message is what users read in events and conditions. */
export type Placement =
  | { readonly type: 'node'; readonly nodeName: string; readonly state: CycleState }
  | {
      readonly type: 'refused';
      readonly message: string;
      readonly refusedBy: ReadonlySet<string>;
      readonly resolvable: ReadonlySet<string>;
      readonly state: CycleState;
      readonly silent: boolean;
    };

const fewestNodesToScore = 100;

/** Nodes to find before scoring: all of a small cluster, a falling share of a large one (5 % at least, never under 100). */
export function nodesToFind(all: number): number {
  if (all <= fewestNodesToScore) return all;
  const percent = Math.max(5, 50 - Math.floor(all / 125));
  return Math.max(fewestNodesToScore, Math.floor((all * percent) / 100));
}

/** One scheduling cycle: filters the nodes, scores those that fit, takes one of the best. Pure but for `random`. `startAt` rotates where the search begins. */
export function schedule(pod: Pod, snapshot: Snapshot, world: World, profile: Profile, random: Random, startAt = 0): Placement {
  const state: CycleState = { snapshot, world, random, data: new Map() };
  const refused = { type: 'refused', state, resolvable: new Set<string>(), silent: false } as const;
  if (snapshot.nodes.length === 0) return { ...refused, message: 'no nodes available to schedule pods', refusedBy: new Set() };
  const prepared = preFilter(pod, state, profile);
  if (prepared.type === 'refused') {
    const { reason, silent = false } = prepared.refusal;
    return { ...refused, message: `0/${snapshot.nodes.length} nodes are available: ${reason}.`, refusedBy: new Set([prepared.by]), silent };
  }
  const reasons = new Map<string, number>();
  const refusedBy = new Set<string>();
  const resolvable = new Set<string>();
  const fitting: NodeInfo[] = [];
  const wanted = nodesToFind(snapshot.nodes.length);
  for (let index = 0; index < snapshot.nodes.length && fitting.length < wanted; index++) {
    const node = snapshot.nodes[(startAt + index) % snapshot.nodes.length]!;
    if (prepared.nodeNames !== undefined && !prepared.nodeNames.has(node.name)) {
      count(reasons, prepared.narrowedReason);
      refusedBy.add(prepared.narrowedBy);
      continue;
    }
    const refusal = firstRefusal(pod, node, state, prepared.filters);
    if (refusal === undefined) fitting.push(node);
    else {
      for (const reason of refusal.reasons) count(reasons, reason);
      refusedBy.add(refusal.by);
      if (refusal.resolvable) resolvable.add(node.name);
    }
  }
  if (fitting.length === 0) return { ...refused, message: refusalMessage(snapshot.nodes.length, reasons), refusedBy, resolvable };
  return { type: 'node', nodeName: fitting.length === 1 ? fitting[0]!.name : best(pod, fitting, state, profile, random), state };
}

const count = (reasons: Map<string, number>, reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);

/** "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable." */
export function refusalMessage(nodes: number, reasons: ReadonlyMap<string, number>): string {
  const listed = [...reasons].map(([reason, times]) => `${times} ${reason}`).sort();
  return `0/${nodes} nodes are available${listed.length === 0 ? '' : `: ${listed.join(', ')}`}.`;
}

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

function firstRefusal(pod: Pod, node: NodeInfo, state: CycleState, filters: readonly Plugin[]) {
  for (const plugin of filters) {
    const refusal = plugin.filter!(pod, node, state);
    if (refusal !== undefined) return { by: plugin.name, reasons: refusal.reasons ?? [refusal.reason], resolvable: refusal.resolvable };
  }
  return undefined;
}

function best(pod: Pod, nodes: readonly NodeInfo[], state: CycleState, profile: Profile, random: Random): string {
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
  return chosen[chosen.length === 1 ? 0 : random.int(chosen.length)]!;
}
