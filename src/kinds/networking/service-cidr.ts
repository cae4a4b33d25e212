import { ipFamily, isCanonicalCidr, parseCidr } from '../../api/ip.ts';
import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { fieldError } from '../../api/status.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { keepMetadata } from '../lib/keep-metadata.ts';
import { type Errors, invalidIf } from '../lib/validate.ts';
import { serviceCIDRSpec, serviceCIDRStatus } from './shapes/service-cidr.ts';

const path = 'spec.cidrs';
const familyOf = (cidr: string) => ipFamily(cidr.split('/', 1)[0]!);

function* validateCidrs(cidrs: readonly string[]): Errors {
  if (cidrs.length === 0) return yield fieldError.required(path, 'at least one CIDR required');
  if (cidrs.length > 2) return yield fieldError.invalid(path, { CIDRs: cidrs }, 'may only hold up to 2 values');
  for (const [index, cidr] of cidrs.entries()) yield* invalidIf(isCanonicalCidr(cidr), `${path}[${index}]`, cidr);
  const [first, second] = cidrs.map((cidr) => (parseCidr(cidr) === undefined ? undefined : familyOf(cidr)));
  const why = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
  if (cidrs.length === 2 && first !== undefined && first === second) yield fieldError.invalid(path, cidrs, why);
}

/** Ranges stay; a second one may join a first to make the cluster dual-stack. */
function* validateChange(given: readonly string[] | undefined, old: readonly string[]): Errors {
  const cidrs = given ?? [];
  const joins = old.length === 1 && cidrs.length === 2;
  if (cidrs.length !== old.length && !joins) return yield fieldError.invalid(path, given ?? null, 'field is immutable');
  for (const [index, before] of old.entries())
    if (cidrs[index] !== before) yield fieldError.invalid(`${path}[${index}]`, cidrs[index], 'field is immutable');
  if (joins) yield* validateCidrs(cidrs);
}

/** Ranges that addresses of services are taken from. */
export const ServiceCIDR = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  scope: 'Cluster',
  subresources: ['status'],
  resets: { status: ['metadata', 'spec'] },
  openApiName: 'io.k8s.api.networking.v1.ServiceCIDR',
  fields: { spec: object(2, serviceCIDRSpec), status: object(3, serviceCIDRStatus) },
  prepareForCreate(cidr) {
    cidr.status = {};
  },
  prepareForUpdate(cidr, old, { subresource }) {
    if (subresource === 'status') keepMetadata(cidr, old);
  },
  *validate({ spec: { cidrs } }, { old, subresource }) {
    if (subresource === 'status') return;
    yield* old === undefined ? validateCidrs(cidrs ?? []) : validateChange(cidrs, old.spec.cidrs ?? []);
  },
  columns: [nameColumn, { name: 'CIDRs', description: 'Its ranges', value: ({ spec }) => (spec.cidrs ?? []).join(',') }, ageColumn],
});
export interface ServiceCIDR extends ObjectOf<typeof ServiceCIDR> {}
