import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { resourceQuotaSpec, resourceQuotaStatus } from './shapes/resource-quota.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { roundResources } from './lib/round-resources.ts';
import { usage } from './lib/quota-usage.ts';
import { validateQuota } from './lib/validate-quota.ts';

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
  validate: validateQuota,
  defaults(quota) {
    for (const list of [quota.spec.hard, quota.status.hard, quota.status.used]) roundResources(list);
  },
  prepareForCreate(quota) {
    quota.status = {};
  },
  columns: [
    nameColumn,
    { name: 'Request', type: 'string', description: 'Used and allowed amounts', value: (quota) => usage(quota.status, false) },
    { name: 'Limit', type: 'string', description: 'Used and allowed sums of limits', value: (quota) => usage(quota.status, true) },
    ageColumn,
  ],
});
export interface ResourceQuota extends ObjectOf<typeof ResourceQuota> {}
