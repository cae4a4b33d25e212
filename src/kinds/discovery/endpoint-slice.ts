import { defineKind, type Draft, type ObjectOf } from '../../api/kind.ts';
import { ipWarnings } from '../../api/ip.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { list, of, optional, string } from '../../api/schema.ts';
import { type Endpoint, endpoint, endpointPort } from './shapes/endpoint-slice.ts';
import { ageColumn, firstThree, nameColumn } from '../lib/columns.ts';
import { sameOrEmpty } from '../lib/fields.ts';
import { sameJson } from '../../base/equal.ts';
import { validateSlice } from './lib/validate.ts';

const ownControllers = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

const hostname = 'kubernetes.io/hostname';
type Slice = { readonly endpoints: readonly Endpoint[] };
/** This version's clients do not write the topology of old ones; a node that an old one named by it moves to its own field. */
function dropTopology(slice: Draft<Slice>, old: Slice | undefined): void {
  if (old !== undefined && sameJson(slice.endpoints, old.endpoints)) return;
  const before = new Set(old?.endpoints.map(({ deprecatedTopology }) => deprecatedTopology?.[hostname]));
  for (const endpoint of slice.endpoints) {
    const node = endpoint.deprecatedTopology?.[hostname];
    if (endpoint.nodeName === undefined && node !== undefined && before.has(node) && [...isDns1123Subdomain(node)].length === 0)
      endpoint.nodeName = node;
    delete endpoint.deprecatedTopology;
  }
}

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
    // Upstream's own controllers write addresses as they should be.
    if (ownControllers.includes(slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ?? '')) return;
    for (const [index, { addresses }] of slice.endpoints.entries())
      for (const [at, address] of addresses.entries()) yield* ipWarnings(`endpoints[${index}].addresses[${at}]`, address);
  },
  defaults(slice) {
    for (const port of slice.ports) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  prepareForCreate: (slice) => dropTopology(slice, undefined),
  prepareForUpdate(slice, old) {
    const contents = ({ metadata: _, ...rest }: object & { readonly metadata: object }) => rest;
    const isOther = !sameOrEmpty(contents(slice), contents(old)) || !sameOrEmpty(slice.metadata.labels, old.metadata.labels);
    dropTopology(slice, old);
    if (isOther) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
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
