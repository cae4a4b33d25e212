import type { Right } from '../client/controller.ts';
import type { InformerFactory } from '../client/informer.ts';
import type { Part } from '../base/supervisor.ts';
import { EndpointSlice } from '../kinds/discovery/endpoint-slice.ts';
import { Namespace } from '../kinds/core/namespace.ts';
import { Service } from '../kinds/core/service.ts';
import { serveDns, type DnsServerOptions } from './server.ts';
import type { Zone } from './zone.ts';

/** What the informers of a zone need. */
export const dnsRights: readonly Right[] = [
  { groups: [''], resources: ['namespaces', 'services'], verbs: ['list', 'watch'] },
  { groups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
];

/** A zone that reads the caches of informers. */
export function zoneOf(informers: InformerFactory, domain: string): Zone {
  const namespaces = informers.of(Namespace);
  const services = informers.of(Service);
  const slices = informers.of(EndpointSlice);
  slices.index('dns/service', (slice) => [`${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`]);
  slices.index('dns/headless-address', (slice) =>
    slice.metadata.labels?.['service.kubernetes.io/headless'] === undefined
      ? []
      : slice.endpoints.flatMap((endpoint) => endpoint.addresses),
  );
  services.index('dns/cluster-ip', (service) => (service.spec.clusterIPs ?? []).filter((ip) => ip !== 'None'));
  return {
    domain,
    namespace: (name) => namespaces.cache.get({ name }),
    service: (namespace, name) => services.cache.get({ namespace, name }),
    slices: (namespace, service) => slices.cache.byIndex('dns/service', `${namespace}/${service}`),
    serviceByIp: (ip) => services.cache.byIndex('dns/cluster-ip', ip)[0],
    slicesByIp: (ip) => slices.cache.byIndex('dns/headless-address', ip),
  };
}

/** Cluster DNS as a part. */
export function createDnsPart(
  options: Omit<DnsServerOptions, 'zone'> & { readonly informers: InformerFactory; readonly domain: string },
): Part {
  const ready = Promise.withResolvers<void>();
  return {
    name: 'dns',
    ready: ready.promise,
    async run(signal) {
      const zone = zoneOf(options.informers, options.domain);
      await Promise.all([
        options.informers.of(Namespace).synced,
        options.informers.of(Service).synced,
        options.informers.of(EndpointSlice).synced,
      ]);
      await serveDns({ ...options, zone }, ready.resolve, signal);
    },
  };
}
