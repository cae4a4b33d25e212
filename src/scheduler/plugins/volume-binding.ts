import { goQuote } from '../../api/go-text.ts';
import { keyText } from '../../api/meta.ts';
import { sameJson } from '../../base/equal.ts';
import { storageClassOf } from '../../kinds/core/lib/claim-strategy.ts';
import { claimNameOf, whyNotClaimOf } from '../../kinds/core/lib/pod-claims.ts';
import { annotated, boundVolume, isReachableFrom, selectedNodeAnnotation } from '../../kinds/core/lib/volume-binding.ts';
import { Node } from '../../kinds/core/node.ts';
import { PersistentVolume } from '../../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { CSIDriver } from '../../kinds/storage/csi-driver.ts';
import { CSINode } from '../../kinds/storage/csi-node.ts';
import { CSIStorageCapacity } from '../../kinds/storage/csi-storage-capacity.ts';
import { StorageClass } from '../../kinds/storage/storage-class.ts';
import { type Binding, type CycleState, definePlugin, type Refusal, type World } from '../framework.ts';
import { claimNotFound, hopeless, usesClaim } from '../lib/claims.ts';
import { claimsOf, isFullyBound, type NodeVolumes, type PodClaims, volumesByClass, volumesOn } from '../lib/pod-volumes.ts';

const name = 'VolumeBinding';
/** Longest that a pod waits for its volumes before it is scheduled anew. */
const bindTimeoutMs = 600_000;

interface Plan {
  readonly claims: PodClaims;
  readonly byNode: Map<string, NodeVolumes>;
  /** The volumes and claims as assumed for the chosen node. */
  reserved: NodeVolumes | undefined;
}
const hasWork = (volumes: NodeVolumes | undefined): volumes is NodeVolumes =>
  volumes !== undefined && volumes.bindings.length + volumes.toProvision.length > 0;
const planOf = ({ data }: CycleState) => data.get(name) as Plan | undefined;

/** What is wrong with a claim of a pod; 'none' for pods without claims. */
function checkClaims(pod: Pod, world: World): Refusal | 'none' | undefined {
  const { namespace } = pod.metadata;
  let found = false;
  for (const volume of pod.spec.volumes ?? []) {
    const claimName = claimNameOf(pod, volume);
    if (claimName === undefined) continue;
    found = true;
    const claim = world.get(PersistentVolumeClaim, { namespace, name: claimName });
    const quoted = goQuote(claimName);
    if (claim === undefined) {
      if (volume.ephemeral === undefined) return claimNotFound(claimName);
      return hopeless(`waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`);
    }
    if (claim.status.phase === 'Lost') {
      return hopeless(`persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${goQuote(claim.spec.volumeName ?? '')}`);
    }
    if (claim.metadata.deletionTimestamp !== undefined) return hopeless(`persistentvolumeclaim ${quoted} is being deleted`);
    const foreign = volume.ephemeral === undefined ? undefined : whyNotClaimOf(pod, claim);
    if (foreign !== undefined) return hopeless(foreign);
  }
  return found ? undefined : 'none';
}

function checkReach(volume: PersistentVolume, node: Node): void {
  if (isReachableFrom(volume, node)) return;
  const [volumeName, nodeName] = [goQuote(volume.metadata.name), goQuote(node.metadata.name)];
  throw new Error(`pv ${volumeName} node affinity doesn't match node ${nodeName}: no matching NodeSelectorTerms`);
}
const isBehind = (shown: Versioned, written: Versioned) =>
  Number(shown.metadata.resourceVersion) < Number(written.metadata.resourceVersion);
type Versioned = PersistentVolume | PersistentVolumeClaim;

/** Whether everything that was written is bound by now. Throws when it never will be. Looks at what the API shows, not at what is assumed. */
function isDone(pod: Pod, node: Node, { bindings, toProvision }: NodeVolumes, world: World): boolean {
  if (world.shown(Pod, pod.metadata) === undefined)
    throw new Error(`pod does not exist any more: pod ${goQuote(pod.metadata.name)} not found`);
  const claimNow = (claim: PersistentVolumeClaim, what: string) => {
    const shown = world.shown(PersistentVolumeClaim, claim.metadata);
    if (shown === undefined)
      throw new Error(`failed to check ${what}: could not find v1.PersistentVolumeClaim ${goQuote(keyText(claim.metadata))}`);
    return shown;
  };
  for (const { volume, claim } of bindings) {
    const shown = world.shown(PersistentVolume, volume.metadata);
    if (shown === undefined)
      throw new Error(`failed to check binding: could not find v1.PersistentVolume ${goQuote(volume.metadata.name)}`);
    if (isBehind(shown, volume)) return false;
    checkReach(shown, node);
    if ((shown.spec.claimRef?.uid ?? '') === '') throw new Error(`ClaimRef got reset for pv ${goQuote(shown.metadata.name)}`);
    if (!isFullyBound(claimNow(claim, 'binding'))) return false;
  }
  for (const claim of toProvision) {
    const shown = claimNow(claim, 'provisioning pvc');
    if (isBehind(shown, claim)) return false;
    const selected = shown.metadata.annotations?.[selectedNodeAnnotation];
    if (selected !== node.metadata.name) throw new Error(`provisioning failed for PVC ${goQuote(shown.metadata.name)}`);
    if ((shown.spec.volumeName ?? '') === '') return false;
    const volume = world.shown(PersistentVolume, { name: shown.spec.volumeName ?? '' });
    if (volume === undefined) return false;
    checkReach(volume, node);
    if (!isFullyBound(shown)) return false;
  }
  return true;
}

async function write({ bindings, toProvision }: NodeVolumes, { client, signal }: Binding): Promise<NodeVolumes> {
  const written = {
    bindings: [] as { volume: PersistentVolume; claim: PersistentVolumeClaim }[],
    toProvision: [] as PersistentVolumeClaim[],
  };
  for (const { volume, claim } of bindings) {
    written.bindings.push({ volume: await client.update(PersistentVolume, volume, { signal }), claim });
  }
  for (const claim of toProvision) written.toProvision.push(await client.update(PersistentVolumeClaim, claim, { signal }));
  return written;
}

/**
 * Pods run where their volumes are, or can be made: claims that wait for their first consumer get a volume of its node.
 * https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
 */
export const volumeBinding = definePlugin({
  name,
  reads: [
    { kind: PersistentVolumeClaim },
    { kind: PersistentVolume, indexes: { [volumesByClass]: (volume: PersistentVolume) => [storageClassOf(volume)] } },
    { kind: StorageClass },
    { kind: CSINode },
    { kind: CSIDriver },
    { kind: CSIStorageCapacity },
  ],
  retryOn: [
    { kind: StorageClass, type: 'added' },
    { kind: StorageClass, type: 'updated', helps: (_pod, now, old) => !sameJson(now.allowedTopologies, old.allowedTopologies) },
    { kind: PersistentVolumeClaim, type: 'added', helps: usesClaim },
    { kind: PersistentVolumeClaim, type: 'updated', helps: usesClaim },
    { kind: PersistentVolume, type: 'added' },
    { kind: PersistentVolume, type: 'updated' },
    { kind: Node, type: 'added' },
    { kind: Node, type: 'updated' },
    { kind: CSINode, type: 'added' },
    { kind: CSIDriver, type: 'updated' },
    { kind: CSIStorageCapacity, type: 'added' },
    { kind: CSIStorageCapacity, type: 'updated' },
  ],
  preFilter(pod, { world, data }) {
    const wrong = checkClaims(pod, world);
    if (wrong === 'none') return 'skip';
    if (wrong !== undefined) return wrong;
    const claims = claimsOf(pod, world);
    if (claims.immediate.length > 0) return hopeless('pod has unbound immediate PersistentVolumeClaims');
    data.set(name, { claims, byNode: new Map(), reserved: undefined } satisfies Plan);
    return undefined;
  },
  filter(_pod, { node }, state) {
    const plan = planOf(state)!;
    const found = volumesOn(node, plan.claims, state.world);
    if ('bindings' in found) {
      plan.byNode.set(node.metadata.name, found);
      return undefined;
    }
    return { reason: found[0]!, reasons: found, resolvable: false };
  },
  reserve(_pod, nodeName, state) {
    const plan = planOf(state);
    const volumes = plan?.byNode.get(nodeName);
    if (plan === undefined || volumes === undefined) return;
    plan.reserved = {
      bindings: volumes.bindings.map(({ volume, claim }) => ({ volume: boundVolume(volume, claim), claim })),
      toProvision: volumes.toProvision.map((claim) => annotated(claim, { [selectedNodeAnnotation]: nodeName })),
    };
    for (const { volume } of plan.reserved.bindings) state.world.assume(PersistentVolume, volume);
    for (const claim of plan.reserved.toProvision) state.world.assume(PersistentVolumeClaim, claim);
  },
  unreserve(_pod, _nodeName, state) {
    const { bindings = [], toProvision = [] } = planOf(state)?.reserved ?? {};
    for (const { volume } of bindings) state.world.forget(PersistentVolume, volume.metadata);
    for (const claim of toProvision) state.world.forget(PersistentVolumeClaim, claim.metadata);
  },
  mustPreBind: (_pod, _nodeName, state) => hasWork(planOf(state)?.reserved),
  async preBind(pod, nodeName, state, binding) {
    const { reserved } = planOf(state) ?? {};
    if (!hasWork(reserved)) return;
    const written = await write(reserved, binding);
    try {
      await binding.until(() => {
        const node = binding.world.shown(Node, { name: nodeName });
        if (node === undefined) throw new Error(`failed to get node ${goQuote(nodeName)}: node ${goQuote(nodeName)} not found`);
        return isDone(pod, node, written, binding.world);
      }, bindTimeoutMs);
    } catch (error) {
      throw new Error(`binding volumes: ${(error as Error).message}`, { cause: error });
    }
  },
});
