import { type Draft, defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { namespaceSpec, namespaceStatus } from './shapes/namespace.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { validateNamespace } from './lib/validate-namespace.ts';

export const Namespace = defineKind({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: ['finalize', 'status'],
  openApiName: 'io.k8s.api.core.v1.Namespace',
  names: 'dns-label',
  fields: {
    spec: object(2, namespaceSpec),
    status: object(3, namespaceStatus),
  },
  validate: validateNamespace,
  defaults(namespace) {
    if (namespace.metadata.name)
      namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name };
    namespace.status.phase ||= 'Active';
  },
  prepareForCreate(namespace) {
    namespace.status = { phase: 'Active' };
    const finalizers = namespace.spec.finalizers ?? [];
    if (!finalizers.includes('kubernetes')) namespace.spec.finalizers = [...finalizers, 'kubernetes'];
    // Without a name there is nothing to say; validation refuses the object for that.
    if (namespace.metadata.name)
      namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name };
  },
  prepareForUpdate(namespace, old, { subresource }) {
    namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name };
    if (subresource === '') namespace.spec = structuredClone(old.spec) as Draft<typeof old.spec>;
  },
  columns: [
    nameColumn,
    { name: 'Status', type: 'string', description: 'Active or Terminating', value: (namespace) => namespace.status.phase ?? '' },
    ageColumn,
  ],
  selectableFields: {
    'status.phase': (namespace) => namespace.status.phase ?? '',
  },
});
export interface Namespace extends ObjectOf<typeof Namespace> {}
