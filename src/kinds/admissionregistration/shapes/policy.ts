import { labelSelector } from '../../../api/meta.ts';
import { object, opt, ptr, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const paramKind = shape(
  'io.k8s.api.admissionregistration.v1.ParamKind',
  {
    apiVersion: opt(string(1)),
    kind: opt(string(2)),
  },
  { mapType: 'atomic' },
);
export interface ParamKind extends ShapeOf<typeof paramKind> {}

export const paramRef = shape(
  'io.k8s.api.admissionregistration.v1.ParamRef',
  {
    name: opt(string(1)),
    namespace: opt(string(2)),
    selector: ptr(object(3, labelSelector)),
    parameterNotFoundAction: ptr(string(4)),
  },
  { mapType: 'atomic' },
);
export interface ParamRef extends ShapeOf<typeof paramRef> {}

export const variable = shape(
  'io.k8s.api.admissionregistration.v1.Variable',
  {
    name: string(1),
    expression: string(2),
  },
  { mapType: 'atomic' },
);
export interface Variable extends ShapeOf<typeof variable> {}
