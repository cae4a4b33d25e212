import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { bool, bytes, map, opt, ptr, string } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { mergeStringData } from './lib/string-data.ts';
import { keyPairProblem } from './lib/tls-warning.ts';
import { validateSecret } from './lib/validate-data.ts';

export const Secret = defineKind({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.core.v1.Secret',
  fields: {
    immutable: ptr(bool(5)),
    data: opt(map(2, bytes(0))),
    stringData: opt(map(4, string(0))),
    type: opt(string(3)),
  },
  validate: validateSecret,
  *warnings({ type, data }) {
    if (type !== 'kubernetes.io/tls') return;
    const problem = keyPairProblem(atob(data?.['tls.crt'] ?? ''), atob(data?.['tls.key'] ?? ''));
    if (problem !== undefined) yield problem;
  },
  defaults(secret) {
    secret.type ||= 'Opaque';
    mergeStringData(secret);
  },
  prepareForUpdate(secret, old) {
    secret.type ||= old.type;
  },
  columns: [
    nameColumn,
    { name: 'Type', type: 'string', value: (secret) => secret.type ?? '' },
    { name: 'Data', type: 'string', value: (secret) => Object.keys(secret.data ?? {}).length },
    ageColumn,
  ],
  selectableFields: { type: (secret) => secret.type ?? '' },
});
export interface Secret extends ObjectOf<typeof Secret> {}
