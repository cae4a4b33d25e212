import type { Node } from '../../kinds/core/node.ts';
import type { DeviceClass } from '../../kinds/resource/device-class.ts';
import type { ResourceClaim } from '../../kinds/resource/resource-claim.ts';
import type { Allocated } from './allocated.ts';
import { addedTo, type Capacities, consumedBy, hasCapacity } from './capacity.ts';
import { type Constraint, constraintOf } from './constraints.ts';
import { Counters } from './counters.ts';
import { type Candidate, type Pool, reaches } from './pools.ts';
import { isRepelled, isSelected, type Wanted, wantedBy } from './requests.ts';

/** Most devices of a claim. */
const mostDevices = 32;
/** A search that has not found anything after so many steps is given up; each takes some microseconds. */
const mostSteps = 50_000;

/** A request with all that does not depend on what is chosen for others. */
interface Request {
  readonly wanted: Wanted;
  readonly deviceClass: DeviceClass;
  readonly count: number;
  /** For those who want all of them. */
  readonly all: readonly Candidate[] | undefined;
  /** Verdicts by device. */
  readonly selectable: Map<string, boolean>;
}
/** One device that is chosen. */
export interface Chosen {
  readonly candidate: Candidate;
  readonly request: Request;
  /** What is taken of a shared device. */
  readonly consumed: Capacities | undefined;
}
interface ClaimPlan {
  readonly claim: ResourceClaim;
  /** Alternatives of each request. */
  readonly requests: readonly (readonly Request[])[];
  readonly constraints: readonly Constraint[];
  readonly chosen: Chosen[];
}
/** 'over': there would be more devices than a claim can have, whatever is chosen for the last request. */
type Outcome = 'found' | 'none' | 'over';

/** No devices on this node; on others there may be. The text is for users. */
export class NotOnThisNode extends Error {}

export interface AllocatorInputs {
  readonly node: Node;
  readonly pools: readonly Pool[];
  readonly claims: readonly ResourceClaim[];
  readonly allocated: Allocated;
  readonly deviceClass: (name: string) => DeviceClass | undefined;
}

/**
 * Looks for devices for claims on one node: tries all candidates for one request after the other and goes back when it gets stuck. The
 * first solution is taken. https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
 */
export class Allocator {
  readonly #inputs: AllocatorInputs;
  readonly #plans: readonly ClaimPlan[];
  readonly #counters: Counters;
  /** Which plans have a device for themselves. */
  readonly #held = new Map<string, Set<ClaimPlan>>();
  /** What is taken of shared devices: an entry says that a device is shared already. */
  readonly #taken = new Map<string, readonly Capacities[]>();
  #steps = 0;

  /** Throws Error for claims that cannot be satisfied anywhere. */
  constructor(inputs: AllocatorInputs) {
    this.#inputs = inputs;
    this.#counters = new Counters(inputs.allocated);
    this.#plans = inputs.claims.map((claim) => this.#planOf(claim));
  }

  /** The devices of each claim; undefined when there are not enough. Throws NotOnThisNode, and Error for what is wrong with a claim or class. */
  run(): readonly ClaimPlan[] | undefined {
    if (this.#next(0, 0) === 'found') return this.#plans;
    if (this.#inputs.pools.some(({ problem }) => problem !== undefined)) throw new NotOnThisNode('invalid resource pools were encountered');
    return undefined;
  }

  #planOf(claim: ResourceClaim): ClaimPlan {
    const { requests = [], constraints = [] } = claim.spec.devices;
    const name = `claim ${claim.metadata.namespace}/${claim.metadata.name}`;
    const alternatives = requests.map((request) => wantedBy(claim, request).map((wanted) => this.#requestOf(wanted, name)));
    const fewest = alternatives.reduce((sum, ones) => sum + Math.min(...ones.map(({ count }) => count)), 0);
    if (fewest > mostDevices) throw new Error(`${name}: number of requested devices ${fewest} exceeds the claim limit of ${mostDevices}`);
    const rules = constraints.map((constraint, index) => {
      try {
        return constraintOf(constraint);
      } catch (error) {
        throw new Error(`${name}, constraint #${index}: ${(error as Error).message}`, { cause: error });
      }
    });
    return { claim, requests: alternatives, constraints: rules, chosen: [] };
  }
  #requestOf(wanted: Wanted, claimName: string): Request {
    const short = wanted.full.slice(wanted.full.lastIndexOf('/') + 1);
    const wrong = (why: string) => new Error(`${claimName}, request ${short}: ${why}`);
    const deviceClass = this.#inputs.deviceClass(wanted.className);
    if (deviceClass === undefined) {
      const notFound = `deviceclass.resource.k8s.io "${wanted.className}" not found`;
      throw wrong(`could not retrieve device class ${wanted.className}: ${notFound}`);
    }
    const request = { wanted, deviceClass, count: wanted.count, all: undefined, selectable: new Map<string, boolean>() };
    if (!wanted.all) return request;
    const all: Candidate[] = [];
    for (const pool of this.#inputs.pools) {
      if (pool.isIncomplete) throw wrong(`asks for all devices, but resource pool ${pool.id} is currently being updated`);
      if (pool.problem !== undefined) throw wrong(`asks for all devices, but resource pool ${pool.id} is currently invalid`);
      all.push(...pool.candidates.filter((candidate) => this.#isSelectable(candidate, request) && this.#hasCapacity(candidate, request)));
    }
    return { ...request, all, count: all.length };
  }

  /** Goes on with a request of a claim. */
  #next(claimIndex: number, requestIndex: number): Outcome {
    const plan = this.#plans[claimIndex];
    if (plan === undefined) return 'found';
    const alternatives = plan.requests[requestIndex];
    if (alternatives === undefined) {
      const outcome = this.#next(claimIndex + 1, 0);
      // Other devices for this claim may leave the next one with fewer
      return outcome === 'over' ? 'none' : outcome;
    }
    let over = true;
    for (const request of alternatives) {
      const outcome = this.#choose(plan, request, 0, 0, 0, () => this.#next(claimIndex, requestIndex + 1));
      if (outcome === 'found') return outcome;
      if (outcome === 'none') over = false;
    }
    return over ? 'over' : 'none';
  }

  /** Chooses the `index`th device of a request, from a place in the pools on, so that no set of devices is tried twice. */
  #choose(plan: ClaimPlan, request: Request, index: number, poolIndex: number, candidateIndex: number, done: () => Outcome): Outcome {
    if (++this.#steps > mostSteps) throw new Error(`node ${this.#inputs.node.metadata.name}: timed out trying to allocate devices`);
    if (request.all?.length === 0) return 'none';
    if (index >= request.count) return done();
    if (plan.chosen.length + request.count - index > mostDevices) return 'over';
    if (request.all !== undefined) return this.#chooseAll(plan, request, index, done);
    for (let at = poolIndex; at < this.#inputs.pools.length; at++) {
      const pool = this.#inputs.pools[at]!;
      if (pool.isIncomplete || pool.problem !== undefined) continue;
      for (let position = at === poolIndex ? candidateIndex : 0; position < pool.candidates.length; position++) {
        const candidate = pool.candidates[position]!;
        if (this.#isInUse(candidate, plan, request) || !this.#isSelectable(candidate, request)) continue;
        const undo = this.#take(candidate, plan, request);
        if (undo === undefined) continue;
        const outcome = this.#choose(plan, request, index + 1, at, position + 1, done);
        if (outcome === 'found') return outcome;
        undo();
        if (outcome === 'over') return outcome;
      }
    }
    return 'none';
  }
  /** The order does not matter: whoever wants all devices gets each of them, or none. */
  #chooseAll(plan: ClaimPlan, request: Request, index: number, done: () => Outcome): Outcome {
    const candidate = request.all![index]!;
    const undo = this.#take(candidate, plan, request);
    if (undo === undefined) return 'none';
    const outcome = this.#choose(plan, request, index + 1, 0, 0, done);
    if (outcome !== 'found') undo();
    return outcome;
  }

  #isSelectable(candidate: Candidate, { wanted, deviceClass, selectable }: Omit<Request, 'count' | 'all'>): boolean {
    let verdict = selectable.get(candidate.id);
    if (verdict === undefined) {
      const { spec } = candidate.slice;
      const isHere = spec.perDeviceNodeSelection !== true || reaches(this.#inputs.node, candidate.device);
      verdict = isSelected(candidate, wanted, deviceClass) && isHere;
      selectable.set(candidate.id, verdict);
    }
    return verdict;
  }
  #hasCapacity({ id, device }: Candidate, { wanted }: Pick<Request, 'wanted'>): boolean {
    const taken = [this.#inputs.allocated.capacities.get(id) ?? {}, ...(this.#taken.get(id) ?? [])].reduce(addedTo, {});
    return hasCapacity(device, wanted.capacity, taken);
  }
  /** An administrator sees a device that others have, but not twice. */
  #isInUse({ id }: Candidate, plan: ClaimPlan, { wanted }: Request): boolean {
    const holders = this.#held.get(id);
    if (wanted.adminAccess) return holders?.has(plan) === true;
    return this.#inputs.allocated.devices.has(id) || (holders?.size ?? 0) > 0;
  }

  /** Takes a device for a request; returns how to give it back, or undefined when it cannot be had. */
  #take(candidate: Candidate, plan: ClaimPlan, request: Request): (() => void) | undefined {
    const { id, device } = candidate;
    const { wanted } = request;
    const isShared = device.allowMultipleAllocations === true;
    if (this.#isInUse(candidate, plan, request) && !(isShared && wanted.adminAccess)) return undefined;
    if (isRepelled(candidate, wanted) || !this.#hasCapacity(candidate, request)) return undefined;
    const undo: (() => void)[] = [];
    const back = () => {
      for (const step of undo.toReversed()) step();
    };
    // Who shares a device shares its counters
    const hasCounters = isShared && (this.#inputs.allocated.capacities.has(id) || this.#taken.has(id));
    if (!hasCounters && (device.consumesCounters ?? []).length > 0) {
      if (!this.#counters.take(candidate)) return undefined;
      undo.push(() => this.#counters.giveBack(candidate));
    }
    for (const constraint of plan.constraints) {
      if (!constraint.add(candidate, wanted)) {
        back();
        if (request.all === undefined) return undefined;
        const { namespace, name } = plan.claim.metadata;
        const what = `claim ${namespace}/${name}, request ${wanted.full.slice(wanted.full.lastIndexOf('/') + 1)}`;
        throw new Error(`${what}: cannot add device ${id} because a claim constraint would not be satisfied`);
      }
      undo.push(() => constraint.remove(candidate, wanted));
    }
    const consumed = isShared ? consumedBy(wanted.capacity, device) : undefined;
    undo.push(consumed === undefined ? this.#hold(id, plan) : this.#share(id, consumed));
    plan.chosen.push({ candidate, request, consumed });
    undo.push(() => plan.chosen.pop());
    return back;
  }
  #hold(id: string, plan: ClaimPlan): () => void {
    const holders = this.#held.get(id) ?? new Set();
    this.#held.set(id, holders.add(plan));
    return () => holders.delete(plan);
  }
  #share(id: string, consumed: Capacities): () => void {
    const before = this.#taken.get(id);
    this.#taken.set(id, [...(before ?? []), consumed]);
    return () => {
      if (before === undefined) this.#taken.delete(id);
      else this.#taken.set(id, before);
    };
  }
}
