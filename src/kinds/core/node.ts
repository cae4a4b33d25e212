import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { nodeSpec, nodeStatus } from './shapes/node.ts';

export const Node = defineKind({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  scope: 'Cluster',
  subresources: ['proxy', 'status'],
  openApiName: 'io.k8s.api.core.v1.Node',
  fields: {
    spec: object(2, nodeSpec),
    status: object(3, nodeStatus),
  },
});
export interface Node extends ObjectOf<typeof Node> {}
