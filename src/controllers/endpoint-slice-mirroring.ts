import { type Key, keyText } from '../api/meta.ts';
import { isNotFound, StatusError } from '../api/status.ts';
import { type ControllerContext, defineController, type Result } from '../client/controller.ts';
import { Endpoints } from '../kinds/core/endpoints.ts';
import { Service } from '../kinds/core/service.ts';
import { EndpointSlice } from '../kinds/discovery/endpoint-slice.ts';
import { managedByLabel, serviceNameLabel } from './lib/endpoint-slice-plan.ts';
import { type MirrorPlan, mirrorManager, mostMirrored, planMirror } from './lib/mirrored-slices.ts';
import { OwnWrites } from './lib/own-writes.ts';
import { perContext } from './lib/per-context.ts';

const recheckMs = 5_000;
const indexName = 'mirrored';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';

const mirrorOf = ({ metadata }: EndpointSlice): string | undefined =>
  metadata.labels?.[managedByLabel] === mirrorManager ? metadata.labels[serviceNameLabel] : undefined;
const memory = perContext((context) => {
  const informer = context.informers.of(EndpointSlice);
  informer.index(indexName, (slice) => {
    const name = mirrorOf(slice);
    return name === undefined ? [] : [keyText({ namespace: slice.metadata.namespace, name })];
  });
  return { slices: informer.cache, writes: new OwnWrites(context.clock) };
});

/** Endpoints whose slices nobody else makes: of a service without a selector, by somebody who does not ask for none. */
function mirrored(key: Key, { cache }: ControllerContext): Endpoints | undefined {
  const endpoints = cache(Endpoints).get(key);
  const { labels = {}, annotations = {} } = endpoints?.metadata ?? {};
  if (labels[skipLabel] === 'true' || annotations[leaderAnnotation] !== undefined) return undefined;
  const service = cache(Service).get(key);
  return service !== undefined && Object.keys(service.spec.selector ?? {}).length === 0 ? endpoints : undefined;
}

async function mirror(key: Key, context: ControllerContext): Promise<Result> {
  const { client, events } = context;
  const { slices, writes } = memory(context);
  const id = keyText(key);
  if (!writes.settled(id)) return { afterMs: recheckMs };
  const existing = slices.byIndex(indexName, id).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const endpoints = mirrored(key, context);
  const plan = endpoints === undefined ? { create: [], update: [], remove: existing } : planMirror(endpoints, existing);
  if (endpoints !== undefined && 'invalid' in plan) {
    const warn = (reason: string, message: string) => events.event(endpoints, 'Warning', reason, message);
    if (plan.invalid > 0) warn('InvalidIPAddress', `Skipped ${plan.invalid} invalid IP addresses when mirroring to EndpointSlices`);
    const most = `A max of ${mostMirrored} addresses can be mirrored to EndpointSlices per Endpoints subset`;
    if (plan.tooMany > 0) warn('TooManyAddressesToMirror', `${most}. ${plan.tooMany} addresses were skipped`);
  }
  const isGoing = endpoints?.metadata.deletionTimestamp !== undefined;
  const create: MirrorPlan['create'] = isGoing ? [] : plan.create;
  for (const slice of create) writes.wrote(id, slices, await client.create(EndpointSlice, slice));
  for (const slice of plan.update) writes.wrote(id, slices, await client.update<EndpointSlice>(EndpointSlice, slice));
  for (const slice of plan.remove) {
    await client.delete(EndpointSlice, slice.metadata);
    writes.deleted(id, slices, slice);
  }
  if (endpoints === undefined && existing.length === 0) writes.forget(id);
  return undefined;
}

/** Makes EndpointSlices of Endpoints that users keep by hand (https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#endpointslice-mirroring). */
export const endpointSliceMirroring = defineController<Endpoints>({
  name: 'endpoint-slice-mirroring-controller',
  account: 'endpointslicemirroring-controller',
  for: Endpoints,
  watches: [
    { kind: Service, map: ({ metadata }: Service) => [metadata] },
    {
      kind: EndpointSlice,
      map(slice: EndpointSlice) {
        const name = mirrorOf(slice);
        return name === undefined ? [] : [{ namespace: slice.metadata.namespace, name }];
      },
    },
  ],
  can: [
    { groups: [''], resources: ['endpoints', 'services'], verbs: ['get', 'list', 'watch'] },
    { groups: [''], resources: ['endpoints/finalizers', 'services/finalizers'], verbs: ['update'] },
    { groups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['create', 'delete', 'get', 'list', 'update', 'watch'] },
  ],
  async reconcile(key, context) {
    try {
      return await mirror(key, context);
    } catch (error) {
      const ending = error instanceof StatusError && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating');
      if (!ending && !isNotFound(error)) throw error;
      return undefined;
    }
  },
});
