import type { ObservedPod } from '../observed.ts';
import { noPod } from '../observed.ts';
import type { ContainerStatus, PodSandboxStatus } from '../runtime.ts';
import type { Pod } from '../types.ts';

/** Objects for tests of the kubelet's pure parts. */
export function samplePod(spec: object, more: { readonly metadata?: object; readonly status?: object } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u1',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      generation: 1,
      ...more.metadata,
    },
    spec: { restartPolicy: 'Always', nodeName: 'n1', terminationGracePeriodSeconds: 30, containers: [sampleContainer('app')], ...spec },
    status: { phase: 'Pending', ...more.status },
  } as unknown as Pod;
}
export const sampleContainer = (name: string, more: object = {}) => ({ name, image: 'busybox:1.36', resources: {}, ...more });

export function sampleSandbox(more: Partial<PodSandboxStatus> = {}): PodSandboxStatus {
  return {
    id: 's0',
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', attempt: 0 },
    state: 'READY',
    createdAtMs: 1,
    labels: {},
    annotations: {},
    runtimeHandler: '',
    ip: '10.0.0.5',
    additionalIps: [],
    ...more,
  };
}
export function sampleStatus(name: string, state: ContainerStatus['state'], more: Partial<ContainerStatus> = {}): ContainerStatus {
  return {
    id: `${name}-0`,
    sandboxId: 's0',
    name,
    attempt: 0,
    image: 'busybox:1.36',
    imageRef: 'sha256:1',
    state,
    createdAtMs: 10,
    labels: {},
    annotations: {},
    startedAtMs: 1_767_225_600_000,
    finishedAtMs: state === 'EXITED' ? 1_767_225_610_000 : 0,
    exitCode: 0,
    reason: '',
    message: '',
    logPath: '',
    mounts: [],
    ...more,
  };
}
export const sampleObserved = (
  containers: readonly ContainerStatus[],
  sandboxes: readonly PodSandboxStatus[] = [sampleSandbox()],
): ObservedPod => ({
  ...noPod('u1', 'web', 'shop'),
  sandboxes,
  containers,
  ips: sandboxes[0]?.state === 'READY' ? [sandboxes[0].ip] : [],
});
