import { type Descriptions, inPackage } from '../lib/descriptions.ts';

const fsType = 'File system of the volume, such as ext4. Default ext4.';
const readOnly = 'Whether it is mounted read-only. Default false.';
const partition = 'Number of the partition; 0 or absent for the whole disk.';
const localSecret = 'Secret with the credentials, in the namespace of the Pod.';
const secret = 'Secret with the credentials, in any namespace.';

const cephFs = {
  '': 'Deprecated and no longer supported: a CephFS file system.',
  monitors: 'Addresses of Ceph monitors.',
  path: 'Directory to mount. Default /.',
  readOnly,
  secretFile: 'File on the node with the key of the user. Default /etc/ceph/user.secret.',
  user: 'User name. Default admin.',
};
const cinder = {
  '': 'Deprecated: a disk of OpenStack Cinder, through its CSI driver.',
  fsType,
  readOnly,
  volumeID: 'ID of the disk.',
};
const flex = {
  '': 'Deprecated: a volume of a driver program on the node.',
  driver: 'Name of the driver.',
  fsType: 'File system of the volume. Default: chosen by the driver.',
  options: 'Settings that the driver gets.',
  readOnly,
};
const glusterFs = {
  '': 'Deprecated and no longer supported: a GlusterFS volume.',
  endpoints: 'Name of the Endpoints object that names the servers.',
  path: 'Name of the volume.',
  readOnly,
};
const iscsi = {
  '': 'An iSCSI disk.',
  chapAuthDiscovery: 'Whether discovery uses CHAP. Default false.',
  chapAuthSession: 'Whether the session uses CHAP. Default false.',
  fsType,
  initiatorName: 'Name of the initiator; a new interface TARGET:VOLUME is made for it.',
  iqn: 'Name (IQN) of the target.',
  iscsiInterface: 'Interface that is used. Default: default, which is TCP.',
  lun: 'Number of the logical unit.',
  portals: 'More portals of the target, as IP[:PORT].',
  readOnly,
  targetPortal: 'Portal of the target, as IP[:PORT]; the port is 3260 when left out.',
};
const rbd = {
  '': 'Deprecated and no longer supported: a Ceph block device.',
  fsType,
  image: 'Name of the image.',
  keyring: 'Keyring file of the user, on the node.',
  monitors: 'Addresses of Ceph monitors.',
  pool: 'Pool that holds the image.',
  readOnly,
  user: 'User name.',
};
const scaleIo = {
  '': 'Deprecated and no longer supported: a ScaleIO volume.',
  fsType: 'File system of the volume. Default xfs.',
  gateway: 'Address of the gateway.',
  protectionDomain: 'Protection domain of the storage.',
  readOnly,
  sslEnabled: 'Whether the gateway is reached over TLS. Default false.',
  storageMode: 'ThickProvisioned or ThinProvisioned. Default ThinProvisioned.',
  storagePool: 'Storage pool of the protection domain.',
  system: 'Name of the storage system.',
  volumeName: 'Name of the volume.',
};
const storageOs = {
  '': 'Deprecated and no longer supported: a StorageOS volume.',
  fsType,
  readOnly,
  volumeName: 'Name of the volume.',
  volumeNamespace: "Namespace of the volume in StorageOS. Default: the Pod's.",
};

/** Volumes of storage systems, as Pods and as PersistentVolumes name them. */
export const volumeDrivers: Descriptions = inPackage('io.k8s.api.core.v1', {
  AWSElasticBlockStoreVolumeSource: {
    '': 'Deprecated: a disk of AWS EBS, through its CSI driver.',
    fsType,
    partition,
    readOnly,
    volumeID: 'ID of the disk.',
  },
  AzureDiskVolumeSource: {
    '': 'Deprecated: an Azure data disk, through its CSI driver.',
    cachingMode: 'How the host caches the disk.',
    diskName: 'Name of the disk.',
    diskURI: 'URI of the disk.',
    fsType,
    kind: 'Whether it is a blob of a shared or a dedicated storage account, or a managed disk.',
    readOnly,
  },
  AzureFileVolumeSource: {
    '': 'Deprecated: an Azure file share, through its CSI driver.',
    readOnly,
    secretName: 'Name of the Secret with name and key of the storage account.',
    shareName: 'Name of the share.',
  },
  AzureFilePersistentVolumeSource: {
    '': 'Deprecated: an Azure file share, through its CSI driver.',
    readOnly,
    secretName: 'Name of the Secret with name and key of the storage account.',
    secretNamespace: "Namespace of the Secret. Default: the Pod's.",
    shareName: 'Name of the share.',
  },
  CephFSVolumeSource: { ...cephFs, secretRef: localSecret },
  CephFSPersistentVolumeSource: { ...cephFs, secretRef: secret },
  CinderVolumeSource: { ...cinder, secretRef: localSecret },
  CinderPersistentVolumeSource: { ...cinder, secretRef: secret },
  CSIPersistentVolumeSource: {
    '': 'A volume of a CSI driver.',
    controllerExpandSecretRef: 'Secret that the driver gets when it expands the volume from the control plane.',
    controllerPublishSecretRef: 'Secret that the driver gets when it attaches and detaches the volume.',
    driver: 'Name of the CSI driver.',
    fsType: 'File system of the volume, such as ext4. Default: chosen by the driver.',
    nodeExpandSecretRef: 'Secret that the driver gets when it expands the volume on the node.',
    nodePublishSecretRef: 'Secret that the driver gets when it mounts the volume for a Pod.',
    nodeStageSecretRef: 'Secret that the driver gets when it makes the volume ready on the node.',
    readOnly: 'Whether it is attached read-only. Default false.',
    volumeAttributes: 'Settings of the volume, as the driver gave them when it was made.',
    volumeHandle: 'Name by which the driver knows the volume; the same in all calls.',
  },
  FCVolumeSource: {
    '': 'A Fibre Channel disk; named by targetWWNs with lun, or by wwids.',
    fsType,
    lun: 'Number of the logical unit.',
    readOnly,
    targetWWNs: 'World wide names of the targets.',
    wwids: 'World wide identifiers of the disk.',
  },
  FlexVolumeSource: { ...flex, secretRef: localSecret },
  FlexPersistentVolumeSource: { ...flex, secretRef: secret },
  FlockerVolumeSource: {
    '': 'Deprecated and no longer supported: a Flocker volume; one of the two fields is set.',
    datasetName: 'Name of the dataset.',
    datasetUUID: 'UUID of the dataset.',
  },
  GCEPersistentDiskVolumeSource: {
    '': 'Deprecated: a persistent disk of Google Compute Engine, through its CSI driver.',
    fsType,
    partition,
    pdName: 'Name of the disk.',
    readOnly,
  },
  GlusterfsVolumeSource: glusterFs,
  GlusterfsPersistentVolumeSource: { ...glusterFs, endpointsNamespace: 'Namespace of the Endpoints object. Default: that of the claim.' },
  ISCSIVolumeSource: { ...iscsi, secretRef: 'Secret with the CHAP credentials, in the namespace of the Pod.' },
  ISCSIPersistentVolumeSource: { ...iscsi, secretRef: 'Secret with the CHAP credentials, in any namespace.' },
  LocalVolumeSource: {
    '': 'A disk, partition or directory of one node; the PersistentVolume needs nodeAffinity.',
    fsType: 'File system of a block device. Default: chosen by what the device has.',
    path: 'Path of the directory or block device on the node.',
  },
  NFSVolumeSource: {
    '': 'A directory of an NFS server.',
    path: 'Path that the server exports.',
    readOnly,
    server: 'Host name or address of the server.',
  },
  PhotonPersistentDiskVolumeSource: {
    '': 'Deprecated and no longer supported: a disk of Photon Controller.',
    fsType,
    pdID: 'ID of the disk.',
  },
  PortworxVolumeSource: {
    '': 'Deprecated: a Portworx volume, through its CSI driver.',
    fsType,
    readOnly,
    volumeID: 'ID of the volume.',
  },
  QuobyteVolumeSource: {
    '': 'Deprecated and no longer supported: a Quobyte volume.',
    group: 'Group that the volume is used as. Default: none.',
    readOnly,
    registry: 'Addresses of the registry, as HOST:PORT with commas between.',
    tenant: 'Tenant that owns the volume.',
    user: 'User that the volume is used as. Default: that of the service account.',
    volume: 'Name of the volume.',
  },
  RBDVolumeSource: { ...rbd, secretRef: `${localSecret} It wins over keyring.` },
  RBDPersistentVolumeSource: { ...rbd, secretRef: `${secret} It wins over keyring.` },
  ScaleIOVolumeSource: { ...scaleIo, secretRef: localSecret },
  ScaleIOPersistentVolumeSource: { ...scaleIo, secretRef: secret },
  StorageOSVolumeSource: { ...storageOs, secretRef: localSecret },
  StorageOSPersistentVolumeSource: { ...storageOs, secretRef: secret },
  VsphereVirtualDiskVolumeSource: {
    '': 'Deprecated: a vSphere disk, through its CSI driver.',
    fsType,
    storagePolicyID: 'ID of the storage policy.',
    storagePolicyName: 'Name of the storage policy.',
    volumePath: 'Path of the disk.',
  },
});
