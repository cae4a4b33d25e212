import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { namespaceSpec, namespaceStatus } from './shapes/namespace.ts';

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
});
export interface Namespace extends ObjectOf<typeof Namespace> {}
