import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { sameOrEmpty } from '../lib/fields.ts';
import { defaultSliceSpec, dropAlphaFields, stampTaints } from './lib/strategy.ts';
import { validateSlice } from './lib/validate-slice.ts';
import { resourceSliceSpec } from './shapes/resource-slice.ts';

export const ResourceSlice = defineKind({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  scope: 'Cluster',
  openApiName: 'io.k8s.api.resource.v1.ResourceSlice',
  generation: true,
  fields: {
    spec: required(object(2, resourceSliceSpec)),
  },
  validate: validateSlice,
  *warnings({ spec: { driver } }) {
    if (driver !== driver.toLowerCase())
      yield `spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`;
  },
  defaults(slice) {
    defaultSliceSpec(slice.spec);
  },
  prepareForCreate(slice, { clock }) {
    stampTaints(slice.spec, clock.now());
    dropAlphaFields(slice.spec);
  },
  prepareForUpdate(slice, old, { clock }) {
    stampTaints(slice.spec, clock.now());
    if (!sameOrEmpty(slice.spec, old.spec)) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
    dropAlphaFields(slice.spec, old.spec);
  },
  columns: [
    nameColumn,
    { name: 'Node', description: 'The one node that reaches the devices', value: ({ spec }) => spec.nodeName ?? '' },
    { name: 'Driver', description: 'Driver of the devices', value: ({ spec }) => spec.driver },
    { name: 'Pool', description: 'Pool that the slice belongs to', value: ({ spec }) => spec.pool.name },
    ageColumn,
  ],
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.driver': ({ spec }) => spec.driver,
  },
  indexedField: 'spec.nodeName',
});
export interface ResourceSlice extends ObjectOf<typeof ResourceSlice> {}
