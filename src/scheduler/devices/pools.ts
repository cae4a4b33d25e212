import { matchesNodeSelectorTerm } from '../../kinds/core/lib/node-selector.ts';
import type { Node } from '../../kinds/core/node.ts';
import type { ResourceSlice } from '../../kinds/resource/resource-slice.ts';
import type { CounterSet, Device } from '../../kinds/resource/shapes/resource-slice.ts';

/** A device in its place. */
export interface Candidate {
  /** 'driver/pool/device' */
  readonly id: string;
  readonly device: Device;
  readonly slice: ResourceSlice;
  readonly pool: Pool;
}

/** The newest slices of a driver's pool, as one node sees it. */
export interface Pool {
  /** 'driver/pool' */
  readonly id: string;
  readonly driver: string;
  readonly name: string;
  /** Slices are missing: the driver is about to publish them. */
  readonly isIncomplete: boolean;
  /** Why the pool cannot be used. */
  readonly problem: string | undefined;
  readonly candidates: readonly Candidate[];
  /** Devices that the node cannot reach; they may consume the same counters. */
  readonly others: readonly Candidate[];
  readonly counterSets: readonly CounterSet[];
}

export const deviceId = (driver: string, pool: string, device: string): string => `${driver}/${pool}/${device}`;

interface Place {
  readonly nodeName?: string | undefined;
  readonly allNodes?: boolean | undefined;
  readonly nodeSelector?: ResourceSlice['spec']['nodeSelector'];
}
/** Whether a node can use what is at a place. */
export function reaches(node: Node, { nodeName, allNodes, nodeSelector }: Place): boolean {
  if (nodeName) return nodeName === node.metadata.name;
  return allNodes === true || (nodeSelector?.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node)) ?? false);
}

const hasCounters = ({ spec }: ResourceSlice) => (spec.sharedCounters ?? []).length > 0;
/** Counters are needed wherever devices of their pool are. */
function isRelevant(slice: ResourceSlice, node: Node): boolean {
  const { spec } = slice;
  if (hasCounters(slice)) return true;
  if (spec.perDeviceNodeSelection === true) return (spec.devices ?? []).some((device) => reaches(node, device));
  return reaches(node, spec);
}

const byName = (a: ResourceSlice, b: ResourceSlice) => (a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0);
const byId = (a: Pool, b: Pool) => (a.driver === b.driver ? (a.name < b.name ? -1 : 1) : a.driver < b.driver ? -1 : 1);
const waitsForBinding = ({ candidates }: Pool) => candidates.some(({ device }) => device.bindingConditions !== undefined);

function wrongCounters(counterSets: readonly CounterSet[], candidates: readonly Candidate[]): string | undefined {
  const sets = new Map(counterSets.map((set) => [set.name, set]));
  for (const { device } of candidates) {
    for (const { counterSet, counters = {} } of device.consumesCounters ?? []) {
      const found = sets.get(counterSet);
      if (found === undefined) return `counter set ${counterSet} not found`;
      for (const name of Object.keys(counters)) {
        if (!Object.hasOwn(found.counters ?? {}, name)) return `counter ${name} not found in counter set ${counterSet}`;
      }
    }
  }
  return undefined;
}
function twice(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.has(name) || !seen.add(name));
}

function buildPool(relevant: readonly ResourceSlice[], all: readonly ResourceSlice[]): Pool {
  const { driver, pool } = relevant[0]!.spec;
  const base = { id: `${driver}/${pool.name}`, driver, name: pool.name };
  const isIncomplete = all.length !== pool.resourceSliceCount;
  const built = { ...base, isIncomplete, problem: undefined as string | undefined };
  const withDevices = (slices: readonly ResourceSlice[], into: Candidate[]) => {
    for (const slice of slices) {
      for (const device of slice.spec.devices ?? []) {
        into.push({ id: deviceId(driver, pool.name, device.name), device, slice, pool: result });
      }
    }
    return into;
  };
  const candidates: Candidate[] = [];
  const others: Candidate[] = [];
  const counterSets = relevant.flatMap(({ spec }) => spec.sharedCounters ?? []);
  const result: Pool = { ...built, candidates, others, counterSets };
  if (isIncomplete) return result;
  const sorted = relevant.toSorted(byName);
  withDevices(
    sorted.filter((slice) => !hasCounters(slice)),
    candidates,
  );
  withDevices(
    all.filter((slice) => !relevant.includes(slice)),
    others,
  );
  const duplicate = twice(candidates.map(({ device }) => device.name));
  const duplicateSet = twice(counterSets.map(({ name }) => name));
  const problem =
    duplicate !== undefined
      ? `duplicate device name ${duplicate}`
      : duplicateSet !== undefined
        ? `duplicate counter set name ${duplicateSet}`
        : wrongCounters(counterSets, [...candidates, ...others]);
  return problem === undefined ? result : { ...result, problem, candidates: [], others: [] };
}

/**
 * The pools with devices for a node, in a steady order; those whose devices must be prepared before pods can use them last. Slices of
 * older generations do not count.
 */
export function gatherPools(slices: readonly ResourceSlice[], node: Node): readonly Pool[] {
  const pools: Pool[] = [];
  for (const ofPool of Map.groupBy(slices, ({ spec }) => `${spec.driver}/${spec.pool.name}`).values()) {
    const generation = Math.max(...ofPool.map(({ spec }) => Number(spec.pool.generation)));
    const newest = ofPool.filter(({ spec }) => Number(spec.pool.generation) === generation);
    const relevant = newest.filter((slice) => isRelevant(slice, node));
    if (relevant.length > 0) pools.push(buildPool(relevant, newest));
  }
  pools.sort(byId);
  return [...pools.filter((pool) => !waitsForBinding(pool)), ...pools.filter(waitsForBinding)];
}
