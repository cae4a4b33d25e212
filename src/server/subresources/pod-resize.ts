import type { Subresource } from '../types.ts';
import { partialUpdate } from './lib/partial-update.ts';

/** Takes over resources and resize policies of containers with the same name; nothing else of a container may change here. */
function takeResources(containers: any[] | undefined, from: readonly any[] | undefined): void {
  for (const container of containers ?? []) {
    const wanted = from?.find((candidate) => candidate.name === container.name);
    if (wanted === undefined) continue;
    for (const field of ['resources', 'resizePolicy']) {
      if (wanted[field] === undefined) delete container[field];
      else container[field] = wanted[field];
    }
  }
}

/** pods/{name}/resize: changes CPU and memory of a running pod's containers (KEP-1287). */
export const podResize: Subresource = {
  group: '',
  kind: 'Pod',
  subresource: 'resize',
  verbs: partialUpdate((pod, from) => {
    takeResources(pod.spec.containers, from.spec.containers);
    takeResources(pod.spec.initContainers, from.spec.initContainers);
    if (from.spec.resources !== undefined) pod.spec.resources = from.spec.resources;
  }),
};
