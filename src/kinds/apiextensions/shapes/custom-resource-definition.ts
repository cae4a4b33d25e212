import {
  bool,
  bytes,
  int32,
  int64,
  list,
  object,
  of,
  opt,
  optional,
  ptr,
  required,
  shape,
  type ShapeOf,
  string,
  time,
} from '../../../api/schema.ts';
import { customSchema } from './json-schema.ts';

const typeName = (name: string) => `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${name}`;
const texts = (tag: number) => list(tag, string(0), { listType: 'atomic' });

export const customResourceDefinitionNames = shape(typeName('CustomResourceDefinitionNames'), {
  plural: string(1),
  singular: opt(string(2)),
  shortNames: opt(texts(3)),
  kind: string(4),
  listKind: opt(string(5)),
  categories: opt(texts(6)),
});
export interface CustomResourceDefinitionNames extends ShapeOf<typeof customResourceDefinitionNames> {}

export const serviceReference = shape(typeName('ServiceReference'), {
  namespace: string(1),
  name: string(2),
  path: ptr(string(3)),
  port: ptr(int32(4)),
});

export const webhookClientConfig = shape(typeName('WebhookClientConfig'), {
  url: ptr(string(3)),
  service: ptr(object(1, serviceReference)),
  caBundle: opt(bytes(2)),
});
export interface WebhookClientConfig extends ShapeOf<typeof webhookClientConfig> {}

export const webhookConversion = shape(typeName('WebhookConversion'), {
  clientConfig: ptr(object(2, webhookClientConfig)),
  conversionReviewVersions: texts(3),
});
export const customResourceConversion = shape(typeName('CustomResourceConversion'), {
  strategy: string(1),
  webhook: ptr(object(2, webhookConversion)),
});
export interface CustomResourceConversion extends ShapeOf<typeof customResourceConversion> {}

export const customResourceValidation = shape(typeName('CustomResourceValidation'), { openAPIV3Schema: ptr(customSchema(1)) });
export interface CustomResourceValidation extends ShapeOf<typeof customResourceValidation> {}

export const customResourceSubresourceStatus = shape(typeName('CustomResourceSubresourceStatus'), {});
export const customResourceSubresourceScale = shape(typeName('CustomResourceSubresourceScale'), {
  specReplicasPath: string(1),
  statusReplicasPath: string(2),
  labelSelectorPath: ptr(string(3)),
});
export interface CustomResourceSubresourceScale extends ShapeOf<typeof customResourceSubresourceScale> {}
export const customResourceSubresources = shape(typeName('CustomResourceSubresources'), {
  status: ptr(object(1, customResourceSubresourceStatus)),
  scale: ptr(object(2, customResourceSubresourceScale)),
});
export interface CustomResourceSubresources extends ShapeOf<typeof customResourceSubresources> {}

export const customResourceColumnDefinition = shape(typeName('CustomResourceColumnDefinition'), {
  name: string(1),
  type: string(2),
  format: opt(string(3)),
  description: opt(string(4)),
  priority: opt(int32(5)),
  jsonPath: string(6),
});
export interface CustomResourceColumnDefinition extends ShapeOf<typeof customResourceColumnDefinition> {}

export const selectableField = shape(typeName('SelectableField'), { jsonPath: string(1) });
export interface SelectableField extends ShapeOf<typeof selectableField> {}

export const customResourceDefinitionVersion = shape(typeName('CustomResourceDefinitionVersion'), {
  name: string(1),
  served: bool(2),
  storage: bool(3),
  deprecated: opt(bool(7)),
  deprecationWarning: ptr(string(8)),
  schema: ptr(object(4, customResourceValidation)),
  subresources: ptr(object(5, customResourceSubresources)),
  additionalPrinterColumns: opt(list(6, of(customResourceColumnDefinition), { listType: 'atomic' })),
  selectableFields: opt(list(9, of(selectableField), { listType: 'atomic' })),
});
export interface CustomResourceDefinitionVersion extends ShapeOf<typeof customResourceDefinitionVersion> {}

export const customResourceDefinitionSpec = shape(typeName('CustomResourceDefinitionSpec'), {
  group: string(1),
  names: required(object(3, customResourceDefinitionNames)),
  scope: string(4),
  versions: list(7, of(customResourceDefinitionVersion), { listType: 'atomic' }),
  conversion: ptr(object(9, customResourceConversion)),
  preserveUnknownFields: opt(bool(10)),
});
export interface CustomResourceDefinitionSpec extends ShapeOf<typeof customResourceDefinitionSpec> {}

export const customResourceDefinitionCondition = shape(typeName('CustomResourceDefinitionCondition'), {
  type: string(1),
  status: string(2),
  lastTransitionTime: optional(time(3)),
  reason: opt(string(4)),
  message: opt(string(5)),
  observedGeneration: opt(int64(6)),
});
export interface CustomResourceDefinitionCondition extends ShapeOf<typeof customResourceDefinitionCondition> {}

export const customResourceDefinitionStatus = shape(typeName('CustomResourceDefinitionStatus'), {
  conditions: optional(list(1, of(customResourceDefinitionCondition), { listType: 'map', listKeys: ['type'] })),
  acceptedNames: object(2, customResourceDefinitionNames),
  storedVersions: optional(texts(3)),
  observedGeneration: opt(int64(4)),
});
export interface CustomResourceDefinitionStatus extends ShapeOf<typeof customResourceDefinitionStatus> {}
