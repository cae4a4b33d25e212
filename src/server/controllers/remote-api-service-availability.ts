import { formatTime } from '../../api/gotime.ts';
import { isConflict, isNotFound } from '../../api/status.ts';
import { defineController } from '../../client/controller.ts';
import { APIService } from '../../kinds/apiregistration/api-service.ts';
import { Service } from '../../kinds/core/service.ts';
import { EndpointSlice } from '../../kinds/discovery/endpoint-slice.ts';
import { type Availability, judgeService, withAvailability } from './lib/availability.ts';

const againMs = 30_000;
/** After a check that failed; upstream's wait doubles up to its usual one. */
const soonMs = 1_000;
const serviceName = 'kubernetes.io/service-name';

const askedFor = (namespace: string | undefined, name: string | undefined, services: readonly APIService[]) =>
  services
    .filter(({ spec: { service } }) => service?.namespace === namespace && service?.name === name && name !== undefined)
    .map(({ metadata }) => metadata);

const passed: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' };
const failed = ({ message }: Error): Availability => ({ status: 'False', reason: 'FailedDiscoveryCheck', message });

/** Says of every APIService that another server answers for whether it does (k8s.io/kube-aggregator controllers/status/remote). */
export const remoteApiServiceAvailability = defineController({
  name: 'apiservice-status-remote-available-controller',
  for: APIService,
  watches: [
    {
      kind: Service,
      map: ({ metadata }: Service, { cache }) => askedFor(metadata.namespace, metadata.name, cache(APIService).list()),
    },
    {
      kind: EndpointSlice,
      map: ({ metadata }: EndpointSlice, { cache }) =>
        askedFor(metadata.namespace, metadata.labels?.[serviceName], cache(APIService).list()),
    },
  ],
  can: [],
  async reconcile({ name }, { cache, client, clock, cluster }) {
    const service = cache(APIService).get({ name });
    const reference = service?.spec.service;
    if (service === undefined || reference === undefined || cluster.probe === undefined) return;
    const { namespace } = reference;
    const slices = cache(EndpointSlice)
      .list(namespace)
      .filter(({ metadata }) => metadata.labels?.[serviceName] === reference.name);
    const wrong = judgeService(reference, cache(Service).get({ namespace, name: reference.name ?? '' }), slices);
    const found = wrong ?? (await cluster.probe(service).then(() => passed, failed));
    const updated = withAvailability(service, found, formatTime(clock.now()));
    if (updated !== service)
      await client.updateStatus(APIService, updated).catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      });
    return { afterMs: found.reason === 'FailedDiscoveryCheck' ? soonMs : againMs };
  },
});
