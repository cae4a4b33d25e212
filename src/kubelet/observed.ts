import type { Container, ContainerStatus, PodSandboxStatus, Runtime } from './runtime.ts';

/** Everything the runtime knows about one pod at one moment. */
export interface ObservedPod {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** Newest first. */
  readonly sandboxes: readonly PodSandboxStatus[];
  /** Of every sandbox and attempt, newest first. */
  readonly containers: readonly ContainerStatus[];
  /** Addresses of the newest sandbox. */
  readonly ips: readonly string[];
}

export const noPod = (uid: string, name = '', namespace = ''): ObservedPod => ({
  uid,
  name,
  namespace,
  sandboxes: [],
  containers: [],
  ips: [],
});

/** The newest instance of a container. */
export const latest = (observed: ObservedPod, name: string): ContainerStatus | undefined =>
  observed.containers.find((container) => container.name === name);
export const isRunning = (observed: ObservedPod): boolean =>
  observed.containers.some((container) => container.state === 'RUNNING') || observed.sandboxes.some((sandbox) => sandbox.state === 'READY');

const missing = (error: unknown) => error instanceof Error && (error as { code?: string }).code === 'NotFound';

/**
 * Asks the runtime about one pod. What disappears between two calls is left out. Which instance is the newest is told by the
 * number of the attempt, since the clock that dates them may be set back.
 */
export async function observePod(runtime: Runtime, uid: string): Promise<ObservedPod> {
  const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes({ podUid: uid }), runtime.listContainers({ podUid: uid })]);
  const orUndefined = async <T>(asked: Promise<T>): Promise<T | undefined> => {
    try {
      return await asked;
    } catch (error) {
      if (missing(error)) return undefined;
      throw error;
    }
  };
  const [sandboxStatuses, containerStatuses] = await Promise.all([
    Promise.all(sandboxes.map((sandbox) => orUndefined(runtime.podSandboxStatus(sandbox.id)))),
    Promise.all(containers.map((container: Container) => orUndefined(runtime.containerStatus(container.id)))),
  ]);
  const known = sandboxStatuses
    .filter((sandbox) => sandbox !== undefined)
    .sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAtMs - a.createdAtMs);
  const newest = known[0];
  return {
    uid,
    name: newest?.metadata.name ?? '',
    namespace: newest?.metadata.namespace ?? '',
    sandboxes: known,
    containers: containerStatuses
      .filter((container) => container !== undefined)
      .sort((a, b) => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs),
    ips: newest === undefined || newest.state !== 'READY' ? [] : [newest.ip, ...newest.additionalIps].filter((ip) => ip !== ''),
  };
}
