import {
  bool,
  byDefault,
  embedded,
  int32,
  list,
  map,
  nullable,
  object,
  opt,
  ptr,
  quantity,
  required,
  shape,
  type ShapeOf,
  string,
  time,
} from '../../../api/schema.ts';
import { nodeSelector } from './affinity.ts';
import { objectReference, secretReference } from './references.ts';
import {
  awsElasticBlockStoreVolumeSource,
  azureDiskVolumeSource,
  fcVolumeSource,
  flockerVolumeSource,
  gcePersistentDiskVolumeSource,
  hostPathVolumeSource,
  nfsVolumeSource,
  photonPersistentDiskVolumeSource,
  portworxVolumeSource,
  quobyteVolumeSource,
  vsphereVirtualDiskVolumeSource,
} from './volumes.ts';

export const glusterfsPersistentVolumeSource = shape('io.k8s.api.core.v1.GlusterfsPersistentVolumeSource', {
  endpoints: string(1),
  path: string(2),
  readOnly: opt(bool(3)),
  endpointsNamespace: ptr(string(4)),
});
export interface GlusterfsPersistentVolumeSource extends ShapeOf<typeof glusterfsPersistentVolumeSource> {}

export const rbdPersistentVolumeSource = shape('io.k8s.api.core.v1.RBDPersistentVolumeSource', {
  monitors: list(1, string(0), { listType: 'atomic' }),
  image: string(2),
  fsType: opt(string(3)),
  pool: byDefault('rbd', opt(string(4))),
  user: byDefault('admin', opt(string(5))),
  keyring: byDefault('/etc/ceph/keyring', opt(string(6))),
  secretRef: ptr(object(7, secretReference)),
  readOnly: opt(bool(8)),
});
export interface RBDPersistentVolumeSource extends ShapeOf<typeof rbdPersistentVolumeSource> {}

export const iscsiPersistentVolumeSource = shape('io.k8s.api.core.v1.ISCSIPersistentVolumeSource', {
  targetPortal: string(1),
  iqn: string(2),
  lun: int32(3),
  iscsiInterface: byDefault('default', opt(string(4))),
  fsType: opt(string(5)),
  readOnly: opt(bool(6)),
  portals: opt(list(7, string(0), { listType: 'atomic' })),
  chapAuthDiscovery: opt(bool(8)),
  chapAuthSession: opt(bool(11)),
  secretRef: ptr(object(10, secretReference)),
  initiatorName: ptr(string(12)),
});
export interface ISCSIPersistentVolumeSource extends ShapeOf<typeof iscsiPersistentVolumeSource> {}

export const cinderPersistentVolumeSource = shape('io.k8s.api.core.v1.CinderPersistentVolumeSource', {
  volumeID: string(1),
  fsType: opt(string(2)),
  readOnly: opt(bool(3)),
  secretRef: ptr(object(4, secretReference)),
});
export interface CinderPersistentVolumeSource extends ShapeOf<typeof cinderPersistentVolumeSource> {}

export const cephFSPersistentVolumeSource = shape('io.k8s.api.core.v1.CephFSPersistentVolumeSource', {
  monitors: list(1, string(0), { listType: 'atomic' }),
  path: opt(string(2)),
  user: opt(string(3)),
  secretFile: opt(string(4)),
  secretRef: ptr(object(5, secretReference)),
  readOnly: opt(bool(6)),
});
export interface CephFSPersistentVolumeSource extends ShapeOf<typeof cephFSPersistentVolumeSource> {}

export const flexPersistentVolumeSource = shape('io.k8s.api.core.v1.FlexPersistentVolumeSource', {
  driver: string(1),
  fsType: opt(string(2)),
  secretRef: ptr(object(3, secretReference)),
  readOnly: opt(bool(4)),
  options: opt(map(5, string(0))),
});
export interface FlexPersistentVolumeSource extends ShapeOf<typeof flexPersistentVolumeSource> {}

export const azureFilePersistentVolumeSource = shape('io.k8s.api.core.v1.AzureFilePersistentVolumeSource', {
  secretName: string(1),
  shareName: string(2),
  readOnly: opt(bool(3)),
  secretNamespace: nullable(string(4)),
});
export interface AzureFilePersistentVolumeSource extends ShapeOf<typeof azureFilePersistentVolumeSource> {}

export const scaleIOPersistentVolumeSource = shape('io.k8s.api.core.v1.ScaleIOPersistentVolumeSource', {
  gateway: string(1),
  system: string(2),
  secretRef: required(nullable(object(3, secretReference))),
  sslEnabled: opt(bool(4)),
  protectionDomain: opt(string(5)),
  storagePool: opt(string(6)),
  storageMode: byDefault('ThinProvisioned', opt(string(7))),
  volumeName: opt(string(8)),
  fsType: byDefault('xfs', opt(string(9))),
  readOnly: opt(bool(10)),
});
export interface ScaleIOPersistentVolumeSource extends ShapeOf<typeof scaleIOPersistentVolumeSource> {}

export const localVolumeSource = shape('io.k8s.api.core.v1.LocalVolumeSource', {
  path: string(1),
  fsType: ptr(string(2)),
});
export interface LocalVolumeSource extends ShapeOf<typeof localVolumeSource> {}

export const storageOSPersistentVolumeSource = shape('io.k8s.api.core.v1.StorageOSPersistentVolumeSource', {
  volumeName: opt(string(1)),
  volumeNamespace: opt(string(2)),
  fsType: opt(string(3)),
  readOnly: opt(bool(4)),
  secretRef: ptr(object(5, objectReference)),
});
export interface StorageOSPersistentVolumeSource extends ShapeOf<typeof storageOSPersistentVolumeSource> {}

export const csiPersistentVolumeSource = shape('io.k8s.api.core.v1.CSIPersistentVolumeSource', {
  driver: string(1),
  volumeHandle: string(2),
  readOnly: opt(bool(3)),
  fsType: opt(string(4)),
  volumeAttributes: opt(map(5, string(0))),
  controllerPublishSecretRef: ptr(object(6, secretReference)),
  nodeStageSecretRef: ptr(object(7, secretReference)),
  nodePublishSecretRef: ptr(object(8, secretReference)),
  controllerExpandSecretRef: ptr(object(9, secretReference)),
  nodeExpandSecretRef: ptr(object(10, secretReference)),
});
export interface CSIPersistentVolumeSource extends ShapeOf<typeof csiPersistentVolumeSource> {}

export const volumeNodeAffinity = shape('io.k8s.api.core.v1.VolumeNodeAffinity', {
  required: ptr(object(1, nodeSelector)),
});
export interface VolumeNodeAffinity extends ShapeOf<typeof volumeNodeAffinity> {}

export const persistentVolumeSpec = shape('io.k8s.api.core.v1.PersistentVolumeSpec', {
  capacity: opt(map(1, quantity(0))),
  ...embedded(
    2,
    {
      gcePersistentDisk: ptr(object(1, gcePersistentDiskVolumeSource)),
      awsElasticBlockStore: ptr(object(2, awsElasticBlockStoreVolumeSource)),
      hostPath: ptr(object(3, hostPathVolumeSource)),
      glusterfs: ptr(object(4, glusterfsPersistentVolumeSource)),
      nfs: ptr(object(5, nfsVolumeSource)),
      rbd: ptr(object(6, rbdPersistentVolumeSource)),
      iscsi: ptr(object(7, iscsiPersistentVolumeSource)),
      cinder: ptr(object(8, cinderPersistentVolumeSource)),
      cephfs: ptr(object(9, cephFSPersistentVolumeSource)),
      fc: ptr(object(10, fcVolumeSource)),
      flocker: ptr(object(11, flockerVolumeSource)),
      flexVolume: ptr(object(12, flexPersistentVolumeSource)),
      azureFile: ptr(object(13, azureFilePersistentVolumeSource)),
      vsphereVolume: ptr(object(14, vsphereVirtualDiskVolumeSource)),
      quobyte: ptr(object(15, quobyteVolumeSource)),
      azureDisk: ptr(object(16, azureDiskVolumeSource)),
      photonPersistentDisk: ptr(object(17, photonPersistentDiskVolumeSource)),
      portworxVolume: ptr(object(18, portworxVolumeSource)),
      scaleIO: ptr(object(19, scaleIOPersistentVolumeSource)),
      local: ptr(object(20, localVolumeSource)),
      storageos: ptr(object(21, storageOSPersistentVolumeSource)),
      csi: ptr(object(22, csiPersistentVolumeSource)),
    },
    'PersistentVolumeSource',
  ),
  accessModes: opt(
    list(3, string(0, { enum: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'] }), { listType: 'atomic' }),
  ),
  claimRef: ptr(object(4, objectReference, { mapType: 'granular' })),
  persistentVolumeReclaimPolicy: opt(string(5, { enum: ['Recycle', 'Delete', 'Retain'] })),
  storageClassName: opt(string(6)),
  mountOptions: opt(list(7, string(0), { listType: 'atomic' })),
  volumeMode: ptr(string(8, { enum: ['Block', 'Filesystem'] })),
  nodeAffinity: ptr(object(9, volumeNodeAffinity)),
  volumeAttributesClassName: ptr(string(10)),
});
export interface PersistentVolumeSpec extends ShapeOf<typeof persistentVolumeSpec> {}

export const persistentVolumeStatus = shape('io.k8s.api.core.v1.PersistentVolumeStatus', {
  phase: opt(string(1, { enum: ['Pending', 'Available', 'Bound', 'Released', 'Failed'] })),
  message: opt(string(2)),
  reason: opt(string(3)),
  lastPhaseTransitionTime: ptr(time(4)),
});
export interface PersistentVolumeStatus extends ShapeOf<typeof persistentVolumeStatus> {}
