import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, of, opt } from '../../api/schema.ts';
import { endpointSubset } from './shapes/endpoints.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { addressesOf } from './lib/endpoint-addresses.ts';
import { sameOrEmpty } from '../lib/fields.ts';
import { validateSubsets } from './lib/validate-endpoints.ts';

export const Endpoints = defineKind({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  shortNames: ['ep'],
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.core.v1.Endpoints',
  createOnUpdate: true,
  deprecated: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  fields: {
    subsets: opt(list(2, of(endpointSubset), { listType: 'atomic' })),
  },
  *validate(endpoints, { old }) {
    // What an older version had let in may stay as it is.
    const wrong = [...validateSubsets(endpoints.subsets)];
    if (wrong.length > 0 && !(old !== undefined && sameOrEmpty(old.subsets, endpoints.subsets))) yield* wrong;
  },
  defaults(endpoints) {
    for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  },
  columns: [nameColumn, { name: 'Endpoints', type: 'string', value: addressesOf }, ageColumn],
});
export interface Endpoints extends ObjectOf<typeof Endpoints> {}
