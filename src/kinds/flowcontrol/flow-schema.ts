import { keepAllMetadata } from '../lib/keep-metadata.ts';
import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { validateFlowSchema } from './lib/validate-flow-schema.ts';
import { flowSchemaSpec, flowSchemaStatus } from './shapes/flow-schema.ts';

const defaultPrecedence = 1000;

/** Which requests belong together, and which priority level they are handled at. */
export const FlowSchema = defineKind({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  scope: 'Cluster',
  subresources: ['status'],
  resets: { status: ['metadata', 'spec'] },
  openApiName: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  generation: true,
  fields: { spec: object(2, flowSchemaSpec), status: object(3, flowSchemaStatus) },
  defaults({ spec }) {
    spec.matchingPrecedence ||= defaultPrecedence;
  },
  prepareForCreate(schema) {
    schema.status = {};
  },
  prepareForUpdate(schema, old, { subresource }) {
    if (subresource === 'status') keepAllMetadata(schema, old);
  },
  validate: validateFlowSchema,
  columns: [
    nameColumn,
    { name: 'PriorityLevel', description: 'Where its requests are handled', value: ({ spec }) => spec.priorityLevelConfiguration.name },
    { name: 'MatchingPrecedence', description: 'The lowest that matches counts', value: ({ spec }) => spec.matchingPrecedence },
    { name: 'DistinguisherMethod', description: 'What makes a flow', value: ({ spec }) => spec.distinguisherMethod?.type ?? '<none>' },
    ageColumn,
    {
      name: 'MissingPL',
      description: 'Whether its priority level is missing',
      value: ({ status }) => status.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    },
  ],
  rowOrder: (a, b) => a.spec.matchingPrecedence - b.spec.matchingPrecedence || (a.metadata.name < b.metadata.name ? -1 : 1),
});
export interface FlowSchema extends ObjectOf<typeof FlowSchema> {}
