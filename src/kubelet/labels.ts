import type { AnyContainer, Pod } from './types.ts';

/** Labels and annotations by which a restarted kubelet recognises what it started; the names are upstream's. */
export const labelNames = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;
export const annotationNames = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  ports: 'io.kubernetes.container.ports',
  podDeletionGracePeriod: 'io.kubernetes.pod.deletionGracePeriod',
  podTerminationGracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
  configSource: 'kubernetes.io/config.source',
  mirror: 'kubernetes.io/config.mirror',
} as const;

/** FNV-1a over what may change in a container of a running pod and forces a restart: name and image. */
export function containerHash(container: AnyContainer): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(JSON.stringify({ image: container.image, name: container.name }))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16);
}

export const podLabels = (pod: Pod): Record<string, string> => ({
  ...pod.metadata.labels,
  [labelNames.podName]: pod.metadata.name,
  [labelNames.podNamespace]: pod.metadata.namespace ?? '',
  [labelNames.podUid]: pod.metadata.uid,
});

export const containerLabels = (pod: Pod, container: AnyContainer): Record<string, string> => ({
  [labelNames.containerName]: container.name ?? '',
  [labelNames.podName]: pod.metadata.name,
  [labelNames.podNamespace]: pod.metadata.namespace ?? '',
  [labelNames.podUid]: pod.metadata.uid,
});

export function containerAnnotations(pod: Pod, container: AnyContainer, restartCount: number): Record<string, string> {
  const annotations: Record<string, string> = {
    [annotationNames.hash]: containerHash(container),
    [annotationNames.restartCount]: String(restartCount),
    [annotationNames.terminationMessagePath]: container.terminationMessagePath ?? '',
    [annotationNames.terminationMessagePolicy]: container.terminationMessagePolicy ?? '',
  };
  const grace = pod.metadata.deletionGracePeriodSeconds;
  if (grace !== undefined) annotations[annotationNames.podDeletionGracePeriod] = String(grace);
  const termination = pod.spec?.terminationGracePeriodSeconds;
  if (termination !== undefined) annotations[annotationNames.podTerminationGracePeriod] = String(termination);
  if ((container.ports ?? []).length > 0) annotations[annotationNames.ports] = JSON.stringify(container.ports);
  return annotations;
}
