import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, of, opt } from '../../api/schema.ts';
import { nameColumn } from '../lib/columns.ts';
import { type ComponentCondition, componentCondition } from './shapes/component-status.ts';

const healthy = ({ conditions }: { readonly conditions?: readonly ComponentCondition[] | undefined }) =>
  conditions?.find((one) => one.type === 'Healthy');

/** Not stored: the server looks at its components when it is asked. */
export const ComponentStatus = defineKind({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  shortNames: ['cs'],
  scope: 'Cluster',
  verbs: ['get', 'list'],
  openApiName: 'io.k8s.api.core.v1.ComponentStatus',
  deprecated: 'v1 ComponentStatus is deprecated in v1.19+',
  fields: {
    conditions: opt(list(2, of(componentCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
  },
  columns: [
    nameColumn,
    {
      name: 'Status',
      description: 'Whether the component is well',
      value(component) {
        const condition = healthy(component);
        return condition === undefined ? 'Unknown' : condition.status === 'True' ? 'Healthy' : 'Unhealthy';
      },
    },
    { name: 'Message', description: 'What the component said', value: (component) => healthy(component)?.message ?? '' },
    { name: 'Error', description: 'Why it could not be asked', value: (component) => healthy(component)?.error ?? '' },
  ],
});
export interface ComponentStatus extends ObjectOf<typeof ComponentStatus> {}
