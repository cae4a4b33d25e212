import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, of, opt } from '../../api/schema.ts';
import { endpointSubset } from './shapes/endpoints.ts';

export const Endpoints = defineKind({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  shortNames: ['ep'],
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.core.v1.Endpoints',
  createOnUpdate: true,
  fields: {
    subsets: opt(list(2, of(endpointSubset), { listType: 'atomic' })),
  },
});
export interface Endpoints extends ObjectOf<typeof Endpoints> {}
