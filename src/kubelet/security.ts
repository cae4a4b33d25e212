import { ConfigError } from './env.ts';
import type { ContainerSecurity, Image, NamespaceOptions, SeccompProfile } from './runtime.ts';
import type { AnyContainer, Pod } from './types.ts';
import { podText, usesHostNetwork } from './types.ts';

const maskedPaths = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export function namespacesOf(pod: Pod, targetId?: string): NamespaceOptions {
  const spec = pod.spec;
  const pid = spec?.hostPID ? 'NODE' : spec?.shareProcessNamespace ? 'POD' : 'CONTAINER';
  return {
    network: usesHostNetwork(pod) ? 'NODE' : 'POD',
    ipc: spec?.hostIPC ? 'NODE' : 'POD',
    ...(targetId !== undefined && pid === 'CONTAINER' ? { pid: 'TARGET' as const, targetId } : { pid }),
  };
}

type Profile = { readonly type: string; readonly localhostProfile?: string | undefined };
export function seccompProfile(profile: Profile | undefined, profileRoot: string): SeccompProfile | undefined {
  if (profile === undefined) return undefined;
  if (profile.type === 'RuntimeDefault') return { type: 'RuntimeDefault' };
  if (profile.type !== 'Localhost') return { type: 'Unconfined' };
  if (!profile.localhostProfile) throw new ConfigError('localhostProfile must be set if seccompProfile type is Localhost.');
  return { type: 'Localhost', path: `${profileRoot}/${profile.localhostProfile}` };
}

/** Groups that every container of the pod is in: supplementalGroups and fsGroup. */
export function supplementalGroups(pod: Pod): readonly number[] {
  const context = pod.spec?.securityContext;
  return [...new Set([...(context?.supplementalGroups ?? []), ...(context?.fsGroup === undefined ? [] : [context.fsGroup])])];
}

/** Refuses root where runAsNonRoot is asked for; the texts are upstream's. */
function verifyNonRoot(pod: Pod, container: AnyContainer, runAsUser: number | undefined, image: Image | undefined): void {
  const nonRoot = container.securityContext?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot;
  if (nonRoot !== true) return;
  const where = `(pod: "${podText(pod)}", container: ${container.name})`;
  if (runAsUser !== undefined) {
    if (runAsUser === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  if (image === undefined) return;
  if (image.uid !== undefined && image.uid === 0) throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (image.uid === undefined && image.username === '')
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (image.uid === undefined) {
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    );
  }
}

export interface SecurityInputs {
  readonly image: Image | undefined;
  readonly seccompRoot: string;
  /** Container whose processes an ephemeral container wants to see. */
  readonly targetId?: string | undefined;
}

/** The effective security settings of a container: its own over the pod's. Throws ConfigError. */
export function containerSecurity(pod: Pod, container: AnyContainer, inputs: SecurityInputs): ContainerSecurity {
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  const specUser = own?.runAsUser ?? shared?.runAsUser;
  verifyNonRoot(pod, container, specUser, inputs.image);
  const runAsUser = specUser ?? inputs.image?.uid;
  const username = runAsUser === undefined ? inputs.image?.username || undefined : undefined;
  const runAsGroup = own?.runAsGroup ?? shared?.runAsGroup;
  const privileged = own?.privileged === true;
  const unmasked = privileged || own?.procMount === 'Unmasked';
  const seccomp = privileged ? undefined : seccompProfile(own?.seccompProfile ?? shared?.seccompProfile, inputs.seccompRoot);
  const apparmor = own?.appArmorProfile ?? shared?.appArmorProfile;
  const escalation = own?.allowPrivilegeEscalation;
  return {
    privileged,
    addCapabilities: own?.capabilities?.add ?? [],
    dropCapabilities: own?.capabilities?.drop ?? [],
    namespaces: namespacesOf(pod, inputs.targetId),
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(username === undefined ? {} : { runAsUsername: username }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    supplementalGroups: supplementalGroups(pod),
    readonlyRootfs: own?.readOnlyRootFilesystem === true,
    noNewPrivileges: escalation === false,
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    ...(seccomp === undefined ? {} : { seccomp }),
    ...(apparmor === undefined ? {} : { apparmor: apparmorText(apparmor) }),
  };
}

function apparmorText(profile: Profile): string {
  if (profile.type === 'RuntimeDefault') return 'runtime/default';
  return profile.type === 'Localhost' ? `localhost/${profile.localhostProfile ?? ''}` : 'unconfined';
}
