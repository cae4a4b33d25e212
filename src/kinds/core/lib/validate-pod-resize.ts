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

function* validateContainer(now: Container, before: Container, field: 'containers' | 'initContainers', index: number): Errors {
  const path = `spec.${field}[${index}]`;
  for (const list of ['requests', 'limits'] as const)
    if (removed(now.resources[list], before.resources[list]))
      yield fieldError.forbidden(`${path}.resources.${list}`, `resource ${list} cannot be removed`);
  if (!sameOrEmpty({ ...now, resources: keepOthers(now.resources, before.resources) }, before)) {
    if (field === 'containers') yield fieldError.forbidden('spec', 'only cpu and memory resources are mutable');
    else yield fieldError.forbidden(path, 'only cpu and memory resources for init or sidecar containers are mutable');
  }
}

function* validatePodLevel(now: ResourceRequirements | undefined, before: ResourceRequirements | undefined): Errors {
  if (before !== undefined && now === undefined)
    return yield fieldError.forbidden('spec.resources', 'pod-level resources cannot be removed');
  for (const list of ['requests', 'limits'] as const)
    if (removed(now?.[list], before?.[list]))
      yield fieldError.forbidden(`spec.resources.${list}`, `pod-level resource ${list} cannot be removed`);
  if (now !== undefined && !sameOrEmpty(keepOthers(now, before ?? {}), before ?? {}))
    yield fieldError.forbidden('spec', 'only cpu and memory resources are mutable at pod-level');
}

/** ValidatePodResize (KEP-1287): cpu and memory of running containers change in place. */
export function* validateResize(pod: PodLike, old: PodLike, validateWhole: (pod: PodLike) => Errors): Errors {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return yield fieldError.forbidden('[]', 'static pods cannot be resized');
  if (old.spec.os?.name === 'windows') return yield fieldError.forbidden('[]', 'windows pods cannot be resized');
  yield* validateWhole(pod);
  if ((old.status.qosClass ?? podQos(old.spec)) !== podQos(pod.spec))
    yield fieldError.invalid('spec', pod.status.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing');
  const running = old.status.containerStatuses?.find((status) => status.state.running !== undefined);
  if (running !== undefined && running.resources === undefined)
    yield fieldError.forbidden('spec', 'Pod running on node without support for resize');
  yield* validatePodLevel(pod.spec.resources, old.spec.resources);
  const order = [...validateOrder(pod, old)];
  if (order.length > 0) return yield* order;
  for (const field of ['initContainers', 'containers'] as const)
    for (const [index, before] of (old.spec[field] ?? []).entries())
      yield* validateContainer(pod.spec[field]![index]!, before, field, index);
}
