import { byDefault, nullable, opt, ptr, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const objectReference = shape(
  'io.k8s.api.core.v1.ObjectReference',
  {
    kind: opt(string(1)),
    namespace: opt(string(2)),
    name: opt(string(3)),
    uid: opt(string(4, { goName: 'types.UID' })),
    apiVersion: opt(string(5)),
    resourceVersion: opt(string(6)),
    fieldPath: opt(string(7)),
  },
  { mapType: 'atomic' },
);
export interface ObjectReference extends ShapeOf<typeof objectReference> {}

export const localObjectReference = shape(
  'io.k8s.api.core.v1.LocalObjectReference',
  {
    name: byDefault('', opt(string(1))),
  },
  { mapType: 'atomic' },
);
export interface LocalObjectReference extends ShapeOf<typeof localObjectReference> {}

export const typedLocalObjectReference = shape(
  'io.k8s.api.core.v1.TypedLocalObjectReference',
  {
    apiGroup: nullable(string(1)),
    kind: string(2),
    name: string(3),
  },
  { mapType: 'atomic' },
);
export interface TypedLocalObjectReference extends ShapeOf<typeof typedLocalObjectReference> {}

export const typedObjectReference = shape('io.k8s.api.core.v1.TypedObjectReference', {
  apiGroup: nullable(string(1)),
  kind: string(2),
  name: string(3),
  namespace: ptr(string(4)),
});
export interface TypedObjectReference extends ShapeOf<typeof typedObjectReference> {}

export const secretReference = shape(
  'io.k8s.api.core.v1.SecretReference',
  {
    name: opt(string(1)),
    namespace: opt(string(2)),
  },
  { mapType: 'atomic' },
);
export interface SecretReference extends ShapeOf<typeof secretReference> {}
