import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, of, string } from '../../api/schema.ts';
import { endpoint, endpointPort } from './shapes/endpoint-slice.ts';

export const EndpointSlice = defineKind({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.discovery.v1.EndpointSlice',
  generation: true,
  fields: {
    endpoints: list(2, of(endpoint), { listType: 'atomic' }),
    ports: list(3, of(endpointPort), { listType: 'atomic' }),
    addressType: string(4, { enum: ['IPv4', 'IPv6', 'FQDN'] }),
  },
});
export interface EndpointSlice extends ObjectOf<typeof EndpointSlice> {}
