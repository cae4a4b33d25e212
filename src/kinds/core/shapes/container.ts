import {
  bool,
  byDefault,
  embedded,
  int32,
  list,
  object,
  of,
  opt,
  ptr,
  required,
  shape,
  type ShapeOf,
  string,
} from '../../../api/schema.ts';
import { envFromSource, envVar } from './environment.ts';
import { lifecycle, probe } from './probes.ts';
import { containerResizePolicy, resourceRequirements } from './resources.ts';
import { securityContext } from './security-context.ts';

export const containerPort = shape('io.k8s.api.core.v1.ContainerPort', {
  name: opt(string(1)),
  hostPort: opt(int32(2)),
  containerPort: int32(3),
  protocol: byDefault('TCP', opt(string(4, { enum: ['TCP', 'UDP', 'SCTP'] }))),
  hostIP: opt(string(5)),
});
export interface ContainerPort extends ShapeOf<typeof containerPort> {}

export const volumeMount = shape('io.k8s.api.core.v1.VolumeMount', {
  name: string(1),
  readOnly: opt(bool(2)),
  recursiveReadOnly: ptr(string(7)),
  mountPath: string(3),
  subPath: opt(string(4)),
  mountPropagation: ptr(string(5, { enum: ['None', 'HostToContainer', 'Bidirectional'] })),
  subPathExpr: opt(string(6)),
});
export interface VolumeMount extends ShapeOf<typeof volumeMount> {}

export const volumeDevice = shape('io.k8s.api.core.v1.VolumeDevice', {
  name: string(1),
  devicePath: string(2),
});
export interface VolumeDevice extends ShapeOf<typeof volumeDevice> {}

export const containerRestartRuleOnExitCodes = shape('io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes', {
  operator: required(opt(string(1))),
  values: opt(list(2, int32(0), { listType: 'set' })),
});
export interface ContainerRestartRuleOnExitCodes extends ShapeOf<typeof containerRestartRuleOnExitCodes> {}

export const containerRestartRule = shape('io.k8s.api.core.v1.ContainerRestartRule', {
  action: required(opt(string(1))),
  exitCodes: ptr(object(2, containerRestartRuleOnExitCodes)),
});
export interface ContainerRestartRule extends ShapeOf<typeof containerRestartRule> {}

export const container = shape('io.k8s.api.core.v1.Container', {
  name: string(1),
  image: opt(string(2)),
  command: opt(list(3, string(0), { listType: 'atomic' })),
  args: opt(list(4, string(0), { listType: 'atomic' })),
  workingDir: opt(string(5)),
  ports: opt(
    list(6, of(containerPort), {
      listType: 'map',
      listKeys: ['containerPort', 'protocol'],
      patchStrategy: 'merge',
      mergeKey: 'containerPort',
    }),
  ),
  envFrom: opt(list(19, of(envFromSource), { listType: 'atomic' })),
  env: opt(list(7, of(envVar), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
  resources: object(8, resourceRequirements),
  resizePolicy: opt(list(23, of(containerResizePolicy), { listType: 'atomic' })),
  restartPolicy: ptr(string(24)),
  restartPolicyRules: opt(list(25, of(containerRestartRule), { listType: 'atomic' })),
  volumeMounts: opt(list(9, of(volumeMount), { listType: 'map', listKeys: ['mountPath'], patchStrategy: 'merge', mergeKey: 'mountPath' })),
  volumeDevices: opt(
    list(21, of(volumeDevice), { listType: 'map', listKeys: ['devicePath'], patchStrategy: 'merge', mergeKey: 'devicePath' }),
  ),
  livenessProbe: ptr(object(10, probe)),
  readinessProbe: ptr(object(11, probe)),
  startupProbe: ptr(object(22, probe)),
  lifecycle: ptr(object(12, lifecycle)),
  terminationMessagePath: opt(string(13)),
  terminationMessagePolicy: opt(string(20, { enum: ['File', 'FallbackToLogsOnError'] })),
  imagePullPolicy: opt(string(14, { enum: ['Always', 'Never', 'IfNotPresent'] })),
  securityContext: ptr(object(15, securityContext)),
  stdin: opt(bool(16)),
  stdinOnce: opt(bool(17)),
  tty: opt(bool(18)),
});
export interface Container extends ShapeOf<typeof container> {}

export const ephemeralContainer = shape('io.k8s.api.core.v1.EphemeralContainer', {
  // Everything a container has, and by the same tags; rules forbid some of it.
  ...embedded(1, container.fields, 'EphemeralContainerCommon'),
  targetContainerName: opt(string(2)),
});
export interface EphemeralContainer extends ShapeOf<typeof ephemeralContainer> {}
