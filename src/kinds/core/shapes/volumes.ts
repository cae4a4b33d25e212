import { labelSelector } from '../../../api/meta.ts';
import {
  bool,
  byDefault,
  embedded,
  int32,
  int64,
  list,
  map,
  nullable,
  object,
  of,
  opt,
  optional,
  ptr,
  quantity,
  required,
  shape,
  type ShapeOf,
  string,
} from '../../../api/schema.ts';
import { objectFieldSelector, resourceFieldSelector } from './environment.ts';
import { persistentVolumeClaimTemplate } from './persistent-volume-claim.ts';
import { localObjectReference } from './references.ts';

export const keyToPath = shape('io.k8s.api.core.v1.KeyToPath', {
  key: string(1),
  path: string(2),
  mode: ptr(int32(3)),
});
export interface KeyToPath extends ShapeOf<typeof keyToPath> {}

export const secretProjection = shape('io.k8s.api.core.v1.SecretProjection', {
  ...embedded(1, { name: byDefault('', opt(string(1))) }, 'LocalObjectReference'),
  items: opt(list(2, of(keyToPath), { listType: 'atomic' })),
  optional: ptr(bool(4)),
});
export interface SecretProjection extends ShapeOf<typeof secretProjection> {}

export const configMapProjection = shape('io.k8s.api.core.v1.ConfigMapProjection', {
  ...embedded(1, { name: byDefault('', opt(string(1))) }, 'LocalObjectReference'),
  items: opt(list(2, of(keyToPath), { listType: 'atomic' })),
  optional: ptr(bool(4)),
});
export interface ConfigMapProjection extends ShapeOf<typeof configMapProjection> {}

export const downwardAPIVolumeFile = shape('io.k8s.api.core.v1.DownwardAPIVolumeFile', {
  path: string(1),
  fieldRef: ptr(object(2, objectFieldSelector)),
  resourceFieldRef: ptr(object(3, resourceFieldSelector)),
  mode: ptr(int32(4)),
});
export interface DownwardAPIVolumeFile extends ShapeOf<typeof downwardAPIVolumeFile> {}

export const downwardAPIProjection = shape('io.k8s.api.core.v1.DownwardAPIProjection', {
  items: opt(list(1, of(downwardAPIVolumeFile), { listType: 'atomic' })),
});
export interface DownwardAPIProjection extends ShapeOf<typeof downwardAPIProjection> {}

export const serviceAccountTokenProjection = shape('io.k8s.api.core.v1.ServiceAccountTokenProjection', {
  audience: opt(string(1)),
  expirationSeconds: ptr(int64(2)),
  path: string(3),
});
export interface ServiceAccountTokenProjection extends ShapeOf<typeof serviceAccountTokenProjection> {}

export const clusterTrustBundleProjection = shape('io.k8s.api.core.v1.ClusterTrustBundleProjection', {
  name: ptr(string(1)),
  signerName: ptr(string(2)),
  labelSelector: ptr(object(3, labelSelector)),
  optional: ptr(bool(5)),
  path: string(4),
});
export interface ClusterTrustBundleProjection extends ShapeOf<typeof clusterTrustBundleProjection> {}

export const podCertificateProjection = shape('io.k8s.api.core.v1.PodCertificateProjection', {
  signerName: required(opt(string(1))),
  keyType: required(opt(string(2))),
  maxExpirationSeconds: ptr(int32(3)),
  credentialBundlePath: opt(string(4)),
  keyPath: opt(string(5)),
  certificateChainPath: opt(string(6)),
  userAnnotations: opt(map(7, string(0))),
});
export interface PodCertificateProjection extends ShapeOf<typeof podCertificateProjection> {}

export const volumeProjection = shape('io.k8s.api.core.v1.VolumeProjection', {
  secret: ptr(object(1, secretProjection)),
  downwardAPI: ptr(object(2, downwardAPIProjection)),
  configMap: ptr(object(3, configMapProjection)),
  serviceAccountToken: ptr(object(4, serviceAccountTokenProjection)),
  clusterTrustBundle: ptr(object(5, clusterTrustBundleProjection)),
  podCertificate: ptr(object(6, podCertificateProjection)),
});
export interface VolumeProjection extends ShapeOf<typeof volumeProjection> {}

export const hostPathVolumeSource = shape('io.k8s.api.core.v1.HostPathVolumeSource', {
  path: string(1),
  type: ptr(string(2, { enum: ['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice'] })),
});
export interface HostPathVolumeSource extends ShapeOf<typeof hostPathVolumeSource> {}

export const emptyDirVolumeSource = shape('io.k8s.api.core.v1.EmptyDirVolumeSource', {
  medium: opt(string(1)),
  sizeLimit: ptr(quantity(2)),
});
export interface EmptyDirVolumeSource extends ShapeOf<typeof emptyDirVolumeSource> {}

export const secretVolumeSource = shape('io.k8s.api.core.v1.SecretVolumeSource', {
  secretName: opt(string(1)),
  items: opt(list(2, of(keyToPath), { listType: 'atomic' })),
  defaultMode: ptr(int32(3)),
  optional: ptr(bool(4)),
});
export interface SecretVolumeSource extends ShapeOf<typeof secretVolumeSource> {}

export const configMapVolumeSource = shape('io.k8s.api.core.v1.ConfigMapVolumeSource', {
  ...embedded(1, { name: byDefault('', opt(string(1))) }, 'LocalObjectReference'),
  items: opt(list(2, of(keyToPath), { listType: 'atomic' })),
  defaultMode: ptr(int32(3)),
  optional: ptr(bool(4)),
});
export interface ConfigMapVolumeSource extends ShapeOf<typeof configMapVolumeSource> {}

export const downwardAPIVolumeSource = shape('io.k8s.api.core.v1.DownwardAPIVolumeSource', {
  items: opt(list(1, of(downwardAPIVolumeFile), { listType: 'atomic' })),
  defaultMode: ptr(int32(2)),
});
export interface DownwardAPIVolumeSource extends ShapeOf<typeof downwardAPIVolumeSource> {}

export const projectedVolumeSource = shape('io.k8s.api.core.v1.ProjectedVolumeSource', {
  sources: optional(list(1, of(volumeProjection), { listType: 'atomic' })),
  defaultMode: ptr(int32(2)),
});
export interface ProjectedVolumeSource extends ShapeOf<typeof projectedVolumeSource> {}

export const persistentVolumeClaimVolumeSource = shape('io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource', {
  claimName: string(1),
  readOnly: opt(bool(2)),
});
export interface PersistentVolumeClaimVolumeSource extends ShapeOf<typeof persistentVolumeClaimVolumeSource> {}

export const csiVolumeSource = shape('io.k8s.api.core.v1.CSIVolumeSource', {
  driver: string(1),
  readOnly: ptr(bool(2)),
  fsType: ptr(string(3)),
  volumeAttributes: opt(map(4, string(0))),
  nodePublishSecretRef: ptr(object(5, localObjectReference)),
});
export interface CSIVolumeSource extends ShapeOf<typeof csiVolumeSource> {}

export const ephemeralVolumeSource = shape('io.k8s.api.core.v1.EphemeralVolumeSource', {
  volumeClaimTemplate: ptr(object(1, persistentVolumeClaimTemplate)),
});
export interface EphemeralVolumeSource extends ShapeOf<typeof ephemeralVolumeSource> {}

export const imageVolumeSource = shape('io.k8s.api.core.v1.ImageVolumeSource', {
  reference: opt(string(1)),
  pullPolicy: opt(string(2, { enum: ['Always', 'Never', 'IfNotPresent'] })),
});
export interface ImageVolumeSource extends ShapeOf<typeof imageVolumeSource> {}

export const nfsVolumeSource = shape('io.k8s.api.core.v1.NFSVolumeSource', {
  server: string(1),
  path: string(2),
  readOnly: opt(bool(3)),
});
export interface NFSVolumeSource extends ShapeOf<typeof nfsVolumeSource> {}

export const iscsiVolumeSource = shape('io.k8s.api.core.v1.ISCSIVolumeSource', {
  targetPortal: string(1),
  iqn: string(2),
  lun: int32(3),
  iscsiInterface: byDefault('default', opt(string(4))),
  fsType: opt(string(5)),
  readOnly: opt(bool(6)),
  portals: opt(list(7, string(0), { listType: 'atomic' })),
  chapAuthDiscovery: opt(bool(8)),
  chapAuthSession: opt(bool(11)),
  secretRef: ptr(object(10, localObjectReference)),
  initiatorName: ptr(string(12)),
});
export interface ISCSIVolumeSource extends ShapeOf<typeof iscsiVolumeSource> {}

export const fcVolumeSource = shape('io.k8s.api.core.v1.FCVolumeSource', {
  targetWWNs: opt(list(1, string(0), { listType: 'atomic' })),
  lun: ptr(int32(2)),
  fsType: opt(string(3)),
  readOnly: opt(bool(4)),
  wwids: opt(list(5, string(0), { listType: 'atomic' })),
});
export interface FCVolumeSource extends ShapeOf<typeof fcVolumeSource> {}

export const glusterfsVolumeSource = shape('io.k8s.api.core.v1.GlusterfsVolumeSource', {
  endpoints: string(1),
  path: string(2),
  readOnly: opt(bool(3)),
});
export interface GlusterfsVolumeSource extends ShapeOf<typeof glusterfsVolumeSource> {}

export const rbdVolumeSource = shape('io.k8s.api.core.v1.RBDVolumeSource', {
  monitors: list(1, string(0), { listType: 'atomic' }),
  image: string(2),
  fsType: opt(string(3)),
  pool: byDefault('rbd', opt(string(4))),
  user: byDefault('admin', opt(string(5))),
  keyring: byDefault('/etc/ceph/keyring', opt(string(6))),
  secretRef: ptr(object(7, localObjectReference)),
  readOnly: opt(bool(8)),
});
export interface RBDVolumeSource extends ShapeOf<typeof rbdVolumeSource> {}

export const cinderVolumeSource = shape('io.k8s.api.core.v1.CinderVolumeSource', {
  volumeID: string(1),
  fsType: opt(string(2)),
  readOnly: opt(bool(3)),
  secretRef: ptr(object(4, localObjectReference)),
});
export interface CinderVolumeSource extends ShapeOf<typeof cinderVolumeSource> {}

export const cephFSVolumeSource = shape('io.k8s.api.core.v1.CephFSVolumeSource', {
  monitors: list(1, string(0), { listType: 'atomic' }),
  path: opt(string(2)),
  user: opt(string(3)),
  secretFile: opt(string(4)),
  secretRef: ptr(object(5, localObjectReference)),
  readOnly: opt(bool(6)),
});
export interface CephFSVolumeSource extends ShapeOf<typeof cephFSVolumeSource> {}

export const flockerVolumeSource = shape('io.k8s.api.core.v1.FlockerVolumeSource', {
  datasetName: opt(string(1)),
  datasetUUID: opt(string(2)),
});
export interface FlockerVolumeSource extends ShapeOf<typeof flockerVolumeSource> {}

export const gcePersistentDiskVolumeSource = shape('io.k8s.api.core.v1.GCEPersistentDiskVolumeSource', {
  pdName: string(1),
  fsType: opt(string(2)),
  partition: opt(int32(3)),
  readOnly: opt(bool(4)),
});
export interface GCEPersistentDiskVolumeSource extends ShapeOf<typeof gcePersistentDiskVolumeSource> {}

export const quobyteVolumeSource = shape('io.k8s.api.core.v1.QuobyteVolumeSource', {
  registry: string(1),
  volume: string(2),
  readOnly: opt(bool(3)),
  user: opt(string(4)),
  group: opt(string(5)),
  tenant: opt(string(6)),
});
export interface QuobyteVolumeSource extends ShapeOf<typeof quobyteVolumeSource> {}

export const flexVolumeSource = shape('io.k8s.api.core.v1.FlexVolumeSource', {
  driver: string(1),
  fsType: opt(string(2)),
  secretRef: ptr(object(3, localObjectReference)),
  readOnly: opt(bool(4)),
  options: opt(map(5, string(0))),
});
export interface FlexVolumeSource extends ShapeOf<typeof flexVolumeSource> {}

export const awsElasticBlockStoreVolumeSource = shape('io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource', {
  volumeID: string(1),
  fsType: opt(string(2)),
  partition: opt(int32(3)),
  readOnly: opt(bool(4)),
});
export interface AWSElasticBlockStoreVolumeSource extends ShapeOf<typeof awsElasticBlockStoreVolumeSource> {}

export const gitRepoVolumeSource = shape('io.k8s.api.core.v1.GitRepoVolumeSource', {
  repository: string(1),
  revision: opt(string(2)),
  directory: opt(string(3)),
});
export interface GitRepoVolumeSource extends ShapeOf<typeof gitRepoVolumeSource> {}

export const azureFileVolumeSource = shape('io.k8s.api.core.v1.AzureFileVolumeSource', {
  secretName: string(1),
  shareName: string(2),
  readOnly: opt(bool(3)),
});
export interface AzureFileVolumeSource extends ShapeOf<typeof azureFileVolumeSource> {}

export const vsphereVirtualDiskVolumeSource = shape('io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource', {
  volumePath: string(1),
  fsType: opt(string(2)),
  storagePolicyName: opt(string(3)),
  storagePolicyID: opt(string(4)),
});
export interface VsphereVirtualDiskVolumeSource extends ShapeOf<typeof vsphereVirtualDiskVolumeSource> {}

export const photonPersistentDiskVolumeSource = shape('io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource', {
  pdID: string(1),
  fsType: opt(string(2)),
});
export interface PhotonPersistentDiskVolumeSource extends ShapeOf<typeof photonPersistentDiskVolumeSource> {}

export const azureDiskVolumeSource = shape('io.k8s.api.core.v1.AzureDiskVolumeSource', {
  diskName: string(1),
  diskURI: string(2),
  cachingMode: byDefault('ReadWrite', ptr(string(3, { enum: ['None', 'ReadOnly', 'ReadWrite'] }))),
  fsType: byDefault('ext4', ptr(string(4))),
  readOnly: byDefault(false, ptr(bool(5))),
  kind: byDefault('Shared', ptr(string(6, { enum: ['Shared', 'Dedicated', 'Managed'] }))),
});
export interface AzureDiskVolumeSource extends ShapeOf<typeof azureDiskVolumeSource> {}

export const portworxVolumeSource = shape('io.k8s.api.core.v1.PortworxVolumeSource', {
  volumeID: string(1),
  fsType: opt(string(2)),
  readOnly: opt(bool(3)),
});
export interface PortworxVolumeSource extends ShapeOf<typeof portworxVolumeSource> {}

export const scaleIOVolumeSource = shape('io.k8s.api.core.v1.ScaleIOVolumeSource', {
  gateway: string(1),
  system: string(2),
  secretRef: required(nullable(object(3, localObjectReference))),
  sslEnabled: opt(bool(4)),
  protectionDomain: opt(string(5)),
  storagePool: opt(string(6)),
  storageMode: byDefault('ThinProvisioned', opt(string(7))),
  volumeName: opt(string(8)),
  fsType: byDefault('xfs', opt(string(9))),
  readOnly: opt(bool(10)),
});
export interface ScaleIOVolumeSource extends ShapeOf<typeof scaleIOVolumeSource> {}

export const storageOSVolumeSource = shape('io.k8s.api.core.v1.StorageOSVolumeSource', {
  volumeName: opt(string(1)),
  volumeNamespace: opt(string(2)),
  fsType: opt(string(3)),
  readOnly: opt(bool(4)),
  secretRef: ptr(object(5, localObjectReference)),
});
export interface StorageOSVolumeSource extends ShapeOf<typeof storageOSVolumeSource> {}

export const volume = shape('io.k8s.api.core.v1.Volume', {
  name: string(1),
  ...embedded(
    2,
    {
      hostPath: ptr(object(1, hostPathVolumeSource)),
      emptyDir: ptr(object(2, emptyDirVolumeSource)),
      gcePersistentDisk: ptr(object(3, gcePersistentDiskVolumeSource)),
      awsElasticBlockStore: ptr(object(4, awsElasticBlockStoreVolumeSource)),
      gitRepo: ptr(object(5, gitRepoVolumeSource)),
      secret: ptr(object(6, secretVolumeSource)),
      nfs: ptr(object(7, nfsVolumeSource)),
      iscsi: ptr(object(8, iscsiVolumeSource)),
      glusterfs: ptr(object(9, glusterfsVolumeSource)),
      persistentVolumeClaim: ptr(object(10, persistentVolumeClaimVolumeSource)),
      rbd: ptr(object(11, rbdVolumeSource)),
      flexVolume: ptr(object(12, flexVolumeSource)),
      cinder: ptr(object(13, cinderVolumeSource)),
      cephfs: ptr(object(14, cephFSVolumeSource)),
      flocker: ptr(object(15, flockerVolumeSource)),
      downwardAPI: ptr(object(16, downwardAPIVolumeSource)),
      fc: ptr(object(17, fcVolumeSource)),
      azureFile: ptr(object(18, azureFileVolumeSource)),
      configMap: ptr(object(19, configMapVolumeSource)),
      vsphereVolume: ptr(object(20, vsphereVirtualDiskVolumeSource)),
      quobyte: ptr(object(21, quobyteVolumeSource)),
      azureDisk: ptr(object(22, azureDiskVolumeSource)),
      photonPersistentDisk: ptr(object(23, photonPersistentDiskVolumeSource)),
      projected: ptr(object(26, projectedVolumeSource)),
      portworxVolume: ptr(object(24, portworxVolumeSource)),
      scaleIO: ptr(object(25, scaleIOVolumeSource)),
      storageos: ptr(object(27, storageOSVolumeSource)),
      csi: ptr(object(28, csiVolumeSource)),
      ephemeral: ptr(object(29, ephemeralVolumeSource)),
      image: ptr(object(30, imageVolumeSource)),
    },
    'VolumeSource',
  ),
});
export interface Volume extends ShapeOf<typeof volume> {}
