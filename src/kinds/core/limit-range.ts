import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { limitRangeSpec } from './shapes/limit-range.ts';
import { createdAtColumn, nameColumn } from '../lib/columns.ts';
import { roundResources } from './lib/round-resources.ts';
import { validateLimits } from './lib/validate-limit-range.ts';

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
  validate: (range) => validateLimits(range.spec.limits),
  prepareForCreate(range, { random }) {
    if (!range.metadata.name) range.metadata.name = random.uuid();
  },
  defaults(range) {
    for (const item of range.spec.limits ?? []) {
      for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) roundResources(list);
      if (item.type !== 'Container') continue;
      const limits = { ...item.max, ...item.default };
      const requests = { ...item.min, ...limits, ...item.defaultRequest };
      if (Object.keys(limits).length > 0) item.default = limits;
      if (Object.keys(requests).length > 0) item.defaultRequest = requests;
    }
  },
  columns: [{ ...nameColumn, name: 'Name' }, createdAtColumn],
});
export interface LimitRange extends ObjectOf<typeof LimitRange> {}
