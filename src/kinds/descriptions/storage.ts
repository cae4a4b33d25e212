import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Classes of storage, drivers, and attachments of volumes. */
export const storage: Descriptions = inPackage('io.k8s.api.storage.v1', {
  StorageClass: {
    '': 'A kind of storage from which volumes are made for claims.',
    allowVolumeExpansion: 'Whether claims may ask for more space later. Default false.',
    allowedTopologies: 'Places where volumes may be made. Default: anywhere.',
    mountOptions: 'Options of the mount that volumes get; not checked, a mount fails when one is wrong.',
    parameters: 'Settings for the provisioner, as it defines them. They cannot be changed.',
    provisioner: 'Who makes the volumes: usually the name of a CSI driver. It cannot be changed.',
    reclaimPolicy: 'What becomes of volumes when their claim is deleted: deleted (default) or kept.',
    volumeBindingMode:
      'Whether a volume is made at once (Immediate, default) or when a Pod needs it, near to its node (WaitForFirstConsumer).',
  },
  VolumeAttributesClass: {
    '': 'Settings of volumes, such as speed, that a claim may change later.',
    driverName: 'Name of the CSI driver. It cannot be changed.',
    parameters: 'Settings for the driver, as it defines them; at most 512. They cannot be changed.',
  },
  CSIDriver: {
    '': 'A CSI driver of the cluster; its name is that of the driver.',
    spec: 'How Kubernetes is to deal with the driver.',
  },
  CSIDriverSpec: {
    '': 'Fields have defaults that suit most drivers; many cannot be changed.',
    attachRequired: 'Whether volumes must be attached to the node before they are mounted. Default true.',
    fsGroupPolicy: "Whether the owner of files follows the Pod's fsGroup: ReadWriteOnceWithFSType (default), File or None.",
    nodeAllocatableUpdatePeriodSeconds: 'Seconds between updates of how many volumes a node can have, at least 10. Default: never updated.',
    podInfoOnMount: 'Whether the driver is told the Pod when it mounts a volume. Default false.',
    preventPodSchedulingIfMissing: 'Whether Pods are kept off nodes where the driver is missing. Default false.',
    requiresRepublish: 'Whether the driver is called again and again for mounted volumes, to renew their content. Default false.',
    seLinuxMount: 'Whether volumes can be mounted with an SELinux label. Default false.',
    serviceAccountTokenInSecrets: 'Whether tokens are handed over as secrets instead of as volume attributes. Default false.',
    storageCapacity: 'Whether the scheduler looks at CSIStorageCapacity objects of the driver. Default false.',
    tokenRequests: 'Tokens of the service account of the Pod that the driver gets when it mounts a volume.',
    volumeLifecycleModes: 'Which volumes it has: Persistent (default) through claims, Ephemeral in Pods.',
  },
  TokenRequest: {
    '': 'Given to the driver with each call that mounts a volume.',
    audience: 'Whom the token is for; empty for the API server.',
    expirationSeconds: 'Seconds the token is to be valid, at least 600. Default 3600.',
  },
  CSINode: {
    '': 'Which CSI drivers a node has; its name is that of the node. Kept by the kubelet.',
    spec: 'The drivers.',
  },
  CSINodeSpec: { '': 'A driver is listed once its kubelet plugin has registered.', drivers: 'The drivers; each at most once.' },
  CSINodeDriver: {
    '': 'A CSI driver of a node.',
    allocatable: 'How many volumes of the driver the node can have.',
    name: 'Name of the driver.',
    nodeID: 'Name by which the driver knows the node.',
    topologyKeys: 'Labels of the node that say where volumes of the driver can be reached from.',
  },
  VolumeNodeResources: {
    '': 'The scheduler places no more Pods with volumes than fit.',
    count: 'Most volumes that can be attached at once. Default: no bound.',
  },
  CSIStorageCapacity: {
    '': 'How much space a StorageClass has in a part of the cluster; made by its driver.',
    capacity: 'Space that is free.',
    maximumVolumeSize: 'Size of the largest volume that could be made.',
    nodeTopology: 'Labels of the nodes that can reach it; absent for none, empty for all. It cannot be changed.',
    storageClassName: 'Name of the StorageClass. It cannot be changed.',
  },
  VolumeAttachment: {
    '': 'Asks for a volume to be attached to a node.',
    spec: 'Which volume, and to which node. It cannot be changed.',
    status: 'Whether it is attached.',
  },
  VolumeAttachmentSpec: {
    '': 'Made by the attach/detach controller; the driver acts on it.',
    attacher: 'Name of the CSI driver that attaches it.',
    nodeName: 'Name of the node.',
    source: 'The volume.',
  },
  VolumeAttachmentSource: {
    '': 'Exactly one of the two is set.',
    inlineVolumeSpec: 'A volume that is no PersistentVolume, in its form; used for volumes of Pods that moved to CSI.',
    persistentVolumeName: 'Name of the PersistentVolume.',
  },
  VolumeAttachmentStatus: {
    '': 'Written by the driver.',
    attachError: 'What went wrong last when attaching.',
    attached: 'Whether it is attached.',
    attachmentMetadata: 'What the driver gave for mounting it, by key.',
    detachError: 'What went wrong last when detaching.',
  },
  VolumeError: {
    '': 'What went wrong with a volume.',
    errorCode: 'gRPC code of the error, if any.',
    message: 'What went wrong; no secrets may be in it.',
    time: 'When it happened.',
  },
});
