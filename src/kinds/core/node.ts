import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { nodeSpec, nodeStatus } from './shapes/node.ts';
import { alignPodCidrs, defaultNode } from './lib/node-defaults.ts';
import { nodeWarnings } from './lib/node-warnings.ts';
import { nodeColumns } from './lib/node-columns.ts';
import { validateNode } from './lib/validate-node.ts';

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
  validate: validateNode,
  defaults(node) {
    defaultNode(node);
    alignPodCidrs(node.spec);
  },
  prepareForCreate(node) {
    delete node.spec.configSource;
    delete node.status.config;
  },
  prepareForUpdate(node, old) {
    if (old.spec.configSource === undefined) delete node.spec.configSource;
    if (old.status.config === undefined) delete node.status.config;
  },
  warnings: nodeWarnings,
  columns: nodeColumns,
  selectableFields: { 'spec.unschedulable': (node) => String(node.spec.unschedulable ?? false) },
});
export interface Node extends ObjectOf<typeof Node> {}
