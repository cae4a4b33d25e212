import { keyText } from '../api/meta.ts';
import { isNotFound, StatusError } from '../api/status.ts';
import { defineController } from '../client/controller.ts';
import { Node } from '../kinds/core/node.ts';
import { Pod } from '../kinds/core/pod.ts';
import { Service } from '../kinds/core/service.ts';
import { EndpointSlice } from '../kinds/discovery/endpoint-slice.ts';
import { addressTypes, managedByLabel, managerName, planSlices, type SlicePlan, serviceNameLabel } from './lib/endpoint-slice-plan.ts';
import { OwnWrites } from './lib/own-writes.ts';
import { perContext } from './lib/per-context.ts';
import { podsOf, selectsPods, servicesOf, TriggerTimes, triggerTimeAnnotation } from './lib/service-pods.ts';

const recheckMs = 5_000;
const indexName = 'service';
const serviceOf = ({ metadata }: EndpointSlice): string | undefined =>
  metadata.labels?.[managedByLabel] === managerName ? metadata.labels[serviceNameLabel] : undefined;

const memory = perContext((context) => {
  const informer = context.informers.of(EndpointSlice);
  informer.index(indexName, (slice) => {
    const name = serviceOf(slice);
    return name === undefined ? [] : [keyText({ namespace: slice.metadata.namespace, name })];
  });
  return { slices: informer.cache, writes: new OwnWrites(context.clock), triggers: new TriggerTimes() };
});

/**
 * Keeps the EndpointSlices of services that select pods.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
export const endpointSlice = defineController<Service>({
  name: 'endpointslice-controller',
  for: Service,
  watches: [
    { kind: Pod, map: servicesOf },
    {
      kind: EndpointSlice,
      map(slice: EndpointSlice) {
        const name = serviceOf(slice);
        return name === undefined ? [] : [{ namespace: slice.metadata.namespace, name }];
      },
    },
  ],
  reads: [Node],
  can: [
    { groups: [''], resources: ['nodes', 'pods', 'services'], verbs: ['get', 'list', 'watch'] },
    { groups: [''], resources: ['services/finalizers'], verbs: ['update'] },
    { groups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['create', 'delete', 'get', 'list', 'update', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const { client } = context;
    const { slices, writes, triggers } = memory(context);
    const id = keyText(key);
    const service = context.cache(Service).get(key);
    if (service === undefined) {
      triggers.forget(key);
      return writes.forget(id);
    }
    if (!selectsPods(service)) return;
    if (!writes.settled(id)) return { afterMs: recheckMs };

    const nodes = context.cache(Node);
    const selected = podsOf(service, context);
    const trigger = triggers.next(service, selected);
    // a pod whose node is not known yet has no zone: left out until it is
    const known = (pod: Pod) =>
      !pod.spec.nodeName || service.spec.publishNotReadyAddresses === true || nodes.get({ name: pod.spec.nodeName }) !== undefined;
    const pods = selected.filter(known);
    const annotated = (annotations: Readonly<Record<string, string>> | undefined) => {
      const { [triggerTimeAnnotation]: _, ...rest } = annotations ?? {};
      return trigger === undefined ? rest : { ...rest, [triggerTimeAnnotation]: trigger };
    };
    const carryOut = async ({ create, update, remove }: SlicePlan) => {
      for (const slice of service.metadata.deletionTimestamp === undefined ? create : []) {
        const created = await client.create(EndpointSlice, {
          ...slice,
          metadata: { ...slice.metadata, annotations: annotated(undefined) },
        });
        writes.wrote(id, slices, created);
      }
      for (const slice of update) {
        const metadata = { ...slice.metadata, annotations: annotated(slice.metadata.annotations) };
        writes.wrote(id, slices, await client.update(EndpointSlice, { ...slice, metadata }));
      }
      for (const slice of remove) {
        await client.delete(EndpointSlice, slice.metadata, { preconditions: { uid: slice.metadata.uid } });
        writes.deleted(id, slices, slice);
      }
    };
    const existing = slices.byIndex(indexName, id).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const types = addressTypes(service);
    try {
      for (const type of types) {
        const ofType = existing.filter(({ addressType }) => addressType === type);
        await carryOut(planSlices(service, type, ofType, pods, (name) => nodes.get({ name })));
      }
      await carryOut({ create: [], update: [], remove: existing.filter(({ addressType }) => !types.includes(addressType)) });
    } catch (error) {
      const ending = error instanceof StatusError && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating');
      if (ending || isNotFound(error)) return;
      context.events.event(
        service,
        'Warning',
        'FailedToUpdateEndpointSlices',
        `Error updating Endpoint Slices for Service ${id}: ${String(error)}`,
      );
      throw error;
    }
    return pods.length < selected.length ? { afterMs: 1_000 } : undefined;
  },
});
