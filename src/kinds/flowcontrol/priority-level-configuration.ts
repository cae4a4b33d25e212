import { keepAllMetadata } from '../lib/keep-metadata.ts';
import { type Column, defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { type PriorityLevelLike, validatePriorityLevel } from './lib/validate-priority-level.ts';
import {
  priorityLevelConfigurationSpec,
  priorityLevelConfigurationStatus,
  type QueuingConfiguration,
} from './shapes/priority-level-configuration.ts';

const queuingColumn = (name: string, field: keyof QueuingConfiguration, description: string): Column<PriorityLevelLike> => ({
  name,
  description,
  value: ({ spec }) => spec.limited?.limitResponse.queuing?.[field] ?? '<none>',
});

/** How many requests are handled at once, and what happens to those beyond. */
export const PriorityLevelConfiguration = defineKind({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  scope: 'Cluster',
  subresources: ['status'],
  resets: { status: ['metadata', 'spec'] },
  openApiName: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  generation: true,
  fields: { spec: object(2, priorityLevelConfigurationSpec), status: object(3, priorityLevelConfigurationStatus) },
  defaults({ spec: { limited, exempt } }) {
    if (exempt !== undefined) {
      exempt.nominalConcurrencyShares ??= 0;
      exempt.lendablePercent ??= 0;
    }
    if (limited === undefined) return;
    limited.nominalConcurrencyShares ??= 30;
    limited.lendablePercent ??= 0;
    const { queuing } = limited.limitResponse;
    if (queuing === undefined) return;
    queuing.handSize ||= 8;
    queuing.queues ||= 64;
    queuing.queueLengthLimit ||= 50;
  },
  prepareForCreate(level) {
    level.status = {};
  },
  prepareForUpdate(level, old, { subresource }) {
    if (subresource === 'status') keepAllMetadata(level, old);
  },
  validate: validatePriorityLevel,
  columns: [
    nameColumn,
    { name: 'Type', description: 'Whether requests are limited', value: ({ spec }) => spec.type },
    {
      name: 'NominalConcurrencyShares',
      description: 'Its share of what the server handles at once',
      value: ({ spec }) => spec.limited?.nominalConcurrencyShares ?? '<none>',
    },
    queuingColumn('Queues', 'queues', 'How many queues it has'),
    queuingColumn('HandSize', 'handSize', 'How many queues a flow may use'),
    queuingColumn('QueueLengthLimit', 'queueLengthLimit', 'How many requests wait in a queue'),
    ageColumn,
  ],
});
export interface PriorityLevelConfiguration extends ObjectOf<typeof PriorityLevelConfiguration> {}
