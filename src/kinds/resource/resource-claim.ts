import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { defaultClaimSpec, defaultClaimStatus, dropDeallocated } from './lib/strategy.ts';
import { validateClaim } from './lib/validate-claim.ts';
import { resourceClaimSpec, resourceClaimStatus } from './shapes/resource-claim.ts';

export const ResourceClaim = defineKind({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  scope: 'Namespaced',
  subresources: ['status'],
  resets: { status: ['metadata', 'spec'] },
  openApiName: 'io.k8s.api.resource.v1.ResourceClaim',
  fields: {
    spec: required(object(2, resourceClaimSpec)),
    status: object(3, resourceClaimStatus),
  },
  validate: validateClaim,
  defaults(claim) {
    defaultClaimSpec(claim.spec);
    defaultClaimStatus(claim.status);
  },
  prepareForCreate(claim) {
    claim.status = {};
  },
  prepareForUpdate(claim, old, { subresource }) {
    if (subresource === 'status') dropDeallocated(claim.status, old.status);
  },
  columns: [
    nameColumn,
    {
      name: 'State',
      description: 'What has become of the claim',
      value({ metadata, status: { allocation, reservedFor = [] } }) {
        const isDeleted = metadata.deletionTimestamp !== undefined;
        const states = isDeleted ? ['deleted'] : allocation === undefined ? ['pending'] : [];
        if (allocation !== undefined) states.push('allocated');
        if (allocation !== undefined && reservedFor.length > 0) states.push('reserved');
        return states.join(',');
      },
    },
    ageColumn,
  ],
});
export interface ResourceClaim extends ObjectOf<typeof ResourceClaim> {}
