import { keyText } from '../api/meta.ts';
import { isNotFound, StatusError } from '../api/status.ts';
import { defineController } from '../client/controller.ts';
import { Endpoints } from '../kinds/core/endpoints.ts';
import { Pod } from '../kinds/core/pod.ts';
import { Service } from '../kinds/core/service.ts';
import { subsetsOf, truncated } from './lib/endpoints-subsets.ts';
import { sameJson } from '../base/equal.ts';
import { OwnWrites } from './lib/own-writes.ts';
import { perContext } from './lib/per-context.ts';
import { headlessLabel, isHeadless, podsOf, selectsPods, servicesOf, TriggerTimes, triggerTimeAnnotation } from './lib/service-pods.ts';

const overCapacity = 'endpoints.kubernetes.io/over-capacity';
const managedBy = 'endpoints.kubernetes.io/managed-by';
const managerName = 'endpoint-controller';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
const recheckMs = 5_000;

const memory = perContext((context) => ({ writes: new OwnWrites(context.clock), triggers: new TriggerTimes() }));

/** Keeps the Endpoints object of each service that selects pods: the older form of EndpointSlices, which clients still read. */
export const endpoints = defineController<Service>({
  name: 'endpoint-controller',
  for: Service,
  watches: [
    { kind: Pod, map: servicesOf },
    { kind: Endpoints, map: (object: Endpoints) => [object.metadata] },
  ],
  can: [
    { groups: [''], resources: ['pods', 'services'], verbs: ['get', 'list', 'watch'] },
    { groups: [''], resources: ['endpoints'], verbs: ['create', 'delete', 'get', 'list', 'update', 'watch'] },
    { groups: [''], resources: ['endpoints/restricted'], verbs: ['create'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const { client } = context;
    const { writes, triggers } = memory(context);
    const id = keyText(key);
    const cache = context.cache(Endpoints);
    const service = context.cache(Service).get(key);
    const current = cache.get(key);
    if (service === undefined) {
      triggers.forget(key);
      writes.forget(id);
      // Endpoints that somebody else made need no service, and are not ours to delete.
      if (current?.metadata.labels?.[managedBy] !== managerName || current.metadata.annotations?.[leaderAnnotation] !== undefined) return;
      const { uid } = current.metadata;
      return await client.delete(Endpoints, key, { preconditions: { uid } }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
    if (!selectsPods(service)) return;
    if (!writes.settled(id)) return { afterMs: recheckMs };

    const pods = podsOf(service, context);
    const trigger = triggers.next(service, pods);
    const { subsets, cut } = truncated(subsetsOf(service, pods));
    const labels = { ...service.metadata.labels, ...(isHeadless(service) ? { [headlessLabel]: '' } : {}), [managedBy]: managerName };
    const { [triggerTimeAnnotation]: _, [overCapacity]: wasCut, ...others } = current?.metadata.annotations ?? {};
    if (
      current !== undefined &&
      sameJson(current.subsets ?? [], subsets) &&
      sameJson(current.metadata.labels, labels) &&
      (wasCut !== undefined) === cut
    )
      return;
    const annotations = {
      ...others,
      ...(trigger === undefined ? {} : { [triggerTimeAnnotation]: trigger }),
      ...(cut ? { [overCapacity]: 'truncated' } : {}),
    };
    try {
      const written =
        current === undefined
          ? await client.create(Endpoints, { metadata: { name: key.name, namespace: key.namespace, labels, annotations }, subsets })
          : await client.update(Endpoints, { ...current, metadata: { ...current.metadata, labels, annotations }, subsets });
      writes.wrote(id, cache, written);
    } catch (error) {
      if (error instanceof StatusError && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) return;
      const [reason, verb] =
        current === undefined ? ['FailedToCreateEndpoint', 'create endpoint for service'] : ['FailedToUpdateEndpoint', 'update endpoint'];
      context.events.event(
        current ?? service,
        'Warning',
        reason,
        `Failed to ${verb} ${id}: ${error instanceof Error ? error.message : String(error)}`,
      );
      throw error;
    }
  },
});
