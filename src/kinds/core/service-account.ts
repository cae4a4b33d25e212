import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { bool, list, of, opt, ptr } from '../../api/schema.ts';
import { localObjectReference, objectReference } from './shapes/references.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { dropSecretDetails } from './lib/secret-references.ts';

export const ServiceAccount = defineKind({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  scope: 'Namespaced',
  subresources: ['token'],
  openApiName: 'io.k8s.api.core.v1.ServiceAccount',
  fields: {
    secrets: opt(list(2, of(objectReference), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
    imagePullSecrets: opt(list(3, of(localObjectReference), { listType: 'atomic' })),
    automountServiceAccountToken: ptr(bool(4)),
  },
  prepareForCreate: dropSecretDetails,
  prepareForUpdate: dropSecretDetails,
  columns: [nameColumn, ageColumn],
});
export interface ServiceAccount extends ObjectOf<typeof ServiceAccount> {}
