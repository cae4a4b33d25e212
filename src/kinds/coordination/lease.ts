import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { leaseSpec } from './shapes/lease.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';

export const Lease = defineKind({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.coordination.v1.Lease',
  createOnUpdate: true,
  fields: {
    spec: object(2, leaseSpec),
  },
  columns: [nameColumn, { name: 'Holder', type: 'string', value: (lease) => lease.spec.holderIdentity ?? '' }, ageColumn],
});
export interface Lease extends ObjectOf<typeof Lease> {}
