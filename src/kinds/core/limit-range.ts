import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { limitRangeSpec } from './shapes/limit-range.ts';

export const LimitRange = defineKind({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.core.v1.LimitRange',
  createOnUpdate: true,
  fields: {
    spec: object(2, limitRangeSpec),
  },
});
export interface LimitRange extends ObjectOf<typeof LimitRange> {}
