import { ipWarnings } from '../../api/ip.ts';
import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { classAnnotation, validateIngress } from './lib/ingress.ts';
import { type IngressRule, ingressSpec, ingressStatus } from './shapes/ingress.ts';

const mostHosts = 3;
function hostsText(rules: readonly IngressRule[]): string {
  const hosts: string[] = [];
  let more = false;
  for (const { host = '' } of rules) {
    if (hosts.length === mostHosts) more = true;
    if (!more && host !== '') hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return more ? `${hosts.join(',')} + ${rules.length - mostHosts} more...` : hosts.join(',');
}

/** Which requests from outside lead to which services. */
export const Ingress = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  scope: 'Namespaced',
  subresources: ['status'],
  openApiName: 'io.k8s.api.networking.v1.Ingress',
  generation: true,
  fields: { spec: object(2, ingressSpec), status: object(3, ingressStatus) },
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} };
  },
  validate: validateIngress,
  *warnings({ metadata, spec }, old) {
    if (old === undefined && metadata.annotations?.[classAnnotation] !== undefined && spec.ingressClassName === undefined)
      yield `annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`;
  },
  *statusWarnings({ status }) {
    for (const [index, { ip = '' }] of (status.loadBalancer.ingress ?? []).entries())
      yield* ipWarnings(`status.loadBalancer.ingress[${index}]`, ip);
  },
  columns: [
    nameColumn,
    { name: 'Class', description: 'The class of those who serve it', value: ({ spec }) => spec.ingressClassName ?? '<none>' },
    { name: 'Hosts', description: 'Names that requests ask for', value: ({ spec }) => hostsText(spec.rules ?? []) },
    {
      name: 'Address',
      description: 'Where it is reached',
      value({ status }) {
        const points = (status.loadBalancer.ingress ?? []).map(({ ip = '', hostname = '' }) => ip || hostname).filter((one) => one !== '');
        return [...new Set(points)].sort().join(',');
      },
    },
    { name: 'Ports', description: 'Ports that are open', value: ({ spec }) => ((spec.tls ?? []).length > 0 ? '80, 443' : '80') },
    ageColumn,
  ],
});
export interface Ingress extends ObjectOf<typeof Ingress> {}
