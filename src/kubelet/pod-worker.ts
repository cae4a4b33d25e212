import type { Timer } from '../base/clock.ts';
import type { StartFailure } from './container-status.ts';
import type { Verdict } from './conditions.ts';
import type { KubeletContext } from './context.ts';
import { gracePeriodSeconds, killPod } from './kill.ts';
import { podIpsOf } from './launch.ts';
import type { ObservedPod } from './observed.ts';
import { isRunning, noPod, observePod } from './observed.ts';
import { computePodActions, sandboxChanged } from './pod-actions.ts';
import { syncPod } from './pod-sync.ts';
import { ResizeState } from './resize.ts';
import { cgroupParent, podLimits } from './resources.ts';
import { matchingRestartRule } from './restart-policy.ts';
import { buildPodStatus } from './status.ts';
import { TerminationMessages } from './termination-message.ts';
import type { Pod, PodStatus } from './types.ts';
import { containersOf, findContainer, initContainersOf, isDeleted, isTerminalPhase, usesHostNetwork } from './types.ts';

export interface Failure {
  readonly reason: string;
  readonly message: string;
  readonly condition?: Verdict;
  readonly graceSeconds?: number | undefined;
}
const resyncMs = 60_000;
const volumeResyncMs = 20_000;
const errorRetryMs = 2_000;
const longestRetryMs = 30_000;

/** Works on one pod, one round at a time: looks at what runs, does what is missing, tells the API. */
export class PodWorker {
  readonly uid: string;
  readonly #context: KubeletContext;
  readonly #onGone: (worker: PodWorker) => void;
  readonly #stop = new AbortController();
  readonly #messages: TerminationMessages;
  readonly #resize: ResizeState;
  #pod: Pod;
  /** The pod with the resources that the node has granted it. */
  #granted: Pod;
  #removed = false;
  #admitted = false;
  #failure: Failure | undefined;
  #failures: ReadonlyMap<string, StartFailure> = new Map();
  #resetting = false;
  #phase: 'running' | 'stopping' | 'stopped' = 'running';
  #dirty = false;
  #running: Promise<void> | undefined;
  #timer: Timer | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #errors = 0;
  /** Aborts the start of containers when the pod is to end. */
  #starting = new AbortController();
  #deadlineMs = Number.POSITIVE_INFINITY;
  observed: ObservedPod;

  constructor(context: KubeletContext, pod: Pod, onGone: (worker: PodWorker) => void) {
    this.uid = pod.metadata.uid;
    this.#context = context;
    this.#pod = this.#granted = pod;
    this.#onGone = onGone;
    this.#messages = new TerminationMessages(context.files);
    this.#resize = new ResizeState(context);
    this.observed = noPod(this.uid, pod.metadata.name, pod.metadata.namespace);
  }
  get pod(): Pod {
    return this.#pod;
  }
  get granted(): Pod {
    return this.#granted;
  }
  /** No container of it runs or will run. */
  get stopped(): boolean {
    return this.#phase === 'stopped';
  }
  /** It counts against what the node can take. */
  get active(): boolean {
    return this.#admitted && this.#phase === 'running' && !isTerminalPhase(this.#pod.status?.phase);
  }
  update(pod: Pod): void {
    this.#pod = pod;
    if (isDeleted(pod)) this.#hurry(pod.metadata.deletionGracePeriodSeconds ?? 0);
    this.poke();
  }
  /** The API has the pod no more. */
  remove(): void {
    this.#removed = true;
    this.#hurry(gracePeriodSeconds(this.#pod, undefined, 'Unknown'));
    this.poke();
  }
  /** Ends the pod with phase Failed: evicted, deadline exceeded. Resolves when it has stopped. */
  async fail(failure: Failure): Promise<void> {
    this.#failure ??= failure;
    this.#starting.abort();
    this.poke();
    while (this.#phase !== 'stopped' && !this.#stop.signal.aborted)
      await this.#context.clock.sleep(100, this.#stop.signal).catch(() => undefined);
  }
  /** Looks again as soon as possible. */
  poke(): void {
    this.#dirty = true;
    if (this.#running !== undefined || this.#stop.signal.aborted) return;
    this.#timer?.cancel();
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#running = this.#rounds().finally(() => {
      this.#running = undefined;
    });
  }
  /** Ends the worker; containers run on. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#starting.abort();
    this.#timer?.cancel();
    await this.#running;
  }
  #later(ms: number): void {
    const atMs = this.#context.clock.monotonic() + ms;
    if (atMs >= this.#dueMs || this.#stop.signal.aborted) return;
    this.#timer?.cancel();
    this.#dueMs = atMs;
    this.#timer = this.#context.clock.setTimer(ms, () => this.poke());
  }
  /** A shorter grace period than the one under way: stop sooner. */
  #hurry(graceSeconds: number): void {
    this.#starting.abort();
    const atMs = this.#context.clock.monotonic() + graceSeconds * 1000;
    if (this.#phase !== 'stopping' || atMs >= this.#deadlineMs - 1000) return;
    this.#deadlineMs = atMs;
    for (const one of this.observed.containers) {
      if (one.state === 'RUNNING')
        void this.#context.runtime.stopContainer(one.id, Math.max(graceSeconds, 1) * 1000).catch(() => undefined);
    }
  }
  async #rounds(): Promise<void> {
    const { log, clock } = this.#context;
    while (this.#dirty && !this.#stop.signal.aborted) {
      this.#dirty = false;
      try {
        await this.#round();
        this.#errors = 0;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#errors++;
        const waitMs = Math.min(errorRetryMs * 2 ** Math.min(this.#errors - 1, 10), longestRetryMs);
        log.warn('pod could not be brought up to date', { pod: `${this.#pod.metadata.namespace}/${this.#pod.metadata.name}`, error });
        this.#dirty = false;
        this.#later(waitMs);
        await clock.sleep(0).catch(() => undefined);
      }
    }
  }
  async #round(): Promise<void> {
    const { runtime, probes } = this.#context;
    this.observed = await observePod(runtime, this.uid);
    await this.#messages.collect(this.#pod, this.observed);
    const pod = this.#pod;
    this.#granted = this.#resize.grant(pod);
    if (this.#phase === 'stopped') return await this.#afterStop();
    if (this.#mustStop(pod)) return await this.#terminate();
    probes.sync(pod, this.observed, podIpsOf(this.#context, pod, this.observed)[0] ?? '', this.#old());
    const status = this.#report(false);
    if (this.#admitted && isTerminalPhase(status.phase)) return await this.#terminate();
    if (!this.#admitted && !this.#admit(pod)) return await this.#terminate();
    if (!usesHostNetwork(pod) && this.#context.networkError() !== '' && sandboxChanged(pod, this.observed).changed) {
      this.#context.events.event(pod, 'Warning', 'NetworkNotReady', `network is not ready: ${this.#context.networkError()}`);
      return this.#later(errorRetryMs);
    }
    await this.#sync(this.#granted);
  }
  #mustStop(pod: Pod): boolean {
    if (this.#removed || isDeleted(pod) || this.#failure !== undefined || isTerminalPhase(pod.status?.phase)) return true;
    const seconds = pod.spec?.activeDeadlineSeconds;
    const start = this.#old().startTime;
    if (seconds === undefined || !start) return false;
    const leftMs = Date.parse(start) + seconds * 1000 - this.#context.clock.now();
    if (leftMs > 0) {
      this.#later(leftMs);
      return false;
    }
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#context.events.event(pod, 'Normal', 'DeadlineExceeded', message);
    this.#failure = { reason: 'DeadlineExceeded', message };
    return true;
  }
  #old(): PodStatus {
    return this.#context.statuses.get(this.uid) ?? this.#pod.status ?? ({} as PodStatus);
  }
  #admit(pod: Pod): boolean {
    const refused = isRunning(this.observed) ? undefined : this.#context.admit(pod);
    this.#admitted = true;
    if (refused === undefined) return true;
    this.#context.events.event(pod, 'Warning', refused.reason, refused.message);
    this.#failure = refused;
    return false;
  }
  async #sync(pod: Pod): Promise<void> {
    const { cgroups, qosCgroups, cgroupRoot, claims, events, files, configuration, prepareDevices } = this.#context;
    if (this.#starting.signal.aborted) this.#starting = new AbortController();
    await qosCgroups.update();
    const cgroup = cgroupParent(cgroupRoot, pod);
    const pids = configuration.podPidsLimit > 0 ? configuration.podPidsLimit : undefined;
    const limits = { ...podLimits(pod), ...(pids === undefined ? {} : { pids }) };
    // Room grows from the outside in and shrinks from the inside out: the kernel refuses the other way round.
    const outer = await cgroups.ensure(cgroup, limits).then(
      () => true,
      () => false,
    );
    try {
      await files.setUpVolumes(pod, await claims.volumesOf(pod));
    } catch (error) {
      events.event(pod, 'Warning', 'FailedMount', (error as Error).message);
      throw error;
    }
    await prepareDevices(pod).catch((error: Error) => {
      events.event(pod, 'Warning', 'FailedPrepareDynamicResources', error.message);
      throw error;
    });
    if (this.#starting.signal.aborted) return void (this.#dirty = true);
    this.#resetting = this.#mustReset(pod);
    const restarts = this.#resize.needRestart(pod, this.observed);
    const actions = computePodActions(pod, this.observed, this.#context.probes, this.#resetting, restarts);
    const resized = await this.#resize.apply(pod, this.observed);
    if (!outer) await cgroups.ensure(cgroup, limits);
    const outcome = await syncPod(this.#context, pod, this.observed, actions, this.#failures, this.#starting.signal);
    this.#failures = outcome.failures;
    if (outcome.acted || resized) this.#dirty = true;
    if (outcome.retryAfterMs !== undefined) this.#later(outcome.retryAfterMs);
    const live = (pod.spec?.volumes ?? []).some((one) => one.configMap ?? one.secret ?? one.downwardAPI ?? one.projected);
    this.#later((live ? volumeResyncMs : resyncMs) * (1 + this.#context.random.next() * 0.1));
    if (!outcome.acted) this.#report(false);
  }
  #resetVerdict(): readonly Verdict[] {
    const all = [...initContainersOf(this.#pod), ...containersOf(this.#pod)];
    const could = all.some((one) => one.restartPolicyRules?.some((rule) => rule.action === 'RestartAllContainers'));
    if (!could) return [];
    if (!this.#resetting || this.observed.containers.length === 0) return [{ type: 'AllContainersRestarting', status: 'False' }];
    const words = { reason: 'RestartAllContainersStarted', message: 'container exited with restart policy rule' };
    return [{ type: 'AllContainersRestarting', status: 'True', ...words }];
  }
  #mustReset(pod: Pod): boolean {
    const triggered = [...initContainersOf(pod), ...containersOf(pod)].some((container) => {
      const newest = this.observed.containers.find((one) => one.name === container.name);
      return newest?.state === 'EXITED' && matchingRestartRule(container, newest.exitCode)?.action === 'RestartAllContainers';
    });
    return (
      triggered ||
      (this.#resetting && this.observed.containers.some((one) => findContainer(pod, one.name) !== undefined && one.state === 'EXITED'))
    );
  }
  #report(terminal: boolean): PodStatus {
    const { probes, statuses, clock, nodeIps, runtimeName } = this.#context;
    const pod = this.#granted.metadata.resourceVersion === this.#pod.metadata.resourceVersion ? this.#granted : this.#pod;
    const status = buildPodStatus(pod, this.observed, {
      old: this.#old(),
      nowMs: clock.now(),
      hostIps: nodeIps,
      runtimeName,
      failures: this.#failures,
      messageOf: (id) => this.#messages.of(id),
      terminal,
      resetting: this.#resetting,
      started: (name, id) => probes.started(findContainer(pod, name)!, id),
      ready: (name, id) => probes.ready(findContainer(pod, name)!, id),
      failed: this.#failure,
      more: [...this.#resize.verdicts(), ...this.#resetVerdict()],
      resourcesOf: (id) => this.#resize.resourcesOf(id),
    });
    if (!this.#removed) statuses.set(pod, status);
    return status;
  }
  /** Stops everything; ends in phase 'stopped'. */
  async #terminate(): Promise<void> {
    const { runtime, probes, clock } = this.#context;
    const pod = this.#pod;
    this.#phase = 'stopping';
    const graceSeconds = this.#failure?.graceSeconds;
    this.#deadlineMs = clock.monotonic() + (graceSeconds ?? gracePeriodSeconds(pod, undefined, 'Unknown')) * 1000;
    probes.stopLiveness(this.uid);
    this.#report(false);
    if (isRunning(this.observed)) {
      const stopping = { done: false };
      const watch = this.#watchWhileStopping(stopping);
      try {
        await killPod(this.#context, pod, this.observed, graceSeconds);
      } finally {
        stopping.done = true;
        await watch;
      }
      this.observed = await observePod(runtime, this.uid);
      if (this.observed.containers.some((one) => one.state === 'RUNNING'))
        throw new Error('containers still run after the pod was stopped');
      await this.#messages.collect(this.#pod, this.observed);
    }
    this.#phase = 'stopped';
    this.#report(true);
    probes.remove(this.uid);
    this.#dirty = true;
  }
  /** Containers that end early show it at once, and readiness still follows its probes. */
  async #watchWhileStopping(stopping: { done: boolean }): Promise<void> {
    const { runtime, probes, clock } = this.#context;
    while (!stopping.done && !this.#stop.signal.aborted) {
      await clock.sleep(200, this.#stop.signal).catch(() => undefined);
      if (stopping.done || !this.#dirty) continue;
      this.#dirty = false;
      const seen = await observePod(runtime, this.uid).catch(() => undefined);
      if (seen === undefined || stopping.done) continue;
      this.observed = seen;
      await this.#messages.collect(this.#pod, seen);
      probes.sync(this.#pod, seen, podIpsOf(this.#context, this.#pod, seen)[0] ?? '', this.#old());
      this.#report(false);
    }
  }
  /** Cleans up, then removes a deleted pod from the API and what is left of it from the runtime. */
  async #afterStop(): Promise<void> {
    const { files, cgroups, cgroupRoot, statuses } = this.#context;
    const pod = this.#pod;
    if (isRunning(this.observed)) {
      this.#phase = 'running';
      return await this.#terminate();
    }
    await files.tearDown(this.uid);
    this.#context.claims.forget(this.uid);
    await cgroups.remove(cgroupParent(cgroupRoot, pod));
    if (!this.#removed) {
      this.#report(true);
      await statuses.flushed(this.uid);
      if (!isDeleted(pod)) return;
      await statuses.deletePod(pod);
    }
    await this.#clear();
    this.#onGone(this);
  }
  async #clear(): Promise<void> {
    const { runtime, files, statuses, images, crashBackoff } = this.#context;
    const { name, namespace = '' } = this.#pod.metadata;
    for (const one of this.observed.containers) await runtime.removeContainer(one.id);
    for (const one of this.observed.sandboxes) await runtime.removePodSandbox(one.id);
    await files.removeLogs({ name, namespace, uid: this.uid });
    statuses.forget(this.uid);
    images.forget(this.uid);
    crashBackoff.forget(`${this.uid}_`);
    this.#stop.abort();
    this.#timer?.cancel();
  }
}
