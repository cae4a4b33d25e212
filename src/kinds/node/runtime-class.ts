import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, ptr, string } from '../../api/schema.ts';
import { oldNodeLabels } from '../core/lib/node-label-warnings.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { validateRuntimeClass } from './lib/validate.ts';
import { overhead, scheduling } from './shapes/runtime-class.ts';

export const RuntimeClass = defineKind({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  scope: 'Cluster',
  plainFinalizers: true,
  openApiName: 'io.k8s.api.node.v1.RuntimeClass',
  createOnUpdate: true,
  fields: {
    handler: string(2),
    overhead: ptr(object(3, overhead)),
    scheduling: ptr(object(4, scheduling)),
  },
  validate: validateRuntimeClass,
  *warnings(object) {
    for (const label of Object.keys(object.scheduling?.nodeSelector ?? {}))
      if (oldNodeLabels[label]) yield `scheduling.nodeSelector: ${oldNodeLabels[label]}`;
  },
  columns: [
    nameColumn,
    { name: 'Handler', description: 'Configuration of the container runtime', value: ({ handler }) => handler },
    ageColumn,
  ],
});
export interface RuntimeClass extends ObjectOf<typeof RuntimeClass> {}
