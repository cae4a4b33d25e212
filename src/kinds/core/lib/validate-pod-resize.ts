import { fieldError } from '../../../api/status.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import type { Errors } from '../../lib/validate.ts';
import type { Container } from '../shapes/container.ts';
import type { ResourceRequirements } from '../shapes/resources.ts';
import { podQos } from './pod-qos.ts';
import type { PodLike } from './pod-types.ts';
import { mirrorAnnotation } from './validate-pod-annotations.ts';

type ResourceList = Readonly<Record<string, string>> | undefined;
const removed = (now: ResourceList, before: ResourceList) => Object.keys(before ?? {}).some((name) => now?.[name] === undefined);

/** With cpu and memory as they were: what differs then may not. */
function keepOthers(now: ResourceRequirements, before: ResourceRequirements): ResourceRequirements {
  const merge = (list: ResourceList, old: ResourceList): ResourceList => {
    const { cpu: _, memory: __, ...rest } = list ?? {};
    const merged = {
      ...rest,
      ...(old?.cpu === undefined ? {} : { cpu: old.cpu }),
      ...(old?.memory === undefined ? {} : { memory: old.memory }),
    };
    return Object.keys(merged).length === 0 ? undefined : merged;
  };
  return { ...now, limits: merge(now.limits, before.limits), requests: merge(now.requests, before.requests) };
}
/** The claims of a container that has any are lost on the way, so that it is refused, as upstream. */
const keepOthersOf = (now: Container, before: Container): Container => ({
  ...now,
  resources: keepOthers({ ...now.resources, claims: undefined }, before.resources),
});

function* validateOrder(pod: PodLike, old: PodLike): Errors {
  for (const field of ['containers', 'initContainers'] as const) {
    const now = pod.spec[field] ?? [];
    const before = old.spec[field] ?? [];
    if (now.length !== before.length) yield fieldError.forbidden(`spec.${field}`, `${field} may not be added or removed on resize`);
    else
      for (const [index, { name }] of before.entries())
        if (now[index]!.name !== name)
          yield fieldError.forbidden(`spec.${field}[${index}].name`, `${field} may not be renamed or reordered on resize`);
  }
}

function* validateRemoved(now: readonly Container[], before: readonly Container[], path: string): Errors {
  for (const [index, { resources }] of before.entries())
    for (const list of ['requests', 'limits'] as const)
      if (removed(now[index]!.resources[list], resources[list]))
        yield fieldError.forbidden(`${path}[${index}].resources.${list}`, `resource ${list} cannot be removed`);
}
function* validateInitContainer(now: Container, before: Container, path: string): Errors {
  const kept = keepOthersOf(now, before);
  if (!sameOrEmpty(kept, before))
    yield fieldError.forbidden(path, 'only cpu and memory resources for init or sidecar containers are mutable');
  if (now.restartPolicy === 'Always' || sameOrEmpty(now, before)) return;
  for (const { restartPolicy } of now.resizePolicy ?? [])
    if (restartPolicy === 'RestartContainer')
      yield fieldError.forbidden(path, 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized');
}

type PodResources = ResourceRequirements | undefined;
const statesAny = (one: PodResources) => Object.keys({ ...one?.requests, ...one?.limits }).length > 0;
/** Of the pod as a whole; nothing where all that is said may change, and nothing was said before. */
function keepOthersOfPod(now: PodResources, before: PodResources): PodResources {
  if (now === undefined || !(statesAny(now) || statesAny(before))) return now;
  const kept = keepOthers(now, before ?? {});
  return before === undefined && !statesAny(kept) && (kept.claims ?? []).length === 0 ? undefined : kept;
}
function* validatePodLevel(now: PodResources, before: PodResources): Errors {
  if (!statesAny(now) && !statesAny(before)) return;
  if (before !== undefined && now === undefined)
    return yield fieldError.forbidden('spec.resources', 'pod-level resources cannot be removed');
  for (const list of ['requests', 'limits'] as const)
    if (removed(now?.[list], before?.[list]))
      yield fieldError.forbidden(`spec.resources.${list}`, `pod-level resource ${list} cannot be removed`);
  if (!sameOrEmpty({ resources: keepOthersOfPod(now, before) }, { resources: before }))
    yield fieldError.forbidden('spec', 'only cpu and memory resources are mutable at pod-level');
}

function* validateChanges(pod: PodLike, old: PodLike): Errors {
  if ((old.status.qosClass ?? podQos(old.spec)) !== podQos(pod.spec))
    yield fieldError.invalid('spec', pod.status.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing');
  const running = old.status.containerStatuses?.find((status) => status.state.running !== undefined);
  if (running !== undefined && running.resources === undefined)
    yield fieldError.forbidden('spec', 'Pod running on node without support for resize');
  yield* validatePodLevel(pod.spec.resources, old.spec.resources);
  const order = [...validateOrder(pod, old)];
  if (order.length > 0) return yield* order;
  const [now, before] = [pod.spec, old.spec];
  const inits = before.initContainers ?? [];
  yield* validateRemoved(now.initContainers ?? [], inits, 'spec.initContainers');
  yield* validateRemoved(now.containers, before.containers, 'spec.containers');
  for (const [index, container] of before.containers.entries())
    if (!sameOrEmpty(keepOthersOf(now.containers[index]!, container), container)) yield fieldError.forbidden('spec', othersChange);
  for (const [index, container] of inits.entries())
    yield* validateInitContainer(now.initContainers![index]!, container, `spec.initContainers[${index}]`);
}
const othersChange = 'only cpu and memory resources are mutable';

/** ValidatePodResize (KEP-1287): cpu and memory of running containers change in place. */
export function* validateResize(pod: PodLike, old: PodLike, validateWhole: (pod: PodLike, old: PodLike) => Errors): Errors {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return yield fieldError.forbidden('[]', 'static pods cannot be resized');
  if (old.spec.os?.name === 'windows') return yield fieldError.forbidden('[]', 'windows pods cannot be resized');
  const errors = [...validateWhole(pod, old), ...validateChanges(pod, old)];
  if (errors.length > 0) return yield* errors;
  // All else is as it was when the containers and resources are left out.
  const { containers: _, initContainers: __, resources, ...now } = pod.spec;
  const { containers: ___, initContainers: ____, resources: before, ...rest } = old.spec;
  if (!sameOrEmpty({ ...now, resources: keepOthersOfPod(resources, before) }, { ...rest, resources: before }))
    yield fieldError.forbidden('spec', othersChange);
}
