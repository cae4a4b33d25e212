import {
  byDefault,
  int32,
  int64,
  list,
  map,
  object,
  of,
  opt,
  optional,
  ptr,
  shape,
  type ShapeOf,
  string,
  time,
} from '../../../api/schema.ts';
import { podTemplateSpec } from './pod-template.ts';

export const replicationControllerSpec = shape('io.k8s.api.core.v1.ReplicationControllerSpec', {
  replicas: byDefault(1, ptr(int32(1))),
  minReadySeconds: byDefault(0, opt(int32(4))),
  selector: opt(map(2, string(0), { mapType: 'atomic' })),
  template: ptr(object(3, podTemplateSpec)),
});
export interface ReplicationControllerSpec extends ShapeOf<typeof replicationControllerSpec> {}

export const replicationControllerCondition = shape('io.k8s.api.core.v1.ReplicationControllerCondition', {
  type: string(1),
  status: string(2),
  lastTransitionTime: optional(time(3)),
  reason: opt(string(4)),
  message: opt(string(5)),
});
export interface ReplicationControllerCondition extends ShapeOf<typeof replicationControllerCondition> {}

export const replicationControllerStatus = shape('io.k8s.api.core.v1.ReplicationControllerStatus', {
  replicas: int32(1),
  fullyLabeledReplicas: opt(int32(2)),
  readyReplicas: opt(int32(4)),
  availableReplicas: opt(int32(5)),
  observedGeneration: opt(int64(3)),
  conditions: opt(
    list(6, of(replicationControllerCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' }),
  ),
});
export interface ReplicationControllerStatus extends ShapeOf<typeof replicationControllerStatus> {}
