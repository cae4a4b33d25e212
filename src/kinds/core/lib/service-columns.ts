import type { Column } from '../../../api/kind.ts';
import { ageColumn, formatLabels, nameColumn } from '../../lib/columns.ts';
import type { ServiceLike } from './service-strategy.ts';

function externalIp({ spec, status }: ServiceLike): string {
  const stated = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type === 'ClusterIP' || spec.type === 'NodePort') return stated.length === 0 ? '<none>' : stated.join(',');
  if (spec.type !== 'LoadBalancer') return '<unknown>';
  const given = new Set((status.loadBalancer.ingress ?? []).map((one) => one.ip || one.hostname || '').filter((text) => text !== ''));
  const all = [...[...given].sort(), ...stated];
  return all.length === 0 ? '<pending>' : all.join(',');
}
function portsOf({ spec }: ServiceLike): string {
  const texts = (spec.ports ?? []).map((port) => `${port.port}${port.nodePort ? `:${port.nodePort}` : ''}/${port.protocol ?? ''}`);
  return texts.length === 0 ? '<none>' : texts.join(',');
}

/** As kubectl shows services. */
export const serviceColumns: readonly Column<ServiceLike>[] = [
  nameColumn,
  { name: 'Type', type: 'string', value: (service) => service.spec.type ?? '' },
  { name: 'Cluster-IP', type: 'string', value: (service) => service.spec.clusterIPs?.[0] ?? '<none>' },
  { name: 'External-IP', type: 'string', value: externalIp },
  { name: 'Port(s)', type: 'string', value: portsOf },
  ageColumn,
  { name: 'Selector', type: 'string', priority: 1, value: (service) => formatLabels(service.spec.selector) },
];
