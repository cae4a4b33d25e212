import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, of, optional, string } from '../../api/schema.ts';
import { endpoint, endpointPort } from './shapes/endpoint-slice.ts';
import { ageColumn, firstThree, nameColumn } from '../lib/columns.ts';
import { sameOrEmpty } from '../lib/fields.ts';
import { validateSlice } from './lib/validate.ts';

export const EndpointSlice = defineKind({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.discovery.v1.EndpointSlice',
  generation: true,
  fields: {
    addressType: string(4, { enum: ['IPv4', 'IPv6', 'FQDN'] }),
    endpoints: optional(list(2, of(endpoint), { listType: 'atomic' })),
    ports: optional(list(3, of(endpointPort), { listType: 'atomic' })),
  },
  validate: validateSlice,
  *warnings(slice, old) {
    if (old === undefined && slice.addressType === 'FQDN') yield 'spec.addressType: FQDN endpoints are deprecated';
  },
  defaults(slice) {
    for (const port of slice.ports) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  prepareForUpdate(slice, old) {
    if (!sameOrEmpty(slice.metadata.labels, old.metadata.labels)) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  columns: [
    nameColumn,
    { name: 'AddressType', type: 'string', value: (slice) => slice.addressType },
    {
      name: 'Ports',
      type: 'string',
      value: (slice) =>
        firstThree(
          slice.ports.map((port) => String(port.port ?? port.name ?? '*')),
          '<unset>',
        ),
    },
    {
      name: 'Endpoints',
      type: 'string',
      value: (slice) =>
        firstThree(
          slice.endpoints.flatMap((endpoint) => endpoint.addresses),
          '<unset>',
        ),
    },
    ageColumn,
  ],
});
export interface EndpointSlice extends ObjectOf<typeof EndpointSlice> {}
