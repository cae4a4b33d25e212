import { goQuote } from '../../../api/go-text.ts';
import type { APIService } from '../../../kinds/apiregistration/api-service.ts';
import type { ServiceReference } from '../../../kinds/apiregistration/shapes/api-service.ts';
import type { Service } from '../../../kinds/core/service.ts';
import type { EndpointSlice } from '../../../kinds/discovery/endpoint-slice.ts';

export interface Availability {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}
const unavailable = (reason: string, message: string): Availability => ({ status: 'False', reason, message });

/** Why nobody can answer behind a service, by what is known of it; undefined: somebody may. */
export function judgeService(
  { name = '', namespace = '', port = 443 }: ServiceReference,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): Availability | undefined {
  const where = `service/${name} in ${goQuote(namespace)}`;
  if (service === undefined) return unavailable('ServiceNotFound', `${where} is not present`);
  if ((service.spec.type ?? 'ClusterIP') !== 'ClusterIP') return undefined;
  const found = service.spec.ports?.find((one) => one.port === port);
  if (found === undefined) return unavailable('ServicePortError', `${where} is not listening on port ${port}`);
  if (slices.length === 0) return unavailable('EndpointsNotFound', `cannot find endpointslices for ${where}`);
  const portName = found.name ?? '';
  const answers = slices.some(
    ({ endpoints, ports }) =>
      (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false) &&
      (ports ?? []).some((one) => (one.name ?? '') === portName && one.port !== undefined),
  );
  if (answers) return undefined;
  return unavailable('MissingEndpoints', `endpointslices for ${where} have no addresses with port name ${goQuote(portName)}`);
}

/** The APIService with that condition; itself when it says so already. `now` counts only when the status changes. */
export function withAvailability(service: APIService, { status, reason, message }: Availability, now: string): APIService {
  const conditions = service.status.conditions ?? [];
  const index = conditions.findIndex(({ type }) => type === 'Available');
  const present = conditions[index];
  if (present?.status === status && present.reason === reason && present.message === message) return service;
  const lastTransitionTime = present?.status === status ? present.lastTransitionTime : now;
  const condition = { type: 'Available', status, lastTransitionTime, reason, message };
  return { ...service, status: { conditions: index < 0 ? [...conditions, condition] : conditions.with(index, condition) } };
}
