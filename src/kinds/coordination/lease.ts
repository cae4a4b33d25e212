import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { leaseSpec } from './shapes/lease.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { fieldError } from '../../api/status.ts';
import { nonNegative } from '../lib/validate.ts';

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
  *validate({ spec }) {
    const { leaseDurationSeconds: seconds, leaseTransitions: transitions, strategy, preferredHolder } = spec;
    if (seconds !== undefined && seconds <= 0) yield fieldError.invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0');
    yield* nonNegative('spec.leaseTransitions', transitions);
    if (preferredHolder && !strategy) yield fieldError.forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined');
  },
  columns: [nameColumn, { name: 'Holder', type: 'string', value: (lease) => lease.spec.holderIdentity ?? '' }, ageColumn],
});
export interface Lease extends ObjectOf<typeof Lease> {}
