import { condition, type Descriptions, inPackage } from '../lib/descriptions.ts';

const minReadySeconds = 'Seconds a Pod must be ready before it counts as available. Default 0.';
const observedGeneration = 'metadata.generation that the controller has seen last.';
const collisionCount = 'How often the hash in a name had to be changed because the name was taken.';
const conditions = 'Aspects of the state, by type.';
const terminatingReplicas = 'Pods that are being deleted and have not ended yet.';

/** Controllers of Pods that are to run on and on. */
export const apps: Descriptions = {
  ...inPackage('io.k8s.api.core.v1', {
    ReplicationController: {
      '': 'Keeps a number of like Pods running. Deployments and ReplicaSets are the newer way.',
      spec: 'Which Pods are to run, and how many.',
      status: 'How many run; may lag behind.',
    },
    ReplicationControllerSpec: {
      '': 'Pods are counted by their labels, whoever made them.',
      minReadySeconds: 'Seconds a Pod must be ready before it counts as available. Default 0.',
      replicas: 'How many Pods are wanted. Default 1.',
      selector: 'Labels of the Pods that count. Default: the labels of the template.',
      template: 'What new Pods look like; only restartPolicy Always is allowed.',
    },
    ReplicationControllerStatus: {
      '': 'Written by the controller; it may lag behind.',
      availableReplicas: 'Pods that have been ready for minReadySeconds.',
      conditions: 'Aspects of the state, by type.',
      fullyLabeledReplicas: 'Pods that have all labels of the template.',
      observedGeneration: 'metadata.generation that the controller has seen last.',
      readyReplicas: 'Pods that are ready.',
      replicas: 'Pods there are.',
    },
    ReplicationControllerCondition: {
      '': 'One aspect of the state of a ReplicationController.',
      ...condition,
      type: 'Which condition this is: ReplicaFailure.',
    },
  }),
  ...inPackage('io.k8s.api.apps.v1', {
    Deployment: {
      '': 'Keeps a number of like Pods running and rolls out changes of them.',
      spec: 'Which Pods are to run, how many, and how changes are rolled out.',
      status: 'How far it has got, as last seen.',
    },
    DeploymentSpec: {
      '': 'A change of the template starts a rollout; a change of replicas does not.',
      minReadySeconds,
      paused: 'Whether changes of the template are not rolled out for now. Default false.',
      progressDeadlineSeconds: 'Seconds without progress after which a rollout counts as failed. Default 600.',
      replicas: 'How many Pods are wanted. Default 1.',
      revisionHistoryLimit: 'How many old ReplicaSets are kept to go back to. Default 10.',
      selector: 'Labels of the Pods that count; the template must have them. It cannot be changed.',
      strategy: 'How old Pods are replaced by new ones.',
      template: 'What the Pods look like; only restartPolicy Always is allowed.',
    },
    DeploymentStrategy: {
      '': 'RollingUpdate keeps Pods serving; Recreate never runs old and new ones together.',
      rollingUpdate: 'Settings of a rolling update; for type RollingUpdate only.',
      type: 'Recreate ends all old Pods before it makes new ones; RollingUpdate (default) goes step by step.',
    },
    RollingUpdateDeployment: {
      '': 'Pace of a rolling update.',
      maxSurge: 'How many Pods may be there beyond replicas, as a number or a share of them, rounded up. Default 25%.',
      maxUnavailable: 'How many Pods may be missing, as a number or a share of replicas, rounded down. Default 25%.',
    },
    DeploymentStatus: {
      '': 'Written by the controller; the rollout is done when observedGeneration is current and all replicas are updated and available.',
      availableReplicas: 'Pods that have been ready for minReadySeconds.',
      collisionCount,
      conditions,
      observedGeneration,
      readyReplicas: 'Pods that are ready.',
      replicas: 'Pods there are and that are not being deleted, old and new.',
      terminatingReplicas,
      unavailableReplicas: 'Pods that are still missing until all are available.',
      updatedReplicas: 'Pods of the newest template.',
    },
    DeploymentCondition: {
      '': 'One aspect of the state of a Deployment.',
      ...condition,
      lastUpdateTime: 'When the condition was last written.',
      type: 'Which condition this is: Available, Progressing or ReplicaFailure.',
    },
    ReplicaSet: {
      '': 'Keeps a number of like Pods running; usually made by a Deployment.',
      spec: 'Which Pods are to run, and how many.',
      status: 'How many run, as last seen.',
    },
    ReplicaSetSpec: {
      '': 'Pods are counted by their labels; those made by others are taken over.',
      minReadySeconds,
      replicas: 'How many Pods are wanted. Default 1.',
      selector: 'Labels of the Pods that count; the template must have them. It cannot be changed.',
      template: 'What new Pods look like.',
    },
    ReplicaSetStatus: {
      '': 'Written by the controller; it may lag behind.',
      availableReplicas: 'Pods that have been ready for minReadySeconds.',
      conditions,
      fullyLabeledReplicas: 'Pods that have all labels of the template.',
      observedGeneration,
      readyReplicas: 'Pods that are ready.',
      replicas: 'Pods there are and that are not being deleted.',
      terminatingReplicas,
    },
    ReplicaSetCondition: {
      '': 'One aspect of the state of a ReplicaSet.',
      ...condition,
      type: 'Which condition this is: ReplicaFailure.',
    },
    StatefulSet: {
      '': 'Keeps Pods running that have names and volumes of their own, numbered NAME-0, NAME-1 and on.',
      spec: 'Which Pods are to run, how many, and with which volumes.',
      status: 'How far it has got, as last seen.',
    },
    StatefulSetSpec: {
      '': 'Each Pod keeps its name and claims when it is replaced.',
      minReadySeconds,
      ordinals: 'How Pods are numbered. Default: from 0.',
      persistentVolumeClaimRetentionPolicy: 'What becomes of claims when Pods go. Default: they stay.',
      podManagementPolicy:
        'Whether Pods are made and ended one after the other (OrderedReady, default) or all at once. It cannot be changed.',
      replicas: 'How many Pods are wanted. Default 1.',
      revisionHistoryLimit: 'How many old revisions are kept to go back to. Default 10.',
      selector: 'Labels of the Pods that count; the template must have them. It cannot be changed.',
      serviceName: 'Headless Service that gives the Pods their DNS names, POD.SERVICE.NAMESPACE.svc. It cannot be changed.',
      template: 'What the Pods look like.',
      updateStrategy: 'How old Pods are replaced by new ones.',
      volumeClaimTemplates: 'Claims that each Pod gets, named TEMPLATE-POD; they win over volumes of the same name.',
    },
    StatefulSetOrdinals: {
      '': 'Pods are numbered from start to start + replicas - 1.',
      start: 'Number of the first Pod. Default 0.',
    },
    StatefulSetPersistentVolumeClaimRetentionPolicy: {
      '': 'What becomes of claims made from templates.',
      whenDeleted: 'When the StatefulSet is deleted: Retain (default) or Delete.',
      whenScaled: 'When it is scaled down, to the claims of Pods that go: Retain (default) or Delete.',
    },
    StatefulSetUpdateStrategy: {
      '': 'A rolling update goes from the highest number down, to the next Pod when the one before is ready.',
      rollingUpdate: 'Settings of a rolling update; for type RollingUpdate only.',
      type: 'RollingUpdate (default) replaces Pods from the highest number down; OnDelete waits until somebody deletes them.',
    },
    RollingUpdateStatefulSetStrategy: {
      '': 'Which Pods a rolling update replaces, and how fast.',
      maxUnavailable: 'How many Pods may be missing, as a number or a share of replicas, rounded up. Default 1.',
      partition: 'Number of the first Pod that is replaced; those below keep the old template. Default 0.',
    },
    StatefulSetStatus: {
      '': 'Written by the controller; it may lag behind.',
      availableReplicas: 'Pods that have been ready for minReadySeconds.',
      collisionCount,
      conditions,
      currentReplicas: 'Pods of currentRevision.',
      currentRevision: 'Name of the ControllerRevision from which an update started.',
      observedGeneration,
      readyReplicas: 'Pods that are ready.',
      replicas: 'Pods there are.',
      updateRevision: 'Name of the ControllerRevision to which Pods are updated.',
      updatedReplicas: 'Pods of updateRevision.',
    },
    StatefulSetCondition: {
      '': 'One aspect of the state of a StatefulSet.',
      ...condition,
      type: 'Which condition this is, in CamelCase.',
    },
    DaemonSet: {
      '': 'Runs a Pod on every node, or on every node that fits.',
      spec: 'Which Pod is to run, and how changes are rolled out.',
      status: 'How far it has got, as last seen.',
    },
    DaemonSetSpec: {
      '': 'Nodes that fit the template get one Pod each, new nodes too.',
      minReadySeconds,
      revisionHistoryLimit: 'How many old revisions are kept to go back to. Default 10.',
      selector: 'Labels of the Pods that count; the template must have them. It cannot be changed.',
      template: 'What the Pod looks like; its node selector and affinity say on which nodes it runs.',
      updateStrategy: 'How old Pods are replaced by new ones.',
    },
    DaemonSetUpdateStrategy: {
      '': 'RollingUpdate goes from node to node; OnDelete leaves old Pods until they are deleted.',
      rollingUpdate: 'Settings of a rolling update; for type RollingUpdate only.',
      type: 'RollingUpdate (default) replaces Pods step by step; OnDelete waits until somebody deletes them.',
    },
    RollingUpdateDaemonSet: {
      '': 'Pace of a rolling update; one of the two must not be 0.',
      maxSurge: 'On how many nodes a new Pod may start before the old one ends, as a number or a share, rounded up. Default 0.',
      maxUnavailable: 'On how many nodes the Pod may be missing, as a number or a share, rounded up. Default 1.',
    },
    DaemonSetStatus: {
      '': 'Counts nodes; written by the controller.',
      collisionCount,
      conditions,
      currentNumberScheduled: 'Nodes that should run the Pod and have one.',
      desiredNumberScheduled: 'Nodes that should run the Pod.',
      numberAvailable: 'Nodes that should run the Pod and where it has been ready for minReadySeconds.',
      numberMisscheduled: 'Nodes that run the Pod but should not.',
      numberReady: 'Nodes that should run the Pod and where it is ready.',
      numberUnavailable: 'Nodes that should run the Pod and where it is not available.',
      observedGeneration,
      updatedNumberScheduled: 'Nodes that run the Pod of the newest template.',
    },
    DaemonSetCondition: {
      '': 'One aspect of the state of a DaemonSet.',
      ...condition,
      type: 'Which condition this is, in CamelCase.',
    },
    ControllerRevision: {
      '': 'A state that a StatefulSet or DaemonSet had and can go back to. Made by its controller.',
      data: 'The state, in a form that the controller knows.',
      revision: 'Number of the revision; newer ones are greater.',
    },
  }),
};
