import type { KubeletContext } from './context.ts';
import { noPod, observePod, type ObservedPod } from './observed.ts';
import type { RuntimePod } from './pleg.ts';
import type { PodSource } from './pod-source.ts';
import { type Failure, PodWorker } from './pod-worker.ts';
import { isStatic } from './static-pods/manifest.ts';
import { sortIps } from './status.ts';
import type { Pod } from './types.ts';
import { isDeleted, isTerminalPhase, usesHostNetwork } from './types.ts';

/** One worker for each pod of the node, and the removal of what belongs to no pod. */
export class PodWorkers {
  readonly #context: KubeletContext;
  readonly #pods: PodSource;
  readonly #workers = new Map<string, PodWorker>();
  readonly #clearing = new Set<string>();
  /** Static pods whose predecessor of the same name, from an earlier manifest, has not ended yet. */
  readonly #waiting = new Map<string, Pod>();

  constructor(context: KubeletContext, pods: PodSource) {
    this.#context = context;
    this.#pods = pods;
  }
  /** Starts workers for the pods there are and follows changes. Gives how to stop. */
  follow(): () => void {
    return this.#pods.subscribe({
      added: (pod) => this.#update(pod),
      updated: (pod, old) => {
        if (pod.metadata.uid !== old.metadata.uid) this.#workers.get(old.metadata.uid)?.remove();
        this.#update(pod);
      },
      deleted: (pod) => {
        this.#waiting.delete(pod.metadata.uid);
        this.#workers.get(pod.metadata.uid)?.remove();
      },
    });
  }
  #update(pod: Pod): void {
    const known = this.#workers.get(pod.metadata.uid);
    if (known !== undefined) return known.update(pod);
    if (isStatic(pod) && this.#named(pod) !== undefined) return void this.#waiting.set(pod.metadata.uid, pod);
    const worker = new PodWorker(this.#context, pod, (gone) => {
      if (this.#workers.get(gone.uid) === gone) this.#workers.delete(gone.uid);
      this.#startWaiting();
    });
    this.#workers.set(pod.metadata.uid, worker);
    worker.poke();
  }
  #named({ metadata: { namespace, name } }: Pod): PodWorker | undefined {
    return [...this.#workers.values()].find(({ pod }) => pod.metadata.name === name && pod.metadata.namespace === namespace);
  }
  #startWaiting(): void {
    for (const [uid, pod] of this.#waiting) {
      if (this.#named(pod) !== undefined) continue;
      this.#waiting.delete(uid);
      this.#update(pod);
    }
  }
  poke(uid: string): void {
    this.#workers.get(uid)?.poke();
  }
  runtimeChanged(pod: RuntimePod): void {
    this.#workers.get(pod.uid)?.poke();
  }
  activePods(): readonly Pod[] {
    return [...this.#workers.values()].filter((worker) => worker.active).map((worker) => worker.granted);
  }
  /** Pods whose containers may run, for eviction and statistics. */
  runningPods(): readonly Pod[] {
    return [...this.#workers.values()]
      .filter((worker) => !worker.stopped && !isDeleted(worker.pod) && !isTerminalPhase(worker.pod.status?.phase))
      .map((worker) => worker.pod);
  }
  observedOf(uid: string): ObservedPod | undefined {
    return this.#workers.get(uid)?.observed;
  }
  ipsOf(uid: string): readonly string[] {
    const worker = this.#workers.get(uid);
    if (worker === undefined) return [];
    return sortIps(usesHostNetwork(worker.pod) ? this.#context.nodeIps : worker.observed.ips, this.#context.nodeIps);
  }
  async fail(uid: string, failure: Failure): Promise<void> {
    await this.#workers.get(uid)?.fail(failure);
  }
  knows(uid: string): boolean {
    return this.#workers.has(uid);
  }
  /** Stops and removes what the runtime holds of a pod that no one asks for. */
  async clear(orphan: RuntimePod): Promise<void> {
    const { uid } = orphan;
    if (this.#workers.has(uid) || this.#clearing.has(uid)) return;
    const { runtime, files, log } = this.#context;
    this.#clearing.add(uid);
    try {
      const observed = (await observePod(runtime, uid)) ?? noPod(uid);
      await Promise.all(observed.containers.filter((one) => one.state === 'RUNNING').map((one) => runtime.stopContainer(one.id, 30_000)));
      for (const one of observed.sandboxes) await runtime.stopPodSandbox(one.id);
      for (const one of observed.containers) await runtime.removeContainer(one.id);
      for (const one of observed.sandboxes) await runtime.removePodSandbox(one.id);
      await files.tearDown(uid);
      this.#context.claims.forget(uid);
      await files.removeLogs(orphan);
    } catch (error) {
      log.warn('what is left of a pod could not be removed', { pod: `${orphan.namespace}/${orphan.name}`, error });
    } finally {
      this.#clearing.delete(uid);
    }
  }
  async close(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
    this.#workers.clear();
  }
}
