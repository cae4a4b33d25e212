import { backoffMs } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { keyText } from '../api/meta.ts';
import type { Pod } from '../kinds/core/pod.ts';

interface Waiting {
  pod: Pod;
  readonly arrivedMs: number;
  failures: number;
  failedAtMs: number;
  refusedBy: ReadonlySet<string>;
  /** The pod itself changed while it was being tried, or too much else: a refusal is out of date then. */
  changedMeanwhile: boolean;
  /** What happened while the pod was being tried: whether it helps shows when it is known who refused. */
  readonly meanwhile: Helps[];
}

/** Whether something that happened may help a pod that these plugins refused. */
type Helps = (pod: Pod, refusedBy: ReadonlySet<string>) => boolean;

/** Of what happens while a pod is tried, so much is remembered. */
const mostMeanwhile = 200;

const firstBackoffMs = 1_000;
const longestBackoffMs = 10_000;
/** A refused pod is tried again after this long even if nothing seems to have changed. */
const longestRefusalMs = 5 * 60_000;

/**
 * Pods to place. Ready ones in order of priority, then arrival; a refused one rests until something that may help it
 * happens, and then for its back-off, unless there is nothing else to do. Holds each pod once, so its size is that of the pods without
 * a node.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #ready = new Map<string, Waiting>();
  readonly #resting = new Map<string, { readonly entry: Waiting; readonly timer: Timer }>();
  readonly #refused = new Map<string, Waiting>();
  readonly #trying = new Map<string, Waiting>();
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  get sizes(): { readonly ready: number; readonly backoff: number; readonly refused: number } {
    return { ready: this.#ready.size, backoff: this.#resting.size, refused: this.#refused.size };
  }
  /** A pod to place, new or changed. */
  add(pod: Pod): void {
    const key = keyText(pod.metadata);
    const present = this.#ready.get(key) ?? this.#resting.get(key)?.entry ?? this.#trying.get(key);
    if (present !== undefined && present.pod.metadata.uid === pod.metadata.uid) {
      if (present.pod.spec !== pod.spec) present.changedMeanwhile = true;
      present.pod = pod;
      return;
    }
    const refused = this.#refused.get(key);
    if (refused !== undefined && refused.pod.metadata.uid === pod.metadata.uid && sameDemands(refused.pod, pod)) {
      refused.pod = pod;
      return;
    }
    this.remove(pod);
    this.#push(key, {
      pod,
      arrivedMs: refused?.arrivedMs ?? this.#clock.monotonic(),
      failures: 0,
      failedAtMs: 0,
      refusedBy: new Set(),
      changedMeanwhile: false,
      meanwhile: [],
    });
  }
  remove(pod: Pod): void {
    const key = keyText(pod.metadata);
    this.#ready.delete(key);
    this.#resting.get(key)?.timer.cancel();
    this.#resting.delete(key);
    this.#refused.delete(key);
    this.#trying.delete(key);
  }
  /** The next pod, when there is one; waits for it otherwise. undefined once the signal aborts. */
  async take(signal: AbortSignal): Promise<Pod | undefined> {
    while (!signal.aborted) {
      const first = firstOf(this.#ready) ?? firstOf(this.#idle());
      if (first !== undefined) {
        const [key, entry] = first;
        const { pod } = entry;
        this.remove(pod);
        entry.changedMeanwhile = false;
        entry.meanwhile.length = 0;
        this.#trying.set(key, entry);
        return pod;
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    return undefined;
  }
  /** Pods that rest although something may have helped them; those whose failure was another one rest to the end. */
  *#idle(): Iterable<[string, Waiting]> {
    for (const [key, { entry }] of this.#resting) if (entry.refusedBy.size > 0) yield [key, entry];
  }
  /** The pod taken last is placed, or gone. */
  done(pod: Pod): void {
    if (this.#tried(pod) !== undefined) this.#trying.delete(keyText(pod.metadata));
  }
  /** Another pod of that name may have come meanwhile. */
  #tried(pod: Pod): Waiting | undefined {
    const entry = this.#trying.get(keyText(pod.metadata));
    return entry?.pod.metadata.uid === pod.metadata.uid ? entry : undefined;
  }
  /** The pod taken last was refused by these plugins; with none, the failure was another one and is tried again after the back-off. */
  refuse(pod: Pod, refusedBy: ReadonlySet<string>): void {
    const key = keyText(pod.metadata);
    const entry = this.#tried(pod);
    if (entry === undefined) return;
    this.#trying.delete(key);
    entry.failures++;
    entry.failedAtMs = this.#clock.monotonic();
    entry.refusedBy = refusedBy;
    const isOutdated = entry.changedMeanwhile || entry.meanwhile.some((helps) => helps(entry.pod, refusedBy));
    entry.meanwhile.length = 0;
    if (refusedBy.size === 0 || isOutdated) this.#rest(key, entry);
    else this.#refused.set(key, entry);
  }
  /** Something happened: refused pods for which `helps` holds are tried again. */
  retry(helps: Helps): void {
    for (const entry of this.#trying.values()) {
      if (entry.meanwhile.length === mostMeanwhile) entry.changedMeanwhile = true;
      else entry.meanwhile.push(helps);
    }
    for (const [key, entry] of this.#refused) {
      if (!helps(entry.pod, entry.refusedBy)) continue;
      this.#refused.delete(key);
      this.#rest(key, entry);
    }
  }
  /** Moves pods on that were refused too long ago to trust it. Call it now and then. */
  retryStale(): void {
    const nowMs = this.#clock.monotonic();
    this.retry((pod) => nowMs - (this.#refused.get(keyText(pod.metadata))?.failedAtMs ?? nowMs) > longestRefusalMs);
  }
  #rest(key: string, entry: Waiting): void {
    const leftMs = entry.failedAtMs + backoffMs(entry.failures, firstBackoffMs, longestBackoffMs) - this.#clock.monotonic();
    if (leftMs <= 0) return this.#push(key, entry);
    const timer = this.#clock.setTimer(leftMs, () => {
      this.#resting.delete(key);
      this.#push(key, entry);
    });
    this.#resting.set(key, { entry, timer });
    this.#wakeUp();
  }
  #push(key: string, entry: Waiting): void {
    this.#ready.set(key, entry);
    this.#wakeUp();
  }
  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

function firstOf(entries: Iterable<[string, Waiting]>): [string, Waiting] | undefined {
  let first: [string, Waiting] | undefined;
  for (const one of entries) if (first === undefined || before(one[1], first[1])) first = one;
  return first;
}
const before = (a: Waiting, b: Waiting) => {
  const byPriority = (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0);
  return byPriority === 0 ? a.arrivedMs < b.arrivedMs : byPriority < 0;
};

/** Claims that were made for it do; other status changes, such as our own PodScheduled condition, give a refused pod no new chance. */
function sameDemands(a: Pod, b: Pod): boolean {
  const demands = ({ spec, metadata, status }: Pod) => JSON.stringify([spec, metadata.labels, status.resourceClaimStatuses]);
  return demands(a) === demands(b);
}
