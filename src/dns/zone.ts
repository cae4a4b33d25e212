import type { EndpointSlice } from '../kinds/discovery/endpoint-slice.ts';
import type { Namespace } from '../kinds/core/namespace.ts';
import type { Service } from '../kinds/core/service.ts';

/** What the answers are made of. Reads of caches; all names in lower case. */
export interface Zone {
  readonly domain: string;
  namespace(name: string): Namespace | undefined;
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  /** Service that has this cluster IP. */
  serviceByIp(ip: string): Service | undefined;
  /** Slices of headless services with an endpoint at this address. */
  slicesByIp(ip: string): readonly EndpointSlice[];
}

export interface EndpointRecord {
  readonly address: string;
  /** First label of the endpoint's own name: its hostname, else its address with dashes. */
  readonly label: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
}

/** Endpoints that may be named: ready ones, or all of a service that publishes unready addresses (the slice marks them ready). */
export function endpointsOf(slices: readonly EndpointSlice[]): readonly EndpointRecord[] {
  return slices.flatMap((slice) =>
    slice.endpoints
      .filter((endpoint) => endpoint.conditions?.ready !== false)
      .flatMap((endpoint) =>
        endpoint.addresses.map((address) => ({
          address,
          label: (endpoint.hostname ?? '') === '' ? address.replaceAll(/[.:]/g, '-') : endpoint.hostname!,
          ports: (slice.ports ?? []).map((port) => ({
            name: port.name ?? '',
            port: port.port ?? 0,
            protocol: (port.protocol ?? 'TCP').toLowerCase(),
          })),
        })),
      ),
  );
}
