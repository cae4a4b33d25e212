import { formatTime } from '../api/gotime.ts';
import { annotationNames } from './labels.ts';
import type { ObservedPod } from './observed.ts';
import { latest } from './observed.ts';
import { anyRegularCreated } from './pod-actions.ts';
import { shouldStart } from './restart-policy.ts';
import type { ContainerStatus } from './runtime.ts';
import type { AnyContainer, ContainerStateV1, ContainerStatusV1, Pod, ResourceRequirements } from './types.ts';
import { initContainersOf, isDeleted, isSidecar } from './types.ts';

/** Why a container could not be started, as shown in its waiting state. */
export interface StartFailure {
  readonly reason: string;
  readonly message: string;
  /** Not tried again before this time of the monotonic clock, unless the image was changed. */
  readonly retryAtMs?: number;
  readonly image?: string | undefined;
}
export interface ContainerInputs {
  readonly old: readonly ContainerStatusV1[];
  readonly failures: ReadonlyMap<string, StartFailure>;
  /** Termination message of an ended instance. */
  readonly messageOf: (containerId: string) => string;
  readonly isInit: boolean;
  readonly runtimeName: string;
  readonly resetting: boolean;
  /** What is applied to a running container where that differs from the spec. */
  readonly resourcesOf?: (containerId: string) => ResourceRequirements | undefined;
}

const lost = {
  reason: 'ContainerStatusUnknown',
  exitCode: 137,
  startedAt: null as never,
  finishedAt: null as never,
} as const;
export const restartCountOf = (status: ContainerStatus): number => {
  const text = status.annotations[annotationNames.restartCount];
  const count = text === undefined ? status.attempt : Number.parseInt(text, 10);
  return Number.isFinite(count) ? count : status.attempt;
};

function stateOf(status: ContainerStatus, inputs: ContainerInputs): ContainerStateV1 {
  if (status.state === 'RUNNING') return { running: { startedAt: formatTime(status.startedAtMs) } };
  if (status.state !== 'EXITED') return { waiting: {} };
  return {
    terminated: {
      exitCode: status.exitCode,
      reason: status.reason || (status.exitCode === 0 ? 'Completed' : 'Error'),
      ...(inputs.messageOf(status.id) === '' ? {} : { message: inputs.messageOf(status.id) }),
      startedAt: status.startedAtMs > 0 ? formatTime(status.startedAtMs) : formatTime(0),
      finishedAt: formatTime(status.finishedAtMs),
      containerID: `${inputs.runtimeName}://${status.id}`,
    },
  };
}

const volumeMountsOf = (container: AnyContainer): ContainerStatusV1['volumeMounts'] =>
  (container.volumeMounts ?? []).map((mount) => ({
    name: mount.name,
    mountPath: mount.mountPath,
    ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: mount.recursiveReadOnly === 'Enabled' ? 'Enabled' : 'Disabled' } : {}),
  }));

type Draft = { -readonly [K in keyof ContainerStatusV1]: ContainerStatusV1[K] };

function unseen(pod: Pod, container: AnyContainer, old: ContainerStatusV1 | undefined, inputs: ContainerInputs): Draft {
  const waiting = initContainersOf(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const status: Draft = {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    started: false,
    restartCount: old?.restartCount ?? 0,
    state: { waiting: { reason: waiting } },
    lastState: old?.lastState ?? {},
    ...((container.volumeMounts ?? []).length > 0 ? { volumeMounts: volumeMountsOf(container) } : {}),
  };
  if (old === undefined) return status;
  if (inputs.resetting && old.state?.waiting === undefined) {
    const terminated = {
      ...lost,
      reason: 'RestartingAllContainers',
      message: 'The container is removed because RestartAllContainers in place',
    };
    status.state = { waiting: { reason: terminated.reason, message: terminated.message } };
    status.lastState = { terminated: { ...terminated, startedAt: formatTime(0), finishedAt: formatTime(0) } };
    status.restartCount++;
    return status;
  }
  if (old.state?.terminated !== undefined) return { ...old };
  if (old.state?.running === undefined || old.lastState?.terminated !== undefined) return status;
  const message = 'The container could not be located when the pod was deleted.  The container used to be Running';
  status.lastState = { terminated: { ...lost, message, startedAt: formatTime(0), finishedAt: formatTime(0) } };
  if (!isDeleted(pod)) status.restartCount++;
  return status;
}

function seen(
  container: AnyContainer,
  now: ContainerStatus,
  before: ContainerStatus | undefined,
  old: ContainerStatusV1 | undefined,
  inputs: ContainerInputs,
): Draft {
  let lastState = before === undefined ? {} : stateOf(before, inputs);
  const containerID = `${inputs.runtimeName}://${now.id}`;
  let restartCount = restartCountOf(now);
  if (before === undefined && old !== undefined) {
    if (old.containerID !== containerID && old.state?.terminated !== undefined) lastState = { terminated: old.state.terminated };
    else if (old.lastState?.terminated !== undefined) lastState = { terminated: old.lastState.terminated };
    restartCount = Math.max(restartCount, old.restartCount ?? 0);
  }
  const resources = inputs.resourcesOf?.(now.id) ?? container.resources;
  const mounts = old?.volumeMounts ?? volumeMountsOf(container);
  const requests = container.resources?.requests;
  return {
    name: container.name,
    image: now.image,
    imageID: now.imageRef,
    containerID,
    ready: false,
    restartCount,
    state: stateOf(now, inputs),
    lastState,
    ...(resources === undefined ? {} : { resources }),
    ...(requests === undefined || Object.keys(requests).length === 0 ? {} : { allocatedResources: requests }),
    ...(mounts === undefined || mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}

/** Statuses of `containers`, in their order for init containers and by name for others. Readiness is filled in by the caller. */
export function containerStatuses(pod: Pod, observed: ObservedPod, containers: readonly AnyContainer[], inputs: ContainerInputs): Draft[] {
  const statuses = containers.map((container) => {
    const old = inputs.old.find((one) => one.name === container.name);
    const [now, before] = observed.containers.filter((one) => one.name === container.name);
    let status = now === undefined ? unseen(pod, container, old, inputs) : seen(container, now, before, old, inputs);
    const waiting = status.state?.waiting !== undefined;
    if (inputs.isInit && now === undefined && waiting && !isSidecar(container) && anyRegularCreated(pod, observed)) {
      const message =
        'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally';
      const terminated = { reason: 'Completed', message, exitCode: 0, startedAt: formatTime(0), finishedAt: formatTime(0) };
      return { ...status, state: { terminated } };
    }
    if (inputs.isInit && latest(observed, container.name)?.state === 'EXITED' && now?.exitCode === 0) return status;
    const failure = inputs.failures.get(container.name);
    if (failure !== undefined && shouldStart(container, pod, observed)) {
      const terminated = status.state?.terminated;
      status = {
        ...status,
        ...(terminated === undefined ? {} : { lastState: { terminated } }),
        state: { waiting: { reason: failure.reason, ...(failure.message === '' ? {} : { message: failure.message }) } },
      };
    }
    return status;
  });
  return inputs.isInit ? statuses : statuses.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
