import { restartsAfter } from './restart-policy.ts';
import type { Container, ContainerStatusV1, Pod } from './types.ts';
import { containersOf, initContainersOf, isSidecar } from './types.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';
type Terminated = NonNullable<NonNullable<ContainerStatusV1['state']>['terminated']>;

/** The phase that the containers' states add up to. `terminal`: nothing of the pod will be started again. */
export function phaseOf(pod: Pod, statuses: readonly ContainerStatusV1[], terminal: boolean, initialized: boolean): Phase {
  const find = (container: Container) => statuses.find((status) => status.name === container.name);
  const restarts = (container: Container, ended: Terminated) =>
    restartsAfter(container, pod, ended.exitCode) || ended.reason === 'RestartingAllContainers';
  let pendingInit = 0;
  let pendingSidecars = 0;
  let failedInit = 0;
  let unknown = 0;
  let running = 0;
  let waiting = 0;
  for (const container of initContainersOf(pod)) {
    const status = find(container);
    const last = status?.lastState?.terminated;
    if (isSidecar(container)) {
      if (status?.state === undefined) unknown++;
      else if (status.state.running !== undefined) {
        if (status.started !== true) pendingSidecars++;
        running++;
      } else if (status.state.waiting !== undefined && last === undefined) {
        pendingSidecars++;
        waiting++;
      }
      continue;
    }
    const ended = status?.state?.terminated ?? (status?.state?.waiting === undefined ? undefined : last);
    if (ended === undefined) pendingInit++;
    else if (ended.exitCode !== 0 && !restarts(container, ended)) failedInit++;
  }
  let stopped = 0;
  let finished = 0;
  let succeeded = 0;
  for (const container of containersOf(pod)) {
    const state = find(container)?.state;
    const last = find(container)?.lastState?.terminated;
    if (state?.running !== undefined) running++;
    else if (state?.terminated !== undefined) {
      stopped++;
      if (!restarts(container, state.terminated)) finished++;
      if (state.terminated.exitCode === 0) succeeded++;
    } else if (state?.waiting !== undefined) {
      if (last === undefined) waiting++;
      else {
        stopped++;
        if (!restarts(container, last)) finished++;
      }
    } else unknown++;
  }
  if (failedInit > 0) return 'Failed';
  if (pendingInit > 0 || (pendingSidecars > 0 && !initialized) || waiting > 0) return 'Pending';
  if (running > 0 && unknown === 0) return 'Running';
  if (running === 0 && stopped > 0 && unknown === 0) {
    if (!terminal && stopped !== finished) return 'Running';
    return stopped === succeeded ? 'Succeeded' : 'Failed';
  }
  return 'Pending';
}
