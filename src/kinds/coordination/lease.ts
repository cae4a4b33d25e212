import { defineKind, type Draft, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { type LeaseSpec, leaseSpec } from './shapes/lease.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { fieldError } from '../../api/status.ts';
import { nonNegative } from '../lib/validate.ts';

/** Fields of CoordinatedLeaderElection, which is off; what is there stays. */
function dropCoordination(spec: Draft<LeaseSpec>, old: LeaseSpec | undefined): void {
  if (old?.strategy === undefined) delete spec.strategy;
  if (old?.preferredHolder === undefined) delete spec.preferredHolder;
}

export const Lease = defineKind({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
  plainFinalizers: true,
  openApiName: 'io.k8s.api.coordination.v1.Lease',
  createOnUpdate: true,
  fields: {
    spec: object(2, leaseSpec),
  },
  prepareForCreate: (lease) => dropCoordination(lease.spec, undefined),
  prepareForUpdate: (lease, old) => dropCoordination(lease.spec, old.spec),
  *validate({ spec }) {
    const { leaseDurationSeconds: seconds, leaseTransitions: transitions, strategy, preferredHolder } = spec;
    if (seconds !== undefined && seconds <= 0) yield fieldError.invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0');
    yield* nonNegative('spec.leaseTransitions', transitions);
    if (preferredHolder && !strategy) yield fieldError.forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined');
  },
  columns: [nameColumn, { name: 'Holder', type: 'string', value: (lease) => lease.spec.holderIdentity ?? '' }, ageColumn],
});
export interface Lease extends ObjectOf<typeof Lease> {}
