import { goQuote } from '../api/go-text.ts';
import { controllerOf, type Key, keyText } from '../api/meta.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { Pod } from '../kinds/core/pod.ts';
import {
  isReservedFor,
  podClaimAnnotation,
  resourceClaimName,
  resourceClaimNames,
  whyNotMadeFor,
} from '../kinds/resource/lib/pod-resource-claims.ts';
import { ResourceClaim } from '../kinds/resource/resource-claim.ts';
import { ResourceClaimTemplate } from '../kinds/resource/resource-claim-template.ts';
import { ownedBy, ownedCache } from './lib/owned.ts';
import { OwnWrites } from './lib/own-writes.ts';
import { perContext } from './lib/per-context.ts';

type PodClaim = NonNullable<Pod['spec']['resourceClaims']>[number];

const index = 'resource-claim/pods';
const longestBase = 57;
const recheckMs = 1_000;
const memory = perContext((context) => ({ writes: new OwnWrites(context.clock), claims: ownedCache(context, ResourceClaim) }));

const ofClaim = (key: Key) => `claim/${keyText(key)}`;
const ofTemplate = (key: Key) => `template/${keyText(key)}`;

/** Pods that use a claim, or a template of claims. */
function podsBy(value: string, { informers }: ControllerContext): readonly Key[] {
  const informer = informers.of(Pod);
  informer.index(index, (pod) => {
    const { namespace } = pod.metadata;
    const templates = (pod.spec.resourceClaims ?? []).flatMap(({ resourceClaimTemplateName: name }) => name ?? []);
    return [
      ...resourceClaimNames(pod).map((name) => ofClaim({ namespace, name })),
      ...templates.map((name) => ofTemplate({ namespace, name })),
    ];
  });
  return informer.cache.byIndex(index, value).map(({ metadata }) => metadata);
}

/** Base of a generated name; a long one loses of both parts, so that each can still be told. */
function baseName(podName: string, claimName: string): string {
  const whole = `${podName}-${claimName}-`;
  if (whole.length <= longestBase) return whole;
  const cut = (text: string) => text.slice(0, Math.floor((text.length * longestBase) / whole.length));
  return `${cut(podName)}-${cut(claimName)}`;
}

/** The claim made for a pod's claim, now or before; undefined when there is nothing to make. */
async function ensure(pod: Pod, podClaim: PodClaim, context: ControllerContext): Promise<ResourceClaim | undefined> {
  const { writes, claims } = memory(context);
  const { namespace } = pod.metadata;
  const name = resourceClaimName(pod, podClaim);
  const known = typeof name === 'string' ? claims.get({ namespace, name }) : undefined;
  const template = podClaim.resourceClaimTemplateName;
  if (template === undefined || name === null) return undefined;
  if (known !== undefined && whyNotMadeFor(pod, known) === undefined) return undefined;
  const made = ownedBy(claims, pod).find(({ metadata }) => metadata.annotations?.[podClaimAnnotation] === podClaim.name);
  if (made !== undefined) return made;
  const found = context.cache(ResourceClaimTemplate).get({ namespace, name: template });
  if (found === undefined) {
    const notFound = `resourceclaimtemplate.resource.k8s.io ${goQuote(template)} not found`;
    throw new Error(`resource claim template ${goQuote(template)}: ${notFound}`);
  }
  const { labels, annotations } = found.spec.metadata ?? {};
  const { name: podName, uid } = pod.metadata;
  try {
    const claim = await context.client.create(ResourceClaim, {
      metadata: {
        generateName: baseName(podName, podClaim.name),
        namespace,
        labels,
        annotations: { ...annotations, [podClaimAnnotation]: podClaim.name },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: podName, uid, controller: true }],
      },
      spec: found.spec.spec,
    } as never);
    writes.wrote(keyText(pod.metadata), claims, claim);
    return claim;
  } catch (error) {
    throw new Error(`create ResourceClaim : ${(error as Error).message}`, { cause: error });
  }
}

/** Makes what is missing and writes down its names. */
async function provide(pod: Pod, context: ControllerContext): Promise<void> {
  const { namespace, name } = pod.metadata;
  const made = new Map<string, string>();
  for (const podClaim of pod.spec.resourceClaims ?? []) {
    try {
      const claim = await ensure(pod, podClaim, context);
      if (claim !== undefined) made.set(podClaim.name, claim.metadata.name);
    } catch (error) {
      const message = `PodResourceClaim ${podClaim.name}: ${(error as Error).message}`;
      context.events.event(pod, 'Warning', 'FailedResourceClaimCreation', message);
      throw error;
    }
  }
  if (made.size === 0) return;
  const kept = (pod.status.resourceClaimStatuses ?? []).filter((one) => !made.has(one.name));
  const added = [...made].map(([claim, resourceClaim]) => ({ name: claim, resourceClaimName: resourceClaim }));
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, status: { resourceClaimStatuses: [...kept, ...added] } };
  const options = { subresource: 'status', fieldManager: 'ResourceClaimController', force: true };
  await context.client.patch(Pod, { namespace, name }, 'apply', body, options);
}

/** Pods that came to their node without the scheduler get their claims reserved here. */
async function reserve(pod: Pod, context: ControllerContext): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  for (const podClaim of pod.spec.resourceClaims ?? []) {
    const claimName = resourceClaimName(pod, podClaim);
    const claim = claimName ? context.cache(ResourceClaim).get({ namespace, name: claimName }) : undefined;
    if (claim === undefined || claim.status.allocation === undefined || isReservedFor(pod, claim)) continue;
    const foreign = podClaim.resourceClaimName === undefined ? whyNotMadeFor(pod, claim) : undefined;
    if (foreign !== undefined) throw new Error(foreign);
    const reservedFor = [...(claim.status.reservedFor ?? []), { resource: 'pods', name, uid }];
    await context.client.updateStatus(ResourceClaim, { ...claim, status: { ...claim.status, reservedFor } } as never);
  }
}

/**
 * Makes the claims that pods ask for by templates.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
 */
export const resourceClaim = defineController<Pod>({
  name: 'resourceclaim-controller',
  account: 'resource-claim-controller',
  eventSource: 'resource_claim',
  for: Pod,
  watches: [
    {
      kind: ResourceClaim,
      map: (claim: ResourceClaim, context) => {
        const owner = controllerOf(claim);
        const own = owner?.kind === 'Pod' ? [{ namespace: claim.metadata.namespace, name: owner.name }] : [];
        return [...own, ...podsBy(ofClaim(claim.metadata), context)];
      },
    },
    { kind: ResourceClaimTemplate, map: ({ metadata }: ResourceClaimTemplate, context) => podsBy(ofTemplate(metadata), context) },
  ],
  can: [
    { groups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    { groups: [''], resources: ['pods/finalizers'], verbs: ['update'] },
    { groups: [''], resources: ['pods/status'], verbs: ['update', 'patch'] },
    { groups: ['resource.k8s.io'], resources: ['resourceclaims'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
    { groups: ['resource.k8s.io'], resources: ['resourceclaims', 'resourceclaims/status'], verbs: ['update', 'patch'] },
    { groups: ['resource.k8s.io'], resources: ['resourceclaims/binding'], verbs: ['update', 'patch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const { writes } = memory(context);
    const id = keyText(key);
    const pod = context.cache(Pod).get(key);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || (pod.spec.resourceClaims ?? []).length === 0) {
      return writes.forget(id);
    }
    if (!writes.settled(id)) return { afterMs: recheckMs };
    await provide(pod, context);
    if (pod.spec.nodeName) await reserve(pod, context);
  },
});
