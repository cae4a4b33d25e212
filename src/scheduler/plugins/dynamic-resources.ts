import { formatTime } from '../../api/gotime.ts';
import { isConflict } from '../../api/status.ts';
import { matchesNodeSelectorTerm } from '../../kinds/core/lib/node-selector.ts';
import { Node } from '../../kinds/core/node.ts';
import { DeviceClass } from '../../kinds/resource/device-class.ts';
import { allocatedFinalizer, isReservedFor } from '../../kinds/resource/lib/pod-resource-claims.ts';
import { ResourceClaim } from '../../kinds/resource/resource-claim.ts';
import { ResourceSlice } from '../../kinds/resource/resource-slice.ts';
import type { AllocationResult } from '../../kinds/resource/shapes/resource-claim.ts';
import { type Allocated, allocatedBy } from '../devices/allocated.ts';
import { Allocator, NotOnThisNode } from '../devices/allocator.ts';
import { gatherPools } from '../devices/pools.ts';
import { wantedBy } from '../devices/requests.ts';
import { preference, resultOf } from '../devices/result.ts';
import { type Binding, type CycleState, definePlugin, type Pod, type Refusal, type World } from '../framework.ts';
import { hopeless } from '../lib/claims.ts';
import { claimHelps, deviceClaimsOf, isPrepared, mustBePrepared } from '../lib/device-claims.ts';
import { stretch } from '../lib/normalize.ts';

const name = 'DynamicResources';
/** Longest that devices may take to be prepared. */
const bindTimeoutMs = 600_000;
const mostRetries = 5;

interface Plan {
  /** As they are known now: what is written replaces them. */
  readonly claims: ResourceClaim[];
  readonly slices: readonly ResourceSlice[];
  readonly allocated: Allocated;
  /** By node: one for each claim that has none yet. */
  readonly byNode: Map<string, readonly AllocationResult[]>;
  /** Claims that have devices which some node cannot reach. */
  readonly unreachable: Set<ResourceClaim>;
  /** By position in `claims`. */
  readonly reserved: Map<number, AllocationResult>;
}
const planOf = ({ data }: CycleState) => data.get(name) as Plan | undefined;
const isWithout = ({ status }: ResourceClaim) => status.allocation === undefined;

/** Classes are looked for before nodes are: without them there is nothing to try. */
function missingClass(claim: ResourceClaim, world: World): Refusal | undefined {
  for (const request of claim.spec.devices.requests ?? []) {
    for (const { full, className } of wantedBy(claim, request)) {
      if (world.get(DeviceClass, { name: className }) === undefined) {
        return hopeless(`request ${full}: device class ${className} does not exist`);
      }
    }
  }
  return undefined;
}

function isReachable({ status }: ResourceClaim, node: Node): boolean {
  const terms = status.allocation?.nodeSelector?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => matchesNodeSelectorTerm(term, node));
}

/** Devices that are late or failed: others may do better. */
function isStuck(claim: ResourceClaim, nowMs: number): boolean {
  const since = claim.status.allocation?.allocationTimestamp;
  try {
    return !isPrepared(claim) && since !== undefined && nowMs - Date.parse(String(since)) > bindTimeoutMs;
  } catch {
    return true;
  }
}

function allocateOn(node: Node, plan: Plan, { world, random }: CycleState): readonly AllocationResult[] | Refusal {
  const allocator = new Allocator({
    node,
    pools: gatherPools(plan.slices, node),
    claims: plan.claims.filter(isWithout),
    allocated: plan.allocated,
    deviceClass: (className) => world.get(DeviceClass, { name: className }),
  });
  try {
    const found = allocator.run();
    return found?.map((one) => resultOf(one, node, () => random.uuid())) ?? hopeless('cannot allocate all claims');
  } catch (error) {
    if (error instanceof NotOnThisNode) return hopeless(error.message);
    throw error;
  }
}

const withFinalizer = (claim: ResourceClaim): ResourceClaim => {
  const { finalizers = [] } = claim.metadata;
  return finalizers.includes(allocatedFinalizer)
    ? claim
    : { ...claim, metadata: { ...claim.metadata, finalizers: [...finalizers, allocatedFinalizer] } };
};

/** Writes down that the pod has the claim, and which devices that is. */
async function bindClaim(
  claim: ResourceClaim,
  allocation: AllocationResult | undefined,
  pod: Pod,
  binding: Binding,
): Promise<ResourceClaim> {
  const { client, clock, signal } = binding;
  const { namespace, name: claimName } = claim.metadata;
  const text = `${namespace}/${claimName}`;
  let now = claim;
  for (let tries = 1; ; tries++) {
    if (now.metadata.deletionTimestamp !== undefined) throw new Error(`claim ${text} got deleted in the meantime`);
    if (allocation !== undefined && now.status.allocation !== undefined)
      throw new Error(`claim ${text} got allocated elsewhere in the meantime`);
    const devices = allocation ?? now.status.allocation;
    if (devices === undefined) throw new Error(`claim ${text} got deallocated elsewhere in the meantime`);
    try {
      const held = allocation === undefined ? now : withFinalizer(now);
      if (held !== now) now = await client.update(ResourceClaim, held, { signal });
      const status = {
        ...now.status,
        allocation: { ...devices, allocationTimestamp: devices.allocationTimestamp ?? formatTime(clock.now()) },
        reservedFor: [...(now.status.reservedFor ?? []), { resource: 'pods', name: pod.metadata.name, uid: pod.metadata.uid }],
      };
      return await client.updateStatus(ResourceClaim, { ...now, status } as never, { signal });
    } catch (error) {
      if (!isConflict(error) || tries === mostRetries) {
        const what = allocation === undefined ? 'reservation' : 'allocation and reservation';
        throw new Error(`add ${what} to claim ${text}: ${(error as Error).message}`, { cause: error });
      }
    }
    now = await client.get(ResourceClaim, { namespace, name: claimName }, { signal });
  }
}

async function waitForDevices(pod: Pod, nodeName: string, plan: Plan, { world, events, until }: Binding): Promise<void> {
  events.event(pod, 'Normal', 'BindingConditionsPending', `waiting for binding conditions for device on node ${nodeName}`);
  await until(
    () =>
      plan.claims.every(({ metadata }) => {
        const shown = world.shown(ResourceClaim, metadata);
        return shown !== undefined && isPrepared(shown);
      }),
    bindTimeoutMs,
  ).catch((error: unknown) => {
    const { message } = error as Error;
    throw message.startsWith('device binding failed') ? error : new Error(`device binding timeout: ${message}`, { cause: error });
  });
}

/**
 * Finds the devices that a pod's claims ask for, on the node where it is to run.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
 */
export const dynamicResources = definePlugin({
  name,
  reads: [{ kind: ResourceClaim }, { kind: ResourceSlice }, { kind: DeviceClass }],
  retryOn: [
    { kind: Node, type: 'added' },
    { kind: Node, type: 'updated' },
    { kind: ResourceClaim, type: 'added', helps: claimHelps },
    { kind: ResourceClaim, type: 'updated', helps: claimHelps },
    { kind: DeviceClass, type: 'added' },
    { kind: DeviceClass, type: 'updated' },
    { kind: ResourceSlice, type: 'added' },
    { kind: ResourceSlice, type: 'updated' },
  ],
  preFilter(pod, { world, data }) {
    data.set(name, undefined);
    if ((pod.spec.resourceClaims ?? []).length === 0) return 'skip';
    const claims = deviceClaimsOf(pod, world);
    if (typeof claims === 'string') return { ...hopeless(claims), silent: true };
    if (claims.length === 0) return 'skip';
    for (const claim of claims.filter(isWithout)) {
      const missing = missingClass(claim, world);
      if (missing !== undefined) return missing;
    }
    const isComplete = !claims.some(isWithout);
    const allocated = allocatedBy(isComplete ? [] : world.list(ResourceClaim));
    const slices = isComplete ? [] : world.list(ResourceSlice);
    const plan: Plan = { claims: [...claims], slices, allocated, byNode: new Map(), unreachable: new Set(), reserved: new Map() };
    data.set(name, plan);
    return undefined;
  },
  filter(_pod, { node }, state) {
    const plan = planOf(state)!;
    const wrong = plan.claims.filter((claim) => !isReachable(claim, node) || (!isWithout(claim) && isStuck(claim, state.world.nowMs)));
    for (const claim of wrong) plan.unreachable.add(claim);
    if (wrong.length > 0) return hopeless('resourceclaim not available on the node');
    if (!plan.claims.some(isWithout)) return undefined;
    const found = allocateOn(node, plan, state);
    if ('reason' in found) return found;
    plan.byNode.set(node.metadata.name, found);
    return undefined;
  },
  postFilter(pod, _misfit, state, { client, signal }) {
    // Upstream asks no further and says this when an earlier preFilter refused, and there is nothing to ask of the claims
    if (!state.data.has(name)) return { message: 'not found', isLast: true };
    const plan = planOf(state);
    if (plan === undefined) return { message: 'no new claims to deallocate' };
    for (const claim of plan.unreachable) {
      const { reservedFor = [] } = claim.status;
      if (reservedFor.length > 1 || (reservedFor.length === 1 && reservedFor[0]!.uid !== pod.metadata.uid)) continue;
      // Nobody uses it where it is: let it be found anew
      const { allocation: _a, reservedFor: _r, devices: _d, ...status } = claim.status;
      return {
        message: 'deallocation of ResourceClaim completed',
        act: async () => void (await client.updateStatus(ResourceClaim, { ...claim, status } as never, { signal })),
      };
    }
    return { message: 'still not schedulable' };
  },
  preScore: (_pod, _nodes, state) => ((planOf(state)?.byNode.size ?? 0) === 0 ? 'skip' : undefined),
  score(_pod, { name: nodeName }, state) {
    const plan = planOf(state)!;
    const found = plan.byNode.get(nodeName) ?? [];
    let next = 0;
    const chosen = plan.claims.map((claim) => ({ claim, allocation: claim.status.allocation ?? found[next++]! }));
    return preference(chosen.filter(({ allocation }) => allocation !== undefined));
  },
  normalize: stretch,
  reserve(_pod, nodeName, state) {
    const plan = planOf(state);
    if (plan === undefined || !plan.claims.some(isWithout)) return;
    const found = plan.byNode.get(nodeName);
    if (found === undefined) throw new Error('claim allocation not found for node');
    let next = 0;
    for (const [position, claim] of plan.claims.entries()) {
      if (!isWithout(claim)) continue;
      const allocation = found[next++]!;
      plan.reserved.set(position, allocation);
      state.world.assume(ResourceClaim, { ...withFinalizer(claim), status: { ...claim.status, allocation } }, 'forgotten');
    }
  },
  async unreserve(pod, _nodeName, state, { client, signal }) {
    const plan = planOf(state);
    if (plan === undefined) return;
    for (const position of plan.reserved.keys()) state.world.forget(ResourceClaim, plan.claims[position]!.metadata);
    for (const claim of plan.claims) {
      if (isWithout(claim) || !isReservedFor(pod, claim)) continue;
      const { uid } = claim.metadata;
      const patch = { metadata: { uid }, status: { reservedFor: [{ $patch: 'delete', uid: pod.metadata.uid }] } };
      await client.patch(ResourceClaim, claim.metadata, 'strategic', patch, { subresource: 'status', signal });
    }
  },
  async preBind(pod, nodeName, state, binding) {
    const plan = planOf(state);
    if (plan === undefined) return;
    for (const [position, claim] of plan.claims.entries()) {
      if (isReservedFor(pod, claim)) continue;
      const bound = await bindClaim(claim, plan.reserved.get(position), pod, binding);
      plan.claims[position] = bound;
      state.world.assume(ResourceClaim, bound, 'asNew');
    }
    if (plan.claims.some(mustBePrepared)) await waitForDevices(pod, nodeName, plan, binding);
  },
});
