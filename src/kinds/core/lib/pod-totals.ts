import { addLists, maxLists, type ResourceList } from './resource-lists.ts';

interface ContainerLike {
  readonly name: string;
  readonly restartPolicy?: string | undefined;
}
interface SpecLike<C> {
  readonly containers?: readonly C[] | undefined;
  readonly initContainers?: readonly C[] | undefined;
}
/** An init container that keeps running beside the others (KEP-753). */
export const isSidecar = ({ restartPolicy }: ContainerLike): boolean => restartPolicy === 'Always';

/** Sum over containers and sidecars, or the peak while init containers run, whichever is more (KEP-753). Exact, unlike `podAmounts`. */
export function containerTotals<C extends ContainerLike>(
  spec: SpecLike<C>,
  amounts: (container: C) => ResourceList | undefined,
): ResourceList {
  let total: ResourceList = {};
  let peak: ResourceList = {};
  let sidecars: ResourceList = {};
  for (const container of spec.containers ?? []) total = addLists(total, amounts(container));
  for (const container of spec.initContainers ?? []) {
    const together = addLists(sidecars, amounts(container));
    if (isSidecar(container)) {
      total = addLists(total, amounts(container));
      sidecars = together;
    }
    peak = maxLists(peak, together);
  }
  return maxLists(total, peak);
}
/** Resources that a pod may state as a whole (KEP-2837). */
export const isPodLevelResource = (name: string): boolean => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
