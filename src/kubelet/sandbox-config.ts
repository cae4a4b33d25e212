import { dnsConfigOf, type DnsSettings } from './resolv-conf.ts';
import { hostnameOf } from './hosts.ts';
import { podLabels } from './labels.ts';
import { cgroupParent } from './resources.ts';
import type { PodSandboxConfig, PortMapping } from './runtime.ts';
import { namespacesOf, seccompProfile, supplementalGroups } from './security.ts';
import type { Pod } from './types.ts';
import { allContainersOf, usesHostNetwork } from './types.ts';

export interface SandboxSettings {
  readonly logDirectory: string;
  readonly cgroupRoot: string;
  readonly seccompRoot: string;
  readonly dns: DnsSettings;
}

function portMappings(pod: Pod): readonly PortMapping[] {
  if (usesHostNetwork(pod)) return [];
  return allContainersOf(pod).flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port) => ({
        protocol: (port.protocol || 'TCP') as PortMapping['protocol'],
        containerPort: port.containerPort,
        hostPort: port.hostPort ?? 0,
        hostIp: port.hostIP ?? '',
      })),
  );
}

/** '<namespace>_<name>_<uid>': the folder of a pod's logs. */
export const podLogFolder = (pod: Pod): string => `${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`;

/** Throws when the pod's host name cannot be made. */
export function sandboxConfig(pod: Pod, attempt: number, settings: SandboxSettings): PodSandboxConfig {
  const context = pod.spec?.securityContext;
  const hostNetwork = usesHostNetwork(pod);
  const seccomp = seccompProfile(context?.seccompProfile, settings.seccompRoot) ?? { type: 'RuntimeDefault' as const };
  const privileged = allContainersOf(pod).some((container) => container.securityContext?.privileged === true);
  return {
    metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace ?? '', uid: pod.metadata.uid, attempt },
    hostname: hostNetwork ? '' : hostnameOf(pod, settings.dns.clusterDomain).full,
    logDirectory: settings.logDirectory,
    dns: dnsConfigOf(pod, settings.dns).dns,
    portMappings: portMappings(pod),
    labels: podLabels(pod),
    annotations: pod.metadata.annotations ?? {},
    cgroupParent: cgroupParent(settings.cgroupRoot, pod),
    sysctls: Object.fromEntries((context?.sysctls ?? []).map((one) => [one.name.replaceAll('/', '.'), one.value])),
    namespaces: namespacesOf(pod),
    ...(context?.runAsUser === undefined ? {} : { runAsUser: context.runAsUser }),
    ...(context?.runAsGroup === undefined ? {} : { runAsGroup: context.runAsGroup }),
    supplementalGroups: supplementalGroups(pod),
    readonlyRootfs: false,
    privileged,
    seccomp,
  };
}
