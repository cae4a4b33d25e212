import { cidrWarnings } from '../../api/ip.ts';
import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, formatSelector, nameColumn } from '../lib/columns.ts';
import { blocksOf, defaultNetworkPolicy, validateNetworkPolicy } from './lib/network-policy.ts';
import { networkPolicySpec } from './shapes/network-policy.ts';

/** Which traffic the pods it selects may take and send; others of its kind may allow more. */
export const NetworkPolicy = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.networking.v1.NetworkPolicy',
  generation: true,
  fields: { spec: object(2, networkPolicySpec) },
  defaults: defaultNetworkPolicy,
  validate: validateNetworkPolicy,
  *warnings({ spec }) {
    for (const { path, block } of blocksOf(spec)) {
      yield* cidrWarnings(`${path}.cidr`, block.cidr);
      for (const [index, except] of (block.except ?? []).entries()) yield* cidrWarnings(`${path}.except[${index}]`, except);
    }
  },
  columns: [
    nameColumn,
    { name: 'Pod-Selector', description: 'The pods it is about', value: ({ spec }) => formatSelector(spec.podSelector) },
    ageColumn,
  ],
});
export interface NetworkPolicy extends ObjectOf<typeof NetworkPolicy> {}
