import { bool, byDefault, embedded, object, opt, optional, ptr, quantity, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const fileKeySelector = shape(
  'io.k8s.api.core.v1.FileKeySelector',
  {
    volumeName: string(1),
    path: string(2),
    key: string(3),
    optional: byDefault(false, ptr(bool(4))),
  },
  { mapType: 'atomic' },
);
export interface FileKeySelector extends ShapeOf<typeof fileKeySelector> {}

export const objectFieldSelector = shape(
  'io.k8s.api.core.v1.ObjectFieldSelector',
  {
    apiVersion: opt(string(1)),
    fieldPath: string(2),
  },
  { mapType: 'atomic' },
);
export interface ObjectFieldSelector extends ShapeOf<typeof objectFieldSelector> {}

export const resourceFieldSelector = shape(
  'io.k8s.api.core.v1.ResourceFieldSelector',
  {
    containerName: opt(string(1)),
    resource: string(2),
    divisor: optional(quantity(3)),
  },
  { mapType: 'atomic' },
);
export interface ResourceFieldSelector extends ShapeOf<typeof resourceFieldSelector> {}

export const configMapKeySelector = shape(
  'io.k8s.api.core.v1.ConfigMapKeySelector',
  {
    ...embedded(1, { name: byDefault('', opt(string(1))) }, 'LocalObjectReference'),
    key: string(2),
    optional: ptr(bool(3)),
  },
  { mapType: 'atomic' },
);
export interface ConfigMapKeySelector extends ShapeOf<typeof configMapKeySelector> {}

export const secretKeySelector = shape(
  'io.k8s.api.core.v1.SecretKeySelector',
  {
    ...embedded(1, { name: byDefault('', opt(string(1))) }, 'LocalObjectReference'),
    key: string(2),
    optional: ptr(bool(3)),
  },
  { mapType: 'atomic' },
);
export interface SecretKeySelector extends ShapeOf<typeof secretKeySelector> {}

export const envVarSource = shape('io.k8s.api.core.v1.EnvVarSource', {
  fieldRef: ptr(object(1, objectFieldSelector)),
  resourceFieldRef: ptr(object(2, resourceFieldSelector)),
  configMapKeyRef: ptr(object(3, configMapKeySelector)),
  secretKeyRef: ptr(object(4, secretKeySelector)),
  fileKeyRef: ptr(object(5, fileKeySelector)),
});
export interface EnvVarSource extends ShapeOf<typeof envVarSource> {}

export const envVar = shape('io.k8s.api.core.v1.EnvVar', {
  name: string(1),
  value: opt(string(2)),
  valueFrom: ptr(object(3, envVarSource)),
});
export interface EnvVar extends ShapeOf<typeof envVar> {}

export const configMapEnvSource = shape('io.k8s.api.core.v1.ConfigMapEnvSource', {
  ...embedded(1, { name: byDefault('', opt(string(1))) }, 'LocalObjectReference'),
  optional: ptr(bool(2)),
});
export interface ConfigMapEnvSource extends ShapeOf<typeof configMapEnvSource> {}

export const secretEnvSource = shape('io.k8s.api.core.v1.SecretEnvSource', {
  ...embedded(1, { name: byDefault('', opt(string(1))) }, 'LocalObjectReference'),
  optional: ptr(bool(2)),
});
export interface SecretEnvSource extends ShapeOf<typeof secretEnvSource> {}

export const envFromSource = shape('io.k8s.api.core.v1.EnvFromSource', {
  prefix: opt(string(1)),
  configMapRef: ptr(object(2, configMapEnvSource)),
  secretRef: ptr(object(3, secretEnvSource)),
});
export interface EnvFromSource extends ShapeOf<typeof envFromSource> {}
