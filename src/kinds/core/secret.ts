import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { bool, bytes, map, opt, ptr, string } from '../../api/schema.ts';

export const Secret = defineKind({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.core.v1.Secret',
  fields: {
    data: opt(map(2, bytes(0))),
    type: opt(string(3)),
    stringData: opt(map(4, string(0))),
    immutable: ptr(bool(5)),
  },
});
export interface Secret extends ObjectOf<typeof Secret> {}
