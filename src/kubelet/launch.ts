import type { KubeletContext } from './context.ts';
import { ConfigError, makeEnvironment } from './env.ts';
import { expand } from './expand.ts';
import { hostnameOf } from './hosts.ts';
import { runHook } from './handlers.ts';
import { ImageError } from './images.ts';
import { stopContainer } from './kill.ts';
import { containerAnnotations, containerLabels } from './labels.ts';
import type { ObservedPod } from './observed.ts';
import { latest } from './observed.ts';
import { containerResources } from './resources.ts';
import { restartCountOf } from './container-status.ts';
import type { ContainerConfig, PodSandboxConfig } from './runtime.ts';
import { containerSecurity } from './security.ts';
import { sortIps } from './status.ts';
import type { AnyContainer, Container, EphemeralContainer, Pod } from './types.ts';
import { containerFieldPath, initContainersOf, isSidecar, usesHostNetwork } from './types.ts';

/** Why a container did not start: what its waiting state shows, and when to try again. */
export class StartError extends Error {
  readonly reason: string;
  readonly retryAtMs: number | undefined;
  constructor(reason: string, message: string, retryAtMs?: number) {
    super(message);
    this.name = 'StartError';
    this.reason = reason;
    this.retryAtMs = retryAtMs;
  }
}

async function decodedSecret(context: KubeletContext, namespace: string, name: string): Promise<Record<string, string> | undefined> {
  const secret = await context.reader.secret(namespace, name);
  if (secret === undefined) return undefined;
  return Object.fromEntries(Object.entries(secret.data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString('utf8')]));
}

function environmentOf(
  context: KubeletContext,
  pod: Pod,
  container: AnyContainer,
  podIps: readonly string[],
): Promise<Map<string, string>> {
  const namespace = pod.metadata.namespace ?? '';
  return makeEnvironment(pod, container, {
    configMap: async (name) => (await context.reader.configMap(namespace, name))?.data,
    secret: (name) => decodedSecret(context, namespace, name),
    services: context.reader.services(),
    masterNamespace: 'default',
    addresses: { podIps, hostIps: context.nodeIps },
    allocatable: context.allocatable(),
  });
}

/** Addresses of the pod as its containers see them. */
export const podIpsOf = (context: KubeletContext, pod: Pod, observed: ObservedPod): readonly string[] =>
  sortIps(usesHostNetwork(pod) ? context.nodeIps : observed.ips, context.nodeIps);

export interface Launch {
  readonly pod: Pod;
  readonly container: AnyContainer;
  readonly observed: ObservedPod;
  readonly sandboxId: string;
  readonly sandbox: PodSandboxConfig;
  readonly signal: AbortSignal;
}

async function makeConfig(context: KubeletContext, launch: Launch, image: string, attempt: number): Promise<ContainerConfig> {
  const { pod, container, observed } = launch;
  const podIps = podIpsOf(context, pod, observed);
  const environment = await environmentOf(context, pod, container, podIps);
  const status = await context.runtime.imageStatus(image).catch(() => undefined);
  const target = (container as EphemeralContainer).targetContainerName;
  const targetId = target ? latest(observed, target)?.id : undefined;
  const { hostname, domain } = hostnameOf(pod, context.dns().clusterDomain);
  const mounts = await context.files.mountsFor(pod, container, environment, { attempt, podIps, hostname, domain }).catch((error: Error) => {
    throw new ConfigError(error.message);
  });
  const words = (list: readonly string[] | undefined) => (list ?? []).map((word) => expand(word, (name) => environment.get(name)));
  const stopSignal = (container as Container).lifecycle?.stopSignal;
  return {
    name: container.name,
    attempt,
    image,
    userImage: container.image ?? '',
    command: words(container.command),
    args: words(container.args),
    workingDir: container.workingDir ?? '',
    envs: [...environment].map(([key, text]) => ({ key, value: text })),
    mounts,
    devices: [],
    labels: containerLabels(pod, container),
    annotations: containerAnnotations(pod, container, attempt),
    logPath: `${container.name}/${attempt}.log`,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: containerResources(pod, container, context.nodeMemoryBytes),
    security: containerSecurity(pod, container, { image: status, seccompRoot: context.seccompRoot, targetId }),
    ...(stopSignal ? { stopSignal } : {}),
    mustEnd: initContainersOf(pod).includes(container) && !isSidecar(container),
  };
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Pulls, creates and starts one container and runs its postStart hook. Throws StartError. */
export async function startContainer(context: KubeletContext, launch: Launch): Promise<void> {
  const { pod, container, observed } = launch;
  const { runtime, events } = context;
  const say = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    events.event(pod, type, reason, message, containerFieldPath(pod, container.name));
  let image: string;
  try {
    image = await context.images.ensure(pod, container, () => context.pullSecrets(pod));
  } catch (error) {
    const message = textOf(error);
    const reason = error instanceof ImageError ? error.reason : 'ErrImagePull';
    say('Warning', 'Failed', `Error: ${reason}`);
    throw new StartError(reason, message, error instanceof ImageError ? error.retryAtMs : undefined);
  }
  launch.signal.throwIfAborted();
  const before = latest(observed, container.name);
  const oldStatus = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (one) => one.name === container.name,
  );
  const attempt = before === undefined ? nextAttempt(oldStatus) : restartCountOf(before) + 1;
  const fail = (reason: string, error: unknown): never => {
    say('Warning', 'Failed', `Error: ${textOf(error)}`);
    throw new StartError(reason, textOf(error));
  };
  const config = await makeConfig(context, launch, image, attempt).catch((error) =>
    fail(error instanceof ConfigError ? 'CreateContainerConfigError' : 'CreateContainerError', error),
  );
  const id = await runtime.createContainer(launch.sandboxId, config, launch.sandbox).catch((error) => fail('CreateContainerError', error));
  say('Normal', 'Created', 'Container created');
  await runtime.startContainer(id).catch((error) => fail('RunContainerError', error));
  say('Normal', 'Started', 'Container started');
  await postStart(context, launch, id);
}

function nextAttempt(old: { readonly restartCount?: number | undefined; readonly containerID?: string | undefined } | undefined): number {
  return old?.containerID ? (old.restartCount ?? 0) + 1 : 0;
}

async function postStart(context: KubeletContext, launch: Launch, id: string): Promise<void> {
  const { pod, container } = launch;
  const hook = (container as Container).lifecycle?.postStart;
  if (hook === undefined) return;
  const podIp = podIpsOf(context, pod, launch.observed)[0] ?? '';
  try {
    await runHook(context, pod, container, id, hook, podIp, launch.signal);
  } catch (error) {
    context.events.event(pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', containerFieldPath(pod, container.name));
    context.log.warn('postStart hook failed', { pod: pod.metadata.name, container: container.name, error });
    await stopContainer(context, pod, container.name, id, { message: 'FailedPostStartHook', reason: 'Unknown', podIp });
    throw new StartError('PostStartHookError', `PostStartHook failed`);
  }
}
