import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { EventRecorder } from '../client/events.ts';
import type { PersistentVolume } from '../kinds/core/persistent-volume.ts';
import type { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import type { ResourceClaim } from '../kinds/resource/resource-claim.ts';
import type { Cgroups } from './cgroups.ts';
import type { KubeletConfiguration } from './configuration.ts';
import type { PodClaims } from './claims.ts';
import type { ProbeDialer } from './dialer.ts';
import type { EnvService } from './env.ts';
import type { Allocatable } from './field-ref.ts';
import type { PodFiles } from './files.ts';
import type { ImagePuller } from './images.ts';
import type { BackoffTable } from '../base/backoff-table.ts';
import type { ProbeManager } from './probes.ts';
import type { PullSecret } from './pull-secrets.ts';
import type { DnsSettings } from './resolv-conf.ts';
import type { QosCgroups } from './qos-cgroups.ts';
import type { Runtime } from './runtime.ts';
import type { Pod, PodStatus } from './types.ts';

/** Reads the objects that pods refer to. `undefined`: there is none. */
export interface ObjectReader {
  configMap(
    namespace: string,
    name: string,
  ): Promise<{ readonly data: Readonly<Record<string, string>>; readonly binary: Readonly<Record<string, string>> } | undefined>;
  /** Values are base64. */
  secret(namespace: string, name: string): Promise<{ readonly type: string; readonly data: Readonly<Record<string, string>> } | undefined>;
  token(pod: Pod, audience: string, expirationSeconds: number): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
  claim(namespace: string, name: string): Promise<PersistentVolumeClaim | undefined>;
  persistentVolume(name: string): Promise<PersistentVolume | undefined>;
  resourceClaim(namespace: string, name: string): Promise<ResourceClaim | undefined>;
  /** Handler of a RuntimeClass. Throws Error when there is none of that name. */
  runtimeHandler(className: string): Promise<string>;
  services(): readonly EnvService[];
}
export interface PodStatuses {
  /** The status last given, or undefined after a restart. */
  get(uid: string): PodStatus | undefined;
  /** Gives the status to be written soon. Unchanged ones cost nothing. */
  set(pod: Pod, status: PodStatus): void;
  /** Writes what was set where it was not possible before. */
  again(uid: string): void;
  /** Resolves once what was set has been written, or the pod is gone. */
  flushed(uid: string): Promise<void>;
  /** Removes the pod from the API for good. */
  deletePod(pod: Pod): Promise<void>;
  forget(uid: string): void;
}
/** What the workers of all pods share. */
export interface KubeletContext {
  readonly nodeName: string;
  readonly configuration: KubeletConfiguration;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly runtime: Runtime;
  readonly runtimeName: string;
  readonly files: PodFiles;
  readonly cgroups: Cgroups;
  readonly qosCgroups: Pick<QosCgroups, 'update'>;
  readonly cgroupRoot: string;
  readonly seccompRoot: string;
  readonly reader: ObjectReader;
  readonly statuses: PodStatuses;
  readonly claims: PodClaims;
  /** Throws Error with what to tell the user while a pod's devices are not ready. */
  readonly prepareDevices: (pod: Pod) => Promise<void>;
  readonly probes: ProbeManager;
  readonly images: ImagePuller;
  readonly crashBackoff: BackoffTable;
  readonly dialer: ProbeDialer;
  readonly nodeMemoryBytes: number;
  readonly nodeIps: readonly string[];
  readonly dns: () => DnsSettings;
  readonly allocatable: () => Allocatable;
  /** Refuses a pod that this node cannot run. */
  readonly admit: (pod: Pod) => { readonly reason: string; readonly message: string } | undefined;
  /** Why there is no room for what a pod asks for after a change: reason 'Deferred' or 'Infeasible'. */
  readonly fits: (pod: Pod) => { readonly reason: string; readonly message: string } | undefined;
  /** '' when pods can have a network; else why not. */
  readonly networkError: () => string;
  readonly pullSecrets: (pod: Pod) => Promise<readonly PullSecret[]>;
}
