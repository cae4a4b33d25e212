import { formatDuration } from '../api/gotime.ts';
import type { KubeletContext } from './context.ts';
import type { StartFailure } from './container-status.ts';
import { killPod, stopContainer } from './kill.ts';
import { StartError, startContainer } from './launch.ts';
import type { ObservedPod } from './observed.ts';
import { latest, observePod } from './observed.ts';
import type { PodActions } from './pod-actions.ts';
import type { PodSandboxConfig } from './runtime.ts';
import { sandboxConfig } from './sandbox-config.ts';
import type { AnyContainer, Pod } from './types.ts';
import { containerFieldPath, findContainer, podText } from './types.ts';

/** How a round went: what to show for containers that did not start, and when to look again. */
export interface SyncOutcome {
  readonly failures: ReadonlyMap<string, StartFailure>;
  readonly retryAfterMs: number | undefined;
  /** Something was started or stopped: look again at once. */
  readonly acted: boolean;
}
const retryMs = 5_000;
const earliest = (a: number | undefined, b: number | undefined) => (a === undefined ? b : b === undefined ? a : Math.min(a, b));

const crashKey = (pod: Pod, container: AnyContainer) => `${pod.metadata.uid}_${container.name}_${container.image}`;

/** Throws StartError while a container that ended has to wait. */
function crashBackoff(context: KubeletContext, pod: Pod, container: AnyContainer, observed: ObservedPod): void {
  const { crashBackoff: table, clock } = context;
  const ended = observed.containers.find((one) => one.name === container.name && one.state === 'EXITED');
  if (ended === undefined) return;
  const key = crashKey(pod, container);
  // Not by the time the runtime tells: that is of the wall clock, which may be set in between.
  const nowMs = clock.monotonic();
  const sinceMs = table.noticed(key, ended.id, nowMs);
  if (!table.isWaiting(key, sinceMs, nowMs)) {
    table.next(key, sinceMs, nowMs);
    return;
  }
  const message = `Back-off restarting failed container ${container.name} in pod ${podText(pod)}`;
  context.events.event(pod, 'Warning', 'BackOff', message, containerFieldPath(pod, container.name));
  const delayMs = table.delayMs(key);
  const shown = `back-off ${formatDuration(delayMs)} restarting failed container=${container.name} pod=${podText(pod)}`;
  throw new StartError('CrashLoopBackOff', shown, sinceMs + delayMs);
}

/** Carries out the actions. Throws only when the pod as a whole cannot go on (sandbox, runtime). */
export async function syncPod(
  context: KubeletContext,
  pod: Pod,
  first: ObservedPod,
  actions: PodActions,
  before: ReadonlyMap<string, StartFailure>,
  signal: AbortSignal,
): Promise<SyncOutcome> {
  const { runtime, events, clock } = context;
  let observed = first;
  let acted = false;
  if (actions.killPod) {
    if (actions.createSandbox && actions.sandboxId !== '') {
      events.event(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    }
    if (observed.sandboxes.some((sandbox) => sandbox.state === 'READY') || observed.containers.some((one) => one.state !== 'EXITED')) {
      await killPod(context, pod, observed);
      acted = true;
    }
    if (actions.createSandbox) {
      // One that died by itself still has its address.
      for (const { id, state } of observed.sandboxes) if (state !== 'READY') await runtime.stopPodSandbox(id).catch(() => undefined);
      await purgeInit(context, pod, observed);
    }
  }
  const podIp = observed.ips[0] ?? '';
  for (const one of actions.kill) {
    await stopContainer(context, pod, one.name, one.id, { message: one.message, reason: one.reason, podIp });
    acted = true;
  }
  for (const one of actions.reset) {
    if (one.kill)
      await stopContainer(context, pod, one.name, one.id, { message: 'killing', reason: 'RestartAllContainers', podIp, graceSeconds: 0 });
    await runtime.removeContainer(one.id);
    acted = true;
  }
  if (actions.killPod && !actions.createSandbox) return { failures: new Map(), retryAfterMs: undefined, acted };
  if (actions.kill.length > 0) observed = await observePod(runtime, pod.metadata.uid);

  const logDirectory = await context.files.logDirectory(pod);
  const settings = { logDirectory, cgroupRoot: context.cgroupRoot, seccompRoot: context.seccompRoot, dns: context.dns() };
  const config = sandboxConfig(pod, actions.attempt, settings);
  let { sandboxId } = actions;
  if (actions.createSandbox) {
    sandboxId = await createSandbox(context, pod, config).catch((error: Error) => {
      events.event(pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${rpcText(error)}`);
      throw error;
    });
    acted = true;
    observed = await observePod(runtime, pod.metadata.uid);
  }
  const failures = new Map(before);
  let retryAtMs: number | undefined;
  const start = async (name: string): Promise<boolean> => {
    const container = findContainer(pod, name);
    if (container === undefined || signal.aborted) return false;
    const failed = failures.get(name);
    if (failed?.retryAtMs !== undefined && failed.image === container.image && clock.monotonic() < failed.retryAtMs) {
      retryAtMs = earliest(retryAtMs, failed.retryAtMs);
      return false;
    }
    try {
      crashBackoff(context, pod, container, observed);
      await startContainer(context, { pod, container, observed, sandboxId, sandbox: config, signal });
      failures.delete(name);
      acted = true;
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const known = error instanceof StartError ? error : new StartError('CreateContainerError', (error as Error).message);
      const backOff = known.reason === 'CrashLoopBackOff' || known.reason === 'ImagePullBackOff';
      const againMs = (backOff ? known.retryAtMs : undefined) ?? clock.monotonic() + retryMs;
      failures.set(name, { reason: known.reason, message: known.message, retryAtMs: againMs, image: container.image });
      retryAtMs = earliest(retryAtMs, againMs);
      if (known.reason === 'RunContainerError' || known.reason === 'PostStartHookError') acted = true;
      return false;
    }
  };
  for (const name of actions.startEphemeral) await start(name);
  for (const name of actions.startInit) {
    const container = findContainer(pod, name);
    if (container !== undefined && latest(observed, name)?.state === 'EXITED') await pruneAttempts(context, observed, name);
    if (!(await start(name)) && !isRestarting(pod, name)) break;
  }
  for (const name of actions.start) await start(name);
  return { failures, retryAfterMs: retryAtMs === undefined ? undefined : Math.max(retryAtMs - clock.monotonic(), 0), acted };
}

const isRestarting = (pod: Pod, name: string) =>
  (pod.spec?.initContainers ?? []).some((one) => one.name === name && one.restartPolicy === 'Always');
async function createSandbox(context: KubeletContext, pod: Pod, config: PodSandboxConfig): Promise<string> {
  const name = pod.spec?.runtimeClassName;
  return await context.runtime.runPodSandbox(config, name ? await context.reader.runtimeHandler(name) : '');
}
const rpcText = (error: Error & { code?: string }) => `rpc error: code = ${error.code ?? 'Unknown'} desc = ${error.message}`;

/** Init containers of an old sandbox must run again: what is left of them goes. */
async function purgeInit(context: KubeletContext, pod: Pod, observed: ObservedPod): Promise<void> {
  const names = new Set((pod.spec?.initContainers ?? []).map((one) => one.name));
  for (const one of observed.containers) if (names.has(one.name)) await context.runtime.removeContainer(one.id);
}

/** Keeps only the newest ended instance of an init container. */
async function pruneAttempts(context: KubeletContext, observed: ObservedPod, name: string): Promise<void> {
  const ended = observed.containers.filter((one) => one.name === name && one.state === 'EXITED');
  for (const one of ended.slice(1)) await context.runtime.removeContainer(one.id).catch(() => undefined);
}
