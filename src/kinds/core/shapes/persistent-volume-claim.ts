import { labelSelector, objectMeta } from '../../../api/meta.ts';
import { list, map, object, of, opt, optional, ptr, quantity, required, shape, type ShapeOf, string, time } from '../../../api/schema.ts';
import { typedLocalObjectReference, typedObjectReference } from './references.ts';
import { volumeResourceRequirements } from './resources.ts';

export const persistentVolumeClaimSpec = shape('io.k8s.api.core.v1.PersistentVolumeClaimSpec', {
  accessModes: opt(
    list(1, string(0, { enum: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'] }), { listType: 'atomic' }),
  ),
  selector: ptr(object(4, labelSelector)),
  resources: object(2, volumeResourceRequirements),
  volumeName: opt(string(3)),
  storageClassName: ptr(string(5)),
  volumeMode: ptr(string(6, { enum: ['Block', 'Filesystem'] })),
  dataSource: ptr(object(7, typedLocalObjectReference)),
  dataSourceRef: ptr(object(8, typedObjectReference)),
  volumeAttributesClassName: ptr(string(9)),
});
export interface PersistentVolumeClaimSpec extends ShapeOf<typeof persistentVolumeClaimSpec> {}

export const persistentVolumeClaimTemplate = shape('io.k8s.api.core.v1.PersistentVolumeClaimTemplate', {
  metadata: object(1, objectMeta),
  spec: required(object(2, persistentVolumeClaimSpec)),
});
export interface PersistentVolumeClaimTemplate extends ShapeOf<typeof persistentVolumeClaimTemplate> {}

export const persistentVolumeClaimCondition = shape('io.k8s.api.core.v1.PersistentVolumeClaimCondition', {
  type: string(1),
  status: string(2),
  lastProbeTime: optional(time(3)),
  lastTransitionTime: optional(time(4)),
  reason: opt(string(5)),
  message: opt(string(6)),
});
export interface PersistentVolumeClaimCondition extends ShapeOf<typeof persistentVolumeClaimCondition> {}

export const modifyVolumeStatus = shape('io.k8s.api.core.v1.ModifyVolumeStatus', {
  targetVolumeAttributesClassName: opt(string(1)),
  status: string(2, { enum: ['Pending', 'InProgress', 'Infeasible'] }),
});
export interface ModifyVolumeStatus extends ShapeOf<typeof modifyVolumeStatus> {}

export const persistentVolumeClaimStatus = shape('io.k8s.api.core.v1.PersistentVolumeClaimStatus', {
  phase: opt(string(1, { enum: ['Pending', 'Bound', 'Lost'] })),
  accessModes: opt(
    list(2, string(0, { enum: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'] }), { listType: 'atomic' }),
  ),
  capacity: opt(map(3, quantity(0))),
  conditions: opt(
    list(4, of(persistentVolumeClaimCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' }),
  ),
  allocatedResources: opt(map(5, quantity(0))),
  allocatedResourceStatuses: opt(
    map(
      7,
      string(0, {
        enum: [
          'ControllerResizeInProgress',
          'ControllerResizeInfeasible',
          'NodeResizePending',
          'NodeResizeInProgress',
          'NodeResizeInfeasible',
        ],
      }),
      { mapType: 'granular' },
    ),
  ),
  currentVolumeAttributesClassName: ptr(string(8)),
  modifyVolumeStatus: ptr(object(9, modifyVolumeStatus)),
});
export interface PersistentVolumeClaimStatus extends ShapeOf<typeof persistentVolumeClaimStatus> {}

/** A claim inside another object. Protobuf does not carry kind and apiVersion, which tag 0 says; the kind itself has them anyway. */
export const persistentVolumeClaim = shape('io.k8s.api.core.v1.PersistentVolumeClaim', {
  kind: opt(string(0)),
  apiVersion: opt(string(0)),
  metadata: object(1, objectMeta),
  spec: object(2, persistentVolumeClaimSpec),
  status: object(3, persistentVolumeClaimStatus),
});
export interface PersistentVolumeClaim extends ShapeOf<typeof persistentVolumeClaim> {}
