import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { labelNames } from './labels.ts';
import type { Runtime } from './runtime.ts';

export interface RuntimePod {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
}
interface Seen extends RuntimePod {
  state: string;
}
/** With events from the runtime the list is only a safety net. */
const relistWithEventsMs = 5_000;
const relistMs = 1_000;
const reconnectMs = 1_000;

/** Notices when containers change: by the runtime's events, and by looking at all of them every now and then. */
export class LifecycleEvents {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #changed: (pod: RuntimePod) => void;
  #pods = new Map<string, Seen>();
  #owners = new Map<string, string>();
  #following = false;
  #healthy = false;

  constructor(deps: { readonly runtime: Runtime; readonly clock: Clock; readonly log: Logger }, changed: (pod: RuntimePod) => void) {
    this.#runtime = deps.runtime;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#changed = changed;
  }
  /** Pods that the runtime had at the last look. */
  get pods(): ReadonlyMap<string, RuntimePod> {
    return this.#pods;
  }
  get healthy(): boolean {
    return this.#healthy;
  }
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#follow(signal), this.#poll(signal)]);
  }
  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const events = this.#runtime.events(signal);
        this.#following = true;
        for await (const { containerId } of events) {
          const uid = this.#owners.get(containerId);
          if (uid === undefined) await this.relist();
          else this.#changed(this.#pods.get(uid) ?? { uid, name: '', namespace: '' });
        }
      } catch (error) {
        if (!signal.aborted) this.#log.debug('events of the runtime ended', { error });
      }
      this.#following = false;
      await this.#clock.sleep(reconnectMs, signal).catch(() => undefined);
    }
  }
  async #poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.relist();
      await this.#clock.sleep(this.#following ? relistWithEventsMs : relistMs, signal).catch(() => undefined);
    }
  }
  /** Compares what runs with the last look and tells of every pod that differs. */
  async relist(): Promise<void> {
    try {
      const [sandboxes, containers] = await Promise.all([this.#runtime.listPodSandboxes(), this.#runtime.listContainers()]);
      const pods = new Map<string, Seen>();
      const owners = new Map<string, string>();
      const at = (uid: string, name: string, namespace: string) => {
        const known = pods.get(uid);
        if (known !== undefined) return known;
        const made = { uid, name, namespace, state: '' };
        pods.set(uid, made);
        return made;
      };
      for (const { id, state, metadata } of sandboxes) {
        at(metadata.uid, metadata.name, metadata.namespace).state += `${id}${state};`;
        owners.set(id, metadata.uid);
      }
      for (const { id, state, labels } of containers) {
        const uid = labels[labelNames.podUid];
        if (uid === undefined) continue;
        at(uid, labels[labelNames.podName] ?? '', labels[labelNames.podNamespace] ?? '').state += `${id}${state};`;
        owners.set(id, uid);
      }
      const before = this.#pods;
      this.#pods = pods;
      this.#owners = owners;
      this.#healthy = true;
      for (const [uid, pod] of pods) if (before.get(uid)?.state !== pod.state) this.#changed(pod);
      for (const [uid, pod] of before) if (!pods.has(uid)) this.#changed(pod);
    } catch (error) {
      this.#healthy = false;
      this.#log.debug('containers could not be listed', { error });
    }
  }
}
