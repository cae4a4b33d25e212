import type { KubeletContext } from './context.ts';
import { runHook } from './handlers.ts';
import type { ObservedPod } from './observed.ts';
import type { KillReason } from './pod-actions.ts';
import { type Runtime, RuntimeError } from './runtime.ts';
import type { Container, Pod } from './types.ts';
import { containerFieldPath, findContainer, initContainersOf, isSidecar } from './types.ts';

/** Containers get this long between SIGTERM and SIGKILL even when no time is left. */
const leastGraceSeconds = 2;

export interface StopOptions {
  readonly message: string;
  readonly reason: KillReason;
  readonly podIp: string;
  readonly graceSeconds?: number | undefined;
  /** Resolves when it is this container's turn. */
  readonly turn?: Promise<void>;
}

/** Grace period of a container by why it is stopped. */
export function gracePeriodSeconds(pod: Pod, container: Container | undefined, reason: KillReason): number {
  if (pod.metadata.deletionGracePeriodSeconds !== undefined) return pod.metadata.deletionGracePeriodSeconds;
  const ofPod = pod.spec?.terminationGracePeriodSeconds;
  if (ofPod === undefined) return leastGraceSeconds;
  if (reason === 'StartupProbe') return container?.startupProbe?.terminationGracePeriodSeconds ?? ofPod;
  if (reason === 'LivenessProbe') return container?.livenessProbe?.terminationGracePeriodSeconds ?? ofPod;
  return ofPod;
}

const isGone = (error: unknown) => error instanceof RuntimeError && error.code === 'NotFound';

/** Runs preStop within the grace period, waits for the turn, then stops the container with what time is left. */
export async function stopContainer(context: KubeletContext, pod: Pod, name: string, id: string, options: StopOptions): Promise<void> {
  const { clock, events, log, runtime } = context;
  const container = findContainer(pod, name) as Container | undefined;
  const graceMs = (options.graceSeconds ?? gracePeriodSeconds(pod, container, options.reason)) * 1000;
  const message = options.message || `Stopping container ${name}`;
  events.event(pod, 'Normal', 'Killing', message, containerFieldPath(pod, name));
  const fromMs = clock.monotonic();
  const leftMs = () => graceMs - (clock.monotonic() - fromMs);
  const hook = container?.lifecycle?.preStop;
  if (container !== undefined && hook !== undefined && graceMs > 0) {
    const end = new AbortController();
    const run = runHook(context, pod, container, id, hook, options.podIp, end.signal).catch((error: unknown) => {
      if (end.signal.aborted) return;
      log.warn('preStop hook failed', { pod: pod.metadata.name, container: name, error });
      events.event(pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', containerFieldPath(pod, name));
    });
    await Promise.race([run, clock.sleep(graceMs, end.signal).catch(() => undefined)]);
    end.abort();
  }
  if (options.turn !== undefined && leftMs() > 0) {
    const end = new AbortController();
    await Promise.race([options.turn, clock.sleep(leftMs(), end.signal).catch(() => undefined)]);
    end.abort();
  }
  try {
    await runtime.stopContainer(id, Math.max(leftMs(), leastGraceSeconds * 1000));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/**
 * Removes a sandbox that may have died by itself: it is stopped first, since that alone gives its address free.
 */
export async function removeSandbox(runtime: Runtime, id: string): Promise<void> {
  await runtime.stopPodSandbox(id).catch((error) => {
    if (!isGone(error)) throw error;
  });
  await runtime.removePodSandbox(id);
}

/** Stops all containers together, sidecars after the others in reverse order (KEP-753), then the sandboxes. Throws what failed. */
export async function killPod(context: KubeletContext, pod: Pod, observed: ObservedPod, graceSeconds?: number): Promise<void> {
  const running = observed.containers.filter((one) => one.state === 'RUNNING' || one.state === 'UNKNOWN');
  const sidecars = initContainersOf(pod).filter(isSidecar);
  const podIp = observed.ips[0] ?? '';
  const done = new Map<string, Promise<void>>();
  const stop = (name: string, id: string, after: readonly Promise<void>[]) => {
    const turn = sidecars.length === 0 || after.length === 0 ? {} : { turn: Promise.allSettled(after).then(() => undefined) };
    const stopped = stopContainer(context, pod, name, id, { message: '', reason: 'Unknown', podIp, graceSeconds, ...turn });
    stopped.catch(() => undefined);
    done.set(id, stopped);
    return stopped;
  };
  const isSidecarName = (name: string) => sidecars.some((one) => one.name === name);
  for (const one of running) if (!isSidecarName(one.name)) stop(one.name, one.id, []);
  for (const sidecar of sidecars.toReversed()) {
    const before = [...done.values()];
    for (const one of running) if (one.name === sidecar.name) stop(one.name, one.id, before);
  }
  const results = await Promise.allSettled(done.values());
  for (const sandbox of observed.sandboxes) {
    await context.runtime.stopPodSandbox(sandbox.id).catch((error) => {
      if (!isGone(error)) throw error;
    });
  }
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
