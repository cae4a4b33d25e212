import { goQuote } from '../api/go-text.ts';
import type { Key } from '../api/meta.ts';
import { isAlreadyExists, isNotFound } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { storageClassOf } from '../kinds/core/lib/claim-strategy.ts';
import { annotated, provisionedByAnnotation, provisionerAnnotation, selectedNodeAnnotation } from '../kinds/core/lib/volume-binding.ts';
import { Node } from '../kinds/core/node.ts';
import { PersistentVolume } from '../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import { defaultClassAnnotation } from '../kinds/storage/lib/default-class.ts';
import { StorageClass } from '../kinds/storage/storage-class.ts';
import { removeFinalizer, waitsFor } from './lib/finalizers.ts';

const provisioner = 'skiff.dev/local-path';
/** On a volume: the node that has its folder. */
const nodeAnnotation = 'skiff.dev/node';
const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';
const hostname = 'kubernetes.io/hostname';
const retryMs = 5_000;

const standard = {
  metadata: { name: 'standard', annotations: { [defaultClassAnnotation]: 'true' } },
  provisioner,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
};

/** Why a folder of a node cannot be what a claim asks for. */
function whyNot({ spec }: PersistentVolumeClaim): string | undefined {
  if (spec.selector !== undefined) return 'claim.Spec.Selector is not supported';
  if (spec.volumeMode === 'Block') return 'block volumes are not supported';
  if ((spec.volumeAttributesClassName ?? '') !== '') return 'volume attributes classes are not supported';
  if (spec.dataSource !== undefined || spec.dataSourceRef !== undefined) {
    return `plugin ${goQuote(provisioner)} is not a CSI plugin. Only CSI plugin can provision a claim with a datasource`;
  }
  const isOfOneNode = spec.accessModes?.every((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod') === true;
  return isOfOneNode ? undefined : 'only ReadWriteOnce and ReadWriteOncePod access modes are supported';
}

function volumeOf(claim: PersistentVolumeClaim, found: StorageClass, node: Node, path: string): object {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const value = node.metadata.labels?.[hostname] ?? node.metadata.name;
  const terms = [{ matchExpressions: [{ key: hostname, operator: 'In', values: [value] }] }];
  return {
    metadata: {
      name: `pvc-${uid}`,
      annotations: { [provisionedByAnnotation]: provisioner, [nodeAnnotation]: node.metadata.name },
      finalizers: [finalizer],
    },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.storage },
      accessModes: claim.spec.accessModes,
      persistentVolumeReclaimPolicy: found.reclaimPolicy,
      storageClassName: found.metadata.name,
      mountOptions: found.mountOptions,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion },
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: terms } },
    },
  };
}

/** The chosen node is gone: the scheduler has to choose another. */
async function chooseAgain(claim: PersistentVolumeClaim, name: string, context: ControllerContext): Promise<void> {
  try {
    await context.client.get(Node, { name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await context.client.update(PersistentVolumeClaim, annotated(claim, { [selectedNodeAnnotation]: undefined }));
  }
}

async function provision(claim: PersistentVolumeClaim, context: ControllerContext): Promise<void> {
  const { client, cluster, events } = context;
  const className = storageClassOf(claim);
  const failed = (message: string) =>
    events.event(claim, 'Warning', 'ProvisioningFailed', `failed to provision volume with StorageClass ${goQuote(className)}: ${message}`);
  const found = context.cache(StorageClass).get({ name: className });
  if (found === undefined) return failed(`storageclass.storage.k8s.io ${goQuote(className)} not found`);
  const refused = whyNot(claim);
  if (refused !== undefined) return failed(refused);
  const nodeName = claim.metadata.annotations?.[selectedNodeAnnotation];
  if (nodeName === undefined) return failed('configuration error, no node was specified');
  const node = context.cache(Node).get({ name: nodeName });
  if (node === undefined) return chooseAgain(claim, nodeName, context);
  const { namespace, name, uid } = claim.metadata;
  events.event(claim, 'Normal', 'Provisioning', `External provisioner is provisioning volume for claim ${goQuote(`${namespace}/${name}`)}`);
  const path = cluster.nodeFolders.pathOf(nodeName, `pvc-${uid}_${namespace}_${name}`);
  try {
    await cluster.nodeFolders.make(nodeName, path);
  } catch (error) {
    failed((error as Error).message);
    throw error;
  }
  await client.create(PersistentVolume, volumeOf(claim, found, node, path) as never).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
  events.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume pvc-${uid}`);
}

async function syncClaim(key: Key, context: ControllerContext): Promise<void> {
  const claim = context.cache(PersistentVolumeClaim).get(key);
  if (claim === undefined || claim.metadata.deletionTimestamp !== undefined || claim.spec.volumeName) return;
  if (claim.metadata.annotations?.[provisionerAnnotation] !== provisioner) return;
  if (context.cache(PersistentVolume).get({ name: `pvc-${claim.metadata.uid}` }) === undefined) await provision(claim, context);
}

/** Removes the folder of a volume that nobody claims any more, then the volume. A volume that is to be retained is only let go. */
async function syncVolume(key: Key, context: ControllerContext): Promise<void> {
  const { client, cluster, events } = context;
  const volume = context.cache(PersistentVolume).get(key);
  if (volume === undefined || volume.metadata.annotations?.[provisionedByAnnotation] !== provisioner) return;
  const { phase } = volume.status;
  const isDeleted = volume.metadata.deletionTimestamp !== undefined;
  const isFree = phase === 'Released' || phase === 'Failed' || (isDeleted && phase !== 'Bound');
  if (!isFree || (isDeleted && !waitsFor(volume, finalizer))) return;
  if (volume.spec.persistentVolumeReclaimPolicy === 'Delete') {
    try {
      const path = volume.spec.local?.path;
      if (path !== undefined) await cluster.nodeFolders.remove(volume.metadata.annotations[nodeAnnotation] ?? '', path);
    } catch (error) {
      events.event(volume, 'Warning', 'VolumeFailedDelete', (error as Error).message);
      throw error;
    }
    if (!isDeleted) await client.delete(PersistentVolume, key).catch(ignoreNotFound);
  } else if (!isDeleted) return;
  const now = await client.get(PersistentVolume, key).catch(ignoreNotFound);
  if (now) await removeFinalizer(client, PersistentVolume, now, finalizer);
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}

/**
 * Makes the volumes of the class "standard", which is the default: folders of the node where the first pod of a claim runs. They
 * live and die with their claims, and on no other node.
 */
export const localPathProvisioner = defineController<PersistentVolumeClaim>({
  name: 'local-path-provisioner',
  eventSource: provisioner,
  for: PersistentVolumeClaim,
  watches: [{ kind: PersistentVolume, map: ({ metadata }: PersistentVolume) => [{ name: metadata.name }] }],
  reads: [Node, StorageClass],
  can: [
    { groups: [''], resources: ['persistentvolumes'], verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'] },
    { groups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list', 'watch', 'update'] },
    { groups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    { groups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['get', 'list', 'watch', 'create'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  reconcile: (key, context) => (key.namespace === undefined ? syncVolume(key, context) : syncClaim(key, context)),
  async background({ client, clock, log, signal }) {
    while (!signal.aborted) {
      try {
        await client.create(StorageClass, standard as never);
        return;
      } catch (error) {
        if (isAlreadyExists(error)) return;
        log.warn('the class "standard" could not be made; trying again', { error });
      }
      await clock.sleep(retryMs, signal).catch(() => undefined);
    }
  },
});
