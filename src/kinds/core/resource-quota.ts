import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { resourceQuotaSpec, resourceQuotaStatus } from './shapes/resource-quota.ts';

export const ResourceQuota = defineKind({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  scope: 'Namespaced',
  subresources: ['status'],
  openApiName: 'io.k8s.api.core.v1.ResourceQuota',
  fields: {
    spec: object(2, resourceQuotaSpec),
    status: object(3, resourceQuotaStatus),
  },
});
export interface ResourceQuota extends ObjectOf<typeof ResourceQuota> {}
