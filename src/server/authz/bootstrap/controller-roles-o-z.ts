import type { DefaultRole } from './policy.ts';

/** One ClusterRole for each built-in controller, second half of the alphabet. */
export const controllerRolesOToZ: readonly DefaultRole[] = [
  {
    name: 'system:controller:persistent-volume-binder',
    rules: [
      ['create delete get list update watch', 'core', 'persistentvolumes'],
      ['update', 'core', 'persistentvolumes/status'],
      ['get list update watch', 'core', 'persistentvolumeclaims'],
      ['update', 'core', 'persistentvolumeclaims/status'],
      ['create delete get list watch', 'core', 'pods'],
      ['get list watch', 'storage.k8s.io', 'storageclasses'],
      ['list watch', 'core', 'nodes'],
      ['create patch update', 'core events.k8s.io', 'events'],
      ['watch', 'core', 'events'],
    ],
  },
  {
    name: 'system:controller:pod-garbage-collector',
    rules: [
      ['delete list watch', 'core', 'pods'],
      ['get list watch', 'core', 'nodes'],
      ['patch', 'core', 'pods/status'],
    ],
  },
  {
    name: 'system:controller:pv-protection-controller',
    rules: [
      ['get list update watch', 'core', 'persistentvolumes'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:pvc-protection-controller',
    rules: [
      ['get list update watch', 'core', 'persistentvolumeclaims'],
      ['update', 'core', 'persistentvolumeclaims/status'],
      ['get list watch', 'core', 'pods'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:replicaset-controller',
    rules: [
      ['get list update watch', 'apps extensions', 'replicasets'],
      ['update', 'apps extensions', 'replicasets/status'],
      ['update', 'apps extensions', 'replicasets/finalizers'],
      ['create delete list patch watch', 'core', 'pods'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:replication-controller',
    rules: [
      ['get list update watch', 'core', 'replicationcontrollers'],
      ['update', 'core', 'replicationcontrollers/status'],
      ['update', 'core', 'replicationcontrollers/finalizers'],
      ['create delete list patch watch', 'core', 'pods'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:resource-claim-controller',
    rules: [
      ['get list watch', 'core', 'pods'],
      ['update', 'core', 'pods/finalizers'],
      ['create delete get list watch', 'resource.k8s.io', 'resourceclaims'],
      ['patch update', 'resource.k8s.io', 'resourceclaims resourceclaims/status'],
      ['patch update', 'core', 'pods/status'],
      ['create patch update', 'core events.k8s.io', 'events'],
      ['patch update', 'resource.k8s.io', 'resourceclaims/binding'],
    ],
  },
  {
    name: 'system:controller:resourcequota-controller',
    rules: [
      ['list watch', '*', '*'],
      ['update', 'core', 'resourcequotas/status'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:root-ca-cert-publisher',
    rules: [
      ['create update', 'core', 'configmaps'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:route-controller',
    rules: [
      ['list watch', 'core', 'nodes'],
      ['patch', 'core', 'nodes/status'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:selinux-warning-controller',
    rules: [
      ['create patch update', 'core events.k8s.io', 'events'],
      ['get list watch', 'core', 'persistentvolumes'],
      ['get list watch', 'core', 'persistentvolumeclaims'],
      ['get list watch', 'core', 'pods'],
      ['get list watch', 'storage.k8s.io', 'csidrivers'],
    ],
  },
  {
    name: 'system:controller:service-account-controller',
    rules: [
      ['create', 'core', 'serviceaccounts'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:service-cidrs-controller',
    rules: [
      ['get list patch update watch', 'networking.k8s.io', 'servicecidrs'],
      ['patch update', 'networking.k8s.io', 'servicecidrs/finalizers'],
      ['patch update', 'networking.k8s.io', 'servicecidrs/status'],
      ['get list watch', 'networking.k8s.io', 'ipaddresses'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:service-controller',
    rules: [
      ['get list watch', 'core', 'services'],
      ['patch update', 'core', 'services/status'],
      ['list watch', 'core', 'nodes'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:statefulset-controller',
    rules: [
      ['list watch', 'core', 'pods'],
      ['get list watch', 'apps', 'statefulsets'],
      ['update', 'apps', 'statefulsets/status'],
      ['update', 'apps', 'statefulsets/finalizers'],
      ['create delete get patch update', 'core', 'pods'],
      ['create delete get list patch update watch', 'apps', 'controllerrevisions'],
      ['create get list watch', 'core', 'persistentvolumeclaims'],
      ['delete update', 'core', 'persistentvolumeclaims'],
      ['update', 'core', 'pods/finalizers'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:ttl-after-finished-controller',
    rules: [
      ['delete get list watch', 'batch', 'jobs'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:ttl-controller',
    rules: [
      ['list patch update watch', 'core', 'nodes'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:validatingadmissionpolicy-status-controller',
    rules: [
      ['get list watch', 'admissionregistration.k8s.io', 'validatingadmissionpolicies'],
      ['get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
  {
    name: 'system:controller:volumeattributesclass-protection-controller',
    rules: [
      ['get list watch', 'core', 'persistentvolumeclaims'],
      ['get list watch', 'core', 'persistentvolumes'],
      ['get list update watch', 'storage.k8s.io', 'volumeattributesclasses'],
      ['create patch update', 'core events.k8s.io', 'events'],
    ],
  },
];
