import type { PodLimits } from './resources.ts';

/** The cgroups above containers. Paths are as the runtime gets them: '/kubepods/burstable/pod<uid>'. */
export interface Cgroups {
  /** Makes the pod's cgroup and sets its limits. Harmless to repeat. */
  ensure(path: string, limits: PodLimits): Promise<void>;
  /** Removes an empty cgroup in every hierarchy; harmless when it is gone. */
  remove(path: string): Promise<void>;
  /** How many processes (and threads) run in it. */
  processes(path: string): Promise<number>;
  /** Pod cgroups under the root, for the removal of what a dead kubelet left. */
  list(root: string): Promise<readonly string[]>;
}
export const noCgroups: Cgroups = {
  ensure: async () => undefined,
  remove: async () => undefined,
  processes: async () => 0,
  list: async () => [],
};
