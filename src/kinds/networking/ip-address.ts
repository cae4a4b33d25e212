import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { isPathSegmentName } from '../../api/names.ts';
import { object, required } from '../../api/schema.ts';
import { fieldError } from '../../api/status.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { sameOrEmpty } from '../lib/fields.ts';
import { goShown } from '../lib/go-shown.ts';
import { dnsSubdomain, type Errors, invalidIf } from '../lib/validate.ts';
import { ipAddressSpec, parentReference, type ParentReference } from './shapes/ip-address.ts';

function* validateParent({ group = '', resource = '', namespace = '', name = '' }: ParentReference, path: string): Errors {
  if (group !== '') yield* dnsSubdomain(`${path}.group`, group);
  if (resource === '') yield fieldError.required(`${path}.resource`);
  else yield* invalidIf(isPathSegmentName(resource), `${path}.resource`, resource);
  if (name === '') yield fieldError.required(`${path}.name`);
  else yield* invalidIf(isPathSegmentName(name), `${path}.name`, name);
  if (namespace !== '') yield* invalidIf(isPathSegmentName(namespace), `${path}.namespace`, namespace);
}

/** An address that is taken, by the object it names. Its own name is the address. */
export const IPAddress = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  scope: 'Cluster',
  names: 'ip-address',
  openApiName: 'io.k8s.api.networking.v1.IPAddress',
  fields: { spec: required(object(2, ipAddressSpec)) },
  *validate({ spec: { parentRef } }, { old }) {
    if (parentRef === undefined) yield fieldError.required('spec.parentRef');
    else yield* validateParent(parentRef, 'spec.parentRef');
    if (old !== undefined && !sameOrEmpty(parentRef, old.spec.parentRef))
      yield fieldError.invalid('spec.parentRef', goShown(parentReference, parentRef), 'field is immutable');
  },
  columns: [
    nameColumn,
    {
      name: 'ParentRef',
      description: 'Whose address it is',
      value({ spec: { parentRef } }) {
        if (parentRef === undefined) return '<none>';
        const { group = '', resource = '', namespace = '', name = '' } = parentRef;
        const owner = (group === '' ? resource : `${resource}.${group}`).toLowerCase();
        return `${owner}${namespace === '' ? '' : `/${namespace}`}/${name}`;
      },
    },
    { ...ageColumn, undefined: true },
  ],
});
export interface IPAddress extends ObjectOf<typeof IPAddress> {}
