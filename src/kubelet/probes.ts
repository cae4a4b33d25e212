import { formatDuration } from '../api/gotime.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { EventRecorder } from '../client/events.ts';
import type { ProbeDialer } from './dialer.ts';
import { httpTarget, probeCommand, resolvePort } from './handlers.ts';
import type { ObservedPod } from './observed.ts';
import { latest } from './observed.ts';
import type { ProbeResult, ProbeResults } from './pod-actions.ts';
import { RuntimeError, type Runtime } from './runtime.ts';
import type { AnyContainer, Container, Pod, PodStatus, Probe } from './types.ts';
import { containerFieldPath, containersOf, initContainersOf, isDeleted, isSidecar } from './types.ts';

export type ProbeType = 'Startup' | 'Readiness' | 'Liveness';
const initialResults: Readonly<Record<ProbeType, ProbeResult>> = { Startup: 'unknown', Readiness: 'failure', Liveness: 'success' };
/** How often a probe of a container ended how, as upstream counts it. */
export interface ProbeCount {
  readonly type: ProbeType;
  readonly pod: Pod;
  readonly container: string;
  readonly results: Readonly<Record<'successful' | 'failed' | 'unknown', number>>;
}
const maxTries = 3;
/** A container older than this when the kubelet starts keeps the readiness it had. */
const adoptedAfterMs = 10_000;

export interface ProbeDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventRecorder;
  readonly runtime: Runtime;
  readonly dialer: ProbeDialer;
  /** Something that a pod's worker cares about has changed. */
  readonly changed: (podUid: string) => void;
}
interface Target {
  pod: Pod;
  observed: ObservedPod;
  podIp: string;
}

const probeOf = (container: AnyContainer, type: ProbeType): Probe | undefined =>
  type === 'Startup' ? container.startupProbe : type === 'Readiness' ? container.readinessProbe : container.livenessProbe;

/** Runs one probe once. Throws Error when the probe itself could not be made. */
async function runOnce(
  deps: ProbeDeps,
  probe: Probe,
  container: AnyContainer,
  id: string,
  podIp: string,
): Promise<{ ok: boolean; warning?: boolean; output: string }> {
  const timeoutMs = (probe.timeoutSeconds || 1) * 1000;
  if (probe.exec !== undefined) {
    const command = probeCommand(probe.exec.command, container);
    try {
      const { exitCode, stdout, stderr } = await deps.runtime.execSync(id, command, timeoutMs);
      const output = Buffer.concat([stdout, stderr]).subarray(0, 10_240).toString('utf8');
      return { ok: exitCode === 0, output };
    } catch (error) {
      if (error instanceof RuntimeError && error.code === 'DeadlineExceeded') {
        return { ok: false, output: `command timed out: "${command.join(' ')}" timed out after ${formatDuration(timeoutMs)}` };
      }
      throw error;
    }
  }
  const failed = (error: unknown) => ({ ok: false, output: (error as Error).message });
  if (probe.httpGet !== undefined) {
    const target = httpTarget(probe.httpGet, container, podIp, 'probe');
    try {
      const { status, body, redirected } = await deps.dialer.http(target, timeoutMs);
      if (redirected) return { ok: true, warning: true, output: `Probe terminated redirects, Response body: ${body}` };
      return status >= 200 && status < 400
        ? { ok: true, output: body }
        : { ok: false, output: `HTTP probe failed with statuscode: ${status}` };
    } catch (error) {
      return failed(error);
    }
  }
  if (probe.tcpSocket !== undefined) {
    const port = resolvePort(probe.tcpSocket.port, container);
    return await deps.dialer.tcp(probe.tcpSocket.host || podIp, port, timeoutMs).then(() => ({ ok: true, output: '' }), failed);
  }
  if (probe.grpc !== undefined) {
    return await deps.dialer
      .grpc(podIp, probe.grpc.port, probe.grpc.service ?? '', timeoutMs)
      .then(() => ({ ok: true, output: '' }), failed);
  }
  throw new Error('missing probe handler for the container');
}

/** One probe of one container: follows its instances, counts results against the thresholds. */
class ProbeWorker {
  readonly #deps: ProbeDeps;
  readonly #manager: ProbeManager;
  readonly type: ProbeType;
  readonly container: string;
  readonly #stop = new AbortController();
  #wake: (() => void) | undefined;
  #id = '';
  #onHold = false;
  #last: ProbeResult | undefined;
  #run = 0;
  /** On the monotonic clock. */
  #startedMs = 0;
  readonly results = { successful: 0, failed: 0, unknown: 0 };

  constructor(deps: ProbeDeps, manager: ProbeManager, type: ProbeType, container: string) {
    this.#deps = deps;
    this.#manager = manager;
    this.type = type;
    this.container = container;
  }
  stop(): void {
    this.#stop.abort();
    this.#manager.drop(this.type, this.#id);
  }
  trigger(): void {
    this.#wake?.();
  }
  async run(target: Target): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#stop;
    while (!signal.aborted && (await this.#probe(target))) {
      const container = [...initContainersOf(target.pod), ...containersOf(target.pod)].find((one) => one.name === this.container);
      const periodMs = ((container && probeOf(container, this.type)?.periodSeconds) || 10) * 1000;
      const nap = new AbortController();
      this.#wake = () => nap.abort();
      await clock.sleep(periodMs, AbortSignal.any([signal, nap.signal])).catch(() => undefined);
    }
  }
  /** False once there is nothing more to probe. */
  async #probe(target: Target): Promise<boolean> {
    const { pod, observed } = target;
    const { clock } = this.#deps;
    const container: Container | undefined = [...initContainersOf(pod), ...containersOf(pod)].find((one) => one.name === this.container);
    const probe = container && probeOf(container, this.type);
    const status = latest(observed, this.container);
    if (container === undefined || probe === undefined) return false;
    if (status === undefined) return true;
    if (status.id !== this.#id) {
      this.#manager.drop(this.type, this.#id);
      this.#id = status.id;
      this.#onHold = false;
      this.#run = 0;
      this.#last = undefined;
      this.#startedMs = clock.monotonic() - Math.max(clock.now() - status.startedAtMs, 0);
      this.#manager.begin(this.type, pod, this.container, status.id, status.startedAtMs, initialResults[this.type]);
    }
    if (this.#onHold) return true;
    if (status.state !== 'RUNNING') {
      this.#manager.set(this.type, pod.metadata.uid, status.id, 'failure');
      return true;
    }
    if (isDeleted(pod) && this.type !== 'Readiness') {
      this.#manager.set(this.type, pod.metadata.uid, status.id, 'success');
      return false;
    }
    if (Math.floor((clock.monotonic() - this.#startedMs) / 1000) < (probe.initialDelaySeconds ?? 0)) return true;
    const started = this.#manager.started(container, status.id);
    if (started === (this.type === 'Startup')) return true;
    const result = await this.#runProbe(pod, container, probe, status.id, target.podIp);
    this.results[result === undefined ? 'unknown' : result === 'success' ? 'successful' : 'failed']++;
    if (this.#stop.signal.aborted || result === undefined) return !this.#stop.signal.aborted;
    this.#run = this.#last === result ? this.#run + 1 : 1;
    this.#last = result;
    const threshold = result === 'failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1);
    if (this.#run < threshold) return true;
    this.#manager.set(this.type, pod.metadata.uid, status.id, result);
    if ((this.type === 'Liveness' && result === 'failure') || this.type === 'Startup') {
      this.#onHold = true;
      this.#run = 0;
    }
    return true;
  }
  async #runProbe(pod: Pod, container: Container, probe: Probe, id: string, podIp: string): Promise<ProbeResult | undefined> {
    const say = (reason: string, message: string) =>
      this.#deps.events.event(pod, 'Warning', reason, message, containerFieldPath(pod, container.name));
    for (let attempt = 1; ; attempt++) {
      try {
        const { ok, warning, output } = await runOnce(this.#deps, probe, container, id, podIp);
        if (this.#stop.signal.aborted) return undefined;
        if (warning) say('ProbeWarning', `${this.type} probe warning: ${output}`);
        else if (!ok) say('Unhealthy', `${this.type} probe failed: ${output}`);
        return ok ? 'success' : 'failure';
      } catch (error) {
        if (this.#stop.signal.aborted) return undefined;
        if (attempt < maxTries) continue;
        say('Unhealthy', `${this.type} probe errored and resulted in unknown state: ${(error as Error).message}`);
        return undefined;
      }
    }
  }
}

interface PodProbes {
  readonly target: Target;
  readonly workers: Map<string, ProbeWorker>;
}

/** All probes of a node. `sync` is told what the pods look like; results are read by their workers and in statuses. */
export class ProbeManager implements ProbeResults {
  readonly #deps: ProbeDeps;
  readonly #startMs: number;
  readonly #pods = new Map<string, PodProbes>();
  readonly #results: Readonly<Record<ProbeType, Map<string, ProbeResult>>> = {
    Startup: new Map(),
    Readiness: new Map(),
    Liveness: new Map(),
  };
  readonly #old = new Map<string, PodStatus>();

  constructor(deps: ProbeDeps) {
    this.#deps = deps;
    this.#startMs = deps.clock.now();
  }
  /** Starts what is missing and hands the newest view to what runs. `old`: the status before, for adopted containers. */
  sync(pod: Pod, observed: ObservedPod, podIp: string, old: PodStatus): void {
    const { uid } = pod.metadata;
    const probed = [...initContainersOf(pod).filter(isSidecar), ...containersOf(pod)];
    let entry = this.#pods.get(uid);
    for (const container of probed) {
      for (const type of ['Startup', 'Readiness', 'Liveness'] as const) {
        if (probeOf(container, type) === undefined) continue;
        if (entry === undefined) {
          entry = { target: { pod, observed, podIp }, workers: new Map() };
          this.#pods.set(uid, entry);
          this.#old.set(uid, old);
        }
        const key = `${type} ${container.name}`;
        Object.assign(entry.target, { pod, observed, podIp });
        const worker = entry.workers.get(key);
        const running = latest(observed, container.name);
        if (worker === undefined && running !== undefined) {
          const created = new ProbeWorker(this.#deps, this, type, container.name);
          entry.workers.set(key, created);
          void created.run(entry.target);
        }
      }
    }
  }
  /** Ends liveness and startup probes of a pod that is being stopped; readiness goes on. */
  stopLiveness(uid: string): void {
    for (const [key, worker] of this.#pods.get(uid)?.workers ?? []) if (!key.startsWith('Readiness')) worker.stop();
  }
  remove(uid: string): void {
    for (const worker of this.#pods.get(uid)?.workers.values() ?? []) worker.stop();
    this.#pods.delete(uid);
    this.#old.delete(uid);
  }
  close(): void {
    for (const uid of [...this.#pods.keys()]) this.remove(uid);
  }
  /** Of the probes that run. */
  *counts(): Generator<ProbeCount> {
    for (const { target, workers } of this.#pods.values())
      for (const { type, container, results } of workers.values()) yield { type, pod: target.pod, container, results };
  }
  liveness(id: string): ProbeResult | undefined {
    return this.#results.Liveness.get(id);
  }
  startup(id: string): ProbeResult | undefined {
    return this.#results.Startup.get(id);
  }
  started(container: AnyContainer, id: string): boolean {
    return container.startupProbe === undefined || this.#results.Startup.get(id) === 'success';
  }
  ready(container: AnyContainer, id: string): boolean {
    return container.readinessProbe === undefined || this.#results.Readiness.get(id) === 'success';
  }
  begin(type: ProbeType, pod: Pod, name: string, id: string, startedAtMs: number, initial: ProbeResult): void {
    const old = this.#old.get(pod.metadata.uid);
    const before = [...(old?.containerStatuses ?? []), ...(old?.initContainerStatuses ?? [])].find((one) => one.name === name);
    const adopted = startedAtMs > 0 && startedAtMs < this.#startMs - adoptedAfterMs && before?.containerID?.endsWith(`://${id}`) === true;
    const kept = type === 'Startup' ? before?.started === true : type === 'Readiness' && before?.ready === true;
    this.set(type, pod.metadata.uid, id, adopted && kept ? 'success' : initial);
  }
  set(type: ProbeType, uid: string, id: string, result: ProbeResult): void {
    if (id === '' || this.#results[type].get(id) === result) return;
    this.#results[type].set(id, result);
    this.#deps.changed(uid);
    if (type === 'Startup' && result === 'success') {
      for (const [key, worker] of this.#pods.get(uid)?.workers ?? []) if (!key.startsWith('Startup')) worker.trigger();
    }
  }
  drop(type: ProbeType, id: string): void {
    this.#results[type].delete(id);
  }
}
