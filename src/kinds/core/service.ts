import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { serviceSpec, serviceStatus } from './shapes/service.ts';
import { serviceColumns } from './lib/service-columns.ts';
import { defaultService, prepareServiceForUpdate } from './lib/service-strategy.ts';
import { serviceWarnings, validateService } from './lib/validate-service.ts';

export const Service = defineKind({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['proxy', 'status'],
  openApiName: 'io.k8s.api.core.v1.Service',
  names: 'dns-label',
  createOnUpdate: true,
  fields: {
    spec: object(2, serviceSpec),
    status: object(3, serviceStatus),
  },
  validate: validateService,
  warnings: serviceWarnings,
  defaults: defaultService,
  prepareForCreate(service) {
    service.status = { loadBalancer: {} };
  },
  prepareForUpdate: prepareServiceForUpdate,
  columns: serviceColumns,
  selectableFields: {
    'spec.clusterIP': (service) => service.spec.clusterIP ?? '',
    'spec.type': (service) => service.spec.type ?? '',
  },
});
export interface Service extends ObjectOf<typeof Service> {}
