import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, of, opt } from '../../api/schema.ts';
import { endpointSubset } from './shapes/endpoints.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { addressesOf } from './lib/endpoint-addresses.ts';

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
  defaults(endpoints) {
    for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  },
  columns: [nameColumn, { name: 'Endpoints', type: 'string', value: addressesOf }, ageColumn],
});
export interface Endpoints extends ObjectOf<typeof Endpoints> {}
