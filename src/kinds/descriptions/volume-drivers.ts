import { type Descriptions, inPackage } from '../lib/descriptions.ts';

const fsType = 'File system of the volume, such as ext4. Default ext4.';
const readOnly = 'Whether it is mounted read-only. Default false.';
const partition = 'Number of the partition; 0 or absent for the whole disk.';
const localSecret = 'Secret with the credentials, in the namespace of the Pod.';
const secret = 'Secret with the credentials, in any namespace.';

const cephFs = {
  '': 'Pods that use it do not start.',
  monitors: 'Addresses of Ceph monitors.',
  path: 'Directory to mount. Default /.',
  readOnly,
  secretFile: 'File on the node with the key of the user. Default /etc/ceph/user.secret.',
  user: 'User name. Default admin.',
};
const cinder = {
  '': 'Use the driver cinder.csi.openstack.org instead.',
  fsType,
  readOnly,
  volumeID: 'ID of the disk.',
};
const flex = {
  '': 'The driver must be installed on the node; use a CSI driver instead.',
  driver: 'Name of the driver.',
  fsType: 'File system of the volume. Default: chosen by the driver.',
  options: 'Settings that the driver gets.',
  readOnly,
};
const glusterFs = {
  '': 'Pods that use it do not start.',
  endpoints: 'Name of the Endpoints object that names the servers.',
  path: 'Name of the volume.',
  readOnly,
};
const iscsi = {
  '': 'Attached by the node; one node at a time may write.',
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
  '': 'Pods that use it do not start.',
  fsType,
  image: 'Name of the image.',
  keyring: 'Keyring file of the user, on the node.',
  monitors: 'Addresses of Ceph monitors.',
  pool: 'Pool that holds the image.',
  readOnly,
  user: 'User name.',
};
const scaleIo = {
  '': 'Pods that use it do not start.',
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
  '': 'Pods that use it do not start.',
  fsType,
  readOnly,
  volumeName: 'Name of the volume.',
  volumeNamespace: "Namespace of the volume in StorageOS. Default: the Pod's.",
};

/** Volumes of storage systems, as Pods and as PersistentVolumes name them. */
export const volumeDrivers: Descriptions = inPackage('io.k8s.api.core.v1', {
  AWSElasticBlockStoreVolumeSource: {
    '': 'Use a PersistentVolume of the driver ebs.csi.aws.com instead.',
    fsType,
    partition,
    readOnly,
    volumeID: 'ID of the disk.',
  },
  AzureDiskVolumeSource: {
    '': 'Use a PersistentVolume of the driver disk.csi.azure.com instead.',
    cachingMode: 'How the host caches the disk.',
    diskName: 'Name of the disk.',
    diskURI: 'URI of the disk.',
    fsType,
    kind: 'Whether it is a blob of a shared or a dedicated storage account, or a managed disk.',
    readOnly,
  },
  AzureFileVolumeSource: {
    '': 'Use a PersistentVolume of the driver file.csi.azure.com instead.',
    readOnly,
    secretName: 'Name of the Secret with name and key of the storage account.',
    shareName: 'Name of the share.',
  },
  AzureFilePersistentVolumeSource: {
    '': 'Use a csi source of the driver file.csi.azure.com instead.',
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
    '': 'Known to the driver by volumeHandle; the driver must be installed.',
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
    '': 'Named by targetWWNs together with lun, or by wwids.',
    fsType,
    lun: 'Number of the logical unit.',
    readOnly,
    targetWWNs: 'World wide names of the targets.',
    wwids: 'World wide identifiers of the disk.',
  },
  FlexVolumeSource: { ...flex, secretRef: localSecret },
  FlexPersistentVolumeSource: { ...flex, secretRef: secret },
  FlockerVolumeSource: {
    '': 'One of the two fields is set; Pods that use it do not start.',
    datasetName: 'Name of the dataset.',
    datasetUUID: 'UUID of the dataset.',
  },
  GCEPersistentDiskVolumeSource: {
    '': 'Use a PersistentVolume of the driver pd.csi.storage.gke.io instead.',
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
    '': 'The volume does not move: Pods that use it run on its node.',
    fsType: 'File system of a block device. Default: chosen by what the device has.',
    path: 'Path of the directory or block device on the node.',
  },
  NFSVolumeSource: {
    '': 'Mounted by the node; many Pods may write to it.',
    path: 'Path that the server exports.',
    readOnly,
    server: 'Host name or address of the server.',
  },
  PhotonPersistentDiskVolumeSource: {
    '': 'Pods that use it do not start.',
    fsType,
    pdID: 'ID of the disk.',
  },
  PortworxVolumeSource: {
    '': 'Use a PersistentVolume of the driver pxd.portworx.com instead.',
    fsType,
    readOnly,
    volumeID: 'ID of the volume.',
  },
  QuobyteVolumeSource: {
    '': 'Pods that use it do not start.',
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
    '': 'Use a PersistentVolume of the driver csi.vsphere.vmware.com instead.',
    fsType,
    storagePolicyID: 'ID of the storage policy.',
    storagePolicyName: 'Name of the storage policy.',
    volumePath: 'Path of the disk.',
  },
});
