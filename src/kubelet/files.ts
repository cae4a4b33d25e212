import type { Mount } from './runtime.ts';
import type { AnyContainer, BackedVolume, Pod } from './types.ts';

/** What the kubelet keeps on disk for pods; simulated nodes keep nothing. */
export interface PodFiles {
  /** Folder for the logs of a pod's containers; made if needed. */
  logDirectory(pod: Pod): Promise<string>;
  /** Sets up or refreshes all volumes of a pod, given with what is behind its claims. Throws Error with a message for event FailedMount. */
  setUpVolumes(pod: Pod, volumes: readonly BackedVolume[]): Promise<void>;
  /** Mounts of one container: volumes with subPath, /etc/hosts, termination log. */
  mountsFor(
    pod: Pod,
    container: AnyContainer,
    environment: ReadonlyMap<string, string>,
    instance: ContainerInstance,
  ): Promise<readonly Mount[]>;
  /** Content of the termination message file of a container instance, '' when there is none. */
  terminationMessage(path: string): Promise<string>;
  /** Last lines of a CRI log file, at most 80 lines and 2048 bytes. */
  logTail(path: string): Promise<string>;
  /** Unmounts and removes everything of a pod but its logs. */
  tearDown(podUid: string): Promise<void>;
  /** Removes the logs of a pod. */
  removeLogs(pod: { readonly namespace: string; readonly name: string; readonly uid: string }): Promise<void>;
  /** Uids of pods that have files here. */
  podUids(): Promise<readonly string[]>;
}
export interface ContainerInstance {
  readonly attempt: number;
  readonly podIps: readonly string[];
  readonly hostname: string;
  readonly domain: string;
}

/** For nodes that only pretend. */
export const noFiles: PodFiles = {
  logDirectory: async (pod) => `/var/log/pods/${pod.metadata.uid}`,
  setUpVolumes: async () => undefined,
  mountsFor: async () => [],
  terminationMessage: async () => '',
  logTail: async () => '',
  tearDown: async () => undefined,
  removeLogs: async () => undefined,
  podUids: async () => [],
};
