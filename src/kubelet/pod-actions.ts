import { annotationNames, containerHash } from './labels.ts';
import type { ObservedPod } from './observed.ts';
import { latest } from './observed.ts';
import { matchingRestartRule, restartsAfter, shouldStart } from './restart-policy.ts';
import type { ContainerStatus } from './runtime.ts';
import type { AnyContainer, Container, Pod } from './types.ts';
import { containersOf, ephemeralContainersOf, initContainersOf, isSidecar, usesHostNetwork } from './types.ts';

export type KillReason = 'Unknown' | 'StartupProbe' | 'LivenessProbe' | 'RestartAllContainers';
export interface ContainerToKill {
  readonly id: string;
  readonly name: string;
  readonly message: string;
  readonly reason: KillReason;
}
/** What brings the runtime closer to what the pod asks for. */
export interface PodActions {
  /** Stop every container and the sandbox first. */
  readonly killPod: boolean;
  readonly createSandbox: boolean;
  readonly sandboxId: string;
  /** Attempt number of the sandbox to create, or of the present one. */
  readonly attempt: number;
  readonly kill: readonly ContainerToKill[];
  readonly startInit: readonly string[];
  readonly startEphemeral: readonly string[];
  readonly start: readonly string[];
  /** Remove (killing what runs), in this order: a rule asked to restart the whole pod in place. */
  readonly reset: readonly { readonly id: string; readonly name: string; readonly kill: boolean }[];
}
export type ProbeResult = 'success' | 'failure' | 'unknown';
/** Results of the probes of a container instance; undefined before the first result. */
export interface ProbeResults {
  liveness(containerId: string): ProbeResult | undefined;
  startup(containerId: string): ProbeResult | undefined;
}
const none: ReadonlySet<string> = new Set();

/** Whether the pod needs a new sandbox, and which attempt that is. */
export function sandboxChanged(
  pod: Pod,
  observed: ObservedPod,
): { readonly changed: boolean; readonly attempt: number; readonly id: string } {
  const newest = observed.sandboxes[0];
  if (newest === undefined) return { changed: true, attempt: 0, id: '' };
  const next = { changed: true, attempt: newest.metadata.attempt + 1, id: newest.id };
  if (observed.sandboxes.filter((sandbox) => sandbox.state === 'READY').length > 1 || newest.state !== 'READY') return next;
  if (!usesHostNetwork(pod) && newest.ip === '') return next;
  return { changed: false, attempt: newest.metadata.attempt, id: newest.id };
}

const ranWell = (container: AnyContainer, observed: ObservedPod) => {
  const status = latest(observed, container.name);
  return status?.state === 'EXITED' && status.exitCode === 0;
};
export const anyRegularCreated = (pod: Pod, observed: ObservedPod): boolean =>
  containersOf(pod).some((container) => {
    const state = latest(observed, container.name)?.state;
    return state === 'CREATED' || state === 'RUNNING' || state === 'EXITED';
  });
const canRestart = (pod: Pod, container: Container) =>
  container.restartPolicy ? container.restartPolicy !== 'Never' : pod.spec?.restartPolicy !== 'Never';
const changed = (container: AnyContainer, status: ContainerStatus) => {
  const hash = status.annotations[annotationNames.hash];
  return hash !== undefined && hash !== containerHash(container);
};

interface Draft {
  killPod: boolean;
  createSandbox: boolean;
  sandboxId: string;
  attempt: number;
  kill: ContainerToKill[];
  startInit: string[];
  startEphemeral: string[];
  start: string[];
  reset: { id: string; name: string; kill: boolean }[];
}

/**
 * The steps from what runs to what should. Pure; order and conditions as upstream's kubelet computes them.
 * `restartAll`: a container ended under a rule with action RestartAllContainers and the pod is being reset.
 * `resizeRestarts`: instances that take their new resources only by a restart.
 */
export function computePodActions(
  pod: Pod,
  observed: ObservedPod,
  probes: ProbeResults,
  restartAll = false,
  resizeRestarts: ReadonlySet<string> = none,
): PodActions {
  const sandbox = sandboxChanged(pod, observed);
  const actions: Draft = {
    killPod: sandbox.changed,
    createSandbox: sandbox.changed,
    sandboxId: sandbox.id,
    attempt: sandbox.attempt,
    kill: [],
    startInit: [],
    startEphemeral: [],
    start: [],
    reset: [],
  };
  if (restartAll) {
    actions.killPod = actions.createSandbox = false;
    resetAll(pod, observed, actions);
    return actions;
  }
  if (sandbox.changed) {
    startAfresh(pod, observed, actions);
    return actions;
  }
  for (const container of ephemeralContainersOf(pod)) {
    if (latest(observed, container.name) === undefined) actions.startEphemeral.push(container.name);
  }
  const initialized = initActions(pod, observed, probes, actions);
  if (actions.killPod || !initialized) return actions;
  regularActions(pod, observed, probes, actions, resizeRestarts);
  return actions;
}

function resetAll(pod: Pod, observed: ObservedPod, actions: Draft): void {
  const split = (containers: readonly Container[]) => {
    const sources: Draft['reset'] = [];
    const others: Draft['reset'] = [];
    for (const container of containers) {
      for (const status of observed.containers.filter((one) => one.name === container.name)) {
        const ended = status.state === 'EXITED';
        const source = ended && matchingRestartRule(container, status.exitCode)?.action === 'RestartAllContainers';
        (source ? sources : others).push({ id: status.id, name: container.name, kill: !ended });
      }
    }
    return { sources, others };
  };
  const regular = split(containersOf(pod));
  const init = split(initContainersOf(pod));
  actions.reset.push(...regular.others, ...init.others, ...regular.sources, ...init.sources);
}

function startAfresh(pod: Pod, observed: ObservedPod, actions: Draft): void {
  if (pod.spec?.restartPolicy === 'Never' && actions.attempt !== 0 && observed.containers.length > 0) {
    actions.createSandbox = false;
    return;
  }
  const toStart = containersOf(pod).filter((container) => {
    const policy = container.restartPolicy || pod.spec?.restartPolicy;
    return !(policy === 'OnFailure' && ranWell(container, observed));
  });
  if (toStart.length === 0 && anyRegularCreated(pod, observed)) {
    actions.createSandbox = false;
    return;
  }
  const firstInit = initContainersOf(pod)[0];
  if (firstInit !== undefined) actions.startInit.push(firstInit.name);
  else actions.start.push(...toStart.map((container) => container.name));
}

const failedInit = (status: ContainerStatus) => !(status.state === 'EXITED' && status.exitCode === 0);

/** Walks the init containers from the last to the first; true once all of them are done (sidecars: started). */
function initActions(pod: Pod, observed: ObservedPod, probes: ProbeResults, actions: Draft): boolean {
  const inits = initContainersOf(pod);
  if (inits.length === 0) return true;
  const initializedBefore = containersOf(pod).some((container) => {
    const state = latest(observed, container.name)?.state;
    return state === 'CREATED' || state === 'RUNNING';
  });
  let initialized = initializedBefore;
  let first = true;
  for (let index = inits.length - 1; index >= 0; index--) {
    const container = inits[index]!;
    const sidecar = isSidecar(container);
    const status = latest(observed, container.name);
    if (status === undefined) {
      if (initializedBefore && sidecar) actions.startInit.push(container.name);
      continue;
    }
    if (initializedBefore && !sidecar) continue;
    const done = () => {
      if (index === inits.length - 1) initialized = true;
      else if (!initializedBefore) actions.startInit.push(inits[index + 1]!.name);
    };
    const outcome = initStep(pod, container, status, probes, actions, done);
    if (outcome === 'fail') return false;
    if (!initializedBefore) {
      first = false;
      break;
    }
  }
  if (!initializedBefore) {
    // Sidecars before the init container that is next are kept running.
    keepEarlierSidecars(pod, observed, probes, actions);
    if (first) actions.startInit.push(inits[0]!.name);
  }
  actions.startInit = inits.map((container) => container.name).filter((name) => actions.startInit.includes(name));
  return initialized;
}

function initStep(
  pod: Pod,
  container: Container,
  status: ContainerStatus,
  probes: ProbeResults,
  actions: Draft,
  done: () => void,
): 'fail' | 'go' {
  const again = () => actions.startInit.push(container.name);
  const kill = (message: string, reason: KillReason) => {
    actions.kill.push({ id: status.id, name: container.name, message, reason });
    again();
  };
  const fail = () => {
    actions.killPod = true;
    actions.startInit = [];
    return 'fail' as const;
  };
  if (status.state === 'CREATED') again();
  else if (status.state === 'RUNNING') {
    if (isSidecar(container)) sidecarStep(container, status, probes, kill, done);
  } else if (status.state === 'EXITED') {
    if (isSidecar(container)) again();
    else if (!failedInit(status)) done();
    else if (restartsAfter(container, pod, status.exitCode)) again();
    else return fail();
  } else {
    if (!isSidecar(container) && !canRestart(pod, container)) return fail();
    kill(`Init container is in "unknown" state, try killing it before restart`, 'Unknown');
  }
  return 'go';
}

function sidecarStep(
  container: Container,
  status: ContainerStatus,
  probes: ProbeResults,
  kill: (message: string, reason: KillReason) => void,
  done: () => void,
): void {
  if (container.startupProbe !== undefined) {
    const startup = probes.startup(status.id);
    if (startup === 'failure') kill(`Init container ${container.name} failed startup probe`, 'StartupProbe');
    if (startup !== 'success') return;
  }
  done();
  if (changed(container, status)) kill(`Init container ${container.name} definition changed`, 'Unknown');
  else if (container.livenessProbe !== undefined && probes.liveness(status.id) === 'failure') {
    kill(`Init container ${container.name} failed liveness probe`, 'LivenessProbe');
  }
}

function keepEarlierSidecars(pod: Pod, observed: ObservedPod, probes: ProbeResults, actions: Draft): void {
  const inits = initContainersOf(pod);
  const last = inits.findLastIndex((container) => latest(observed, container.name) !== undefined);
  for (const container of inits.slice(0, Math.max(last, 0)).filter(isSidecar)) {
    const status = latest(observed, container.name);
    if (status === undefined) actions.startInit.push(container.name);
    else initStep(pod, container, status, probes, actions, () => undefined);
  }
}

function regularActions(pod: Pod, observed: ObservedPod, probes: ProbeResults, actions: Draft, resizeRestarts: ReadonlySet<string>): void {
  let kept = 0;
  for (const container of containersOf(pod)) {
    const status = latest(observed, container.name);
    if (status === undefined || status.state !== 'RUNNING') {
      if (!shouldStart(container, pod, observed)) continue;
      actions.start.push(container.name);
      if (status?.state === 'UNKNOWN') {
        const message = `Container is in "unknown" state, try killing it before restart`;
        actions.kill.push({ id: status.id, name: container.name, message, reason: 'Unknown' });
      }
      continue;
    }
    const resize = { message: `Container ${container.name} resize requires restart`, reason: 'Unknown' as const, always: true };
    const why = reasonToKill(container, status, probes) ?? (resizeRestarts.has(status.id) ? resize : undefined);
    if (why === undefined) {
      kept++;
      continue;
    }
    const restart = why.always || canRestart(pod, container);
    if (restart) actions.start.push(container.name);
    const message = restart ? `${why.message}, will be restarted` : why.message;
    actions.kill.push({ id: status.id, name: container.name, message, reason: why.reason });
  }
  if (kept === 0 && actions.start.length === 0) {
    actions.killPod = true;
    actions.startInit = [];
  }
}

function reasonToKill(container: Container, status: ContainerStatus, probes: ProbeResults) {
  const { name } = container;
  if (changed(container, status)) return { message: `Container ${name} definition changed`, reason: 'Unknown' as const, always: true };
  if (probes.liveness(status.id) === 'failure') {
    return { message: `Container ${name} failed liveness probe`, reason: 'LivenessProbe' as const, always: false };
  }
  if (probes.startup(status.id) === 'failure') {
    return { message: `Container ${name} failed startup probe`, reason: 'StartupProbe' as const, always: false };
  }
  return undefined;
}
