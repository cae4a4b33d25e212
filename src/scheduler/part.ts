import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Part } from '../base/supervisor.ts';
import { nextTurn } from '../base/turn.ts';
import { formatTime } from '../api/gotime.ts';
import { isConflict, isNotFound } from '../api/status.ts';
import type { AnyKind } from '../api/kind.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/events.ts';
import type { InformerFactory } from '../client/informer.ts';
import { Node } from '../kinds/core/node.ts';
import { Pod } from '../kinds/core/pod.ts';
import { schedule, type Profile } from './cycle.ts';
import { NodeCache } from './node-cache.ts';
import { SchedulingQueue } from './queue.ts';

export interface SchedulerOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly profile: Profile;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventRecorder;
}

const staleSweepMs = 30_000;
/** Bindings on their way at once; beyond, scheduling waits for one to end. */
const mostBindings = 64;

/** The scheduler: gives every pod without a node one. */
export function createSchedulerPart(options: SchedulerOptions): Part {
  const ready = Promise.withResolvers<void>();
  return { name: 'scheduler', ready: ready.promise, run: (signal) => new Scheduler(options).run(signal, ready.resolve) };
}

const isDone = (pod: Pod) => pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';

class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #queue: SchedulingQueue;
  readonly #cache = new NodeCache();
  readonly #bindings = new Set<Promise<void>>();
  #rotation = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#queue = new SchedulingQueue(options.clock);
  }

  async run(signal: AbortSignal, onReady: () => void): Promise<void> {
    const { informers, clock } = this.#options;
    const nodes = informers.of(Node);
    const pods = informers.of(Pod);
    using stack = new DisposableStack();
    stack.defer(
      nodes.subscribe({
        added: (node) => this.#nodeAdded(node),
        updated: (node, old) => this.#nodeUpdated(node, old),
        deleted: (node) => this.#nodeDeleted(node),
      }),
    );
    stack.defer(
      pods.subscribe({
        added: (pod) => this.#podAdded(pod),
        updated: (pod, old) => this.#podUpdated(pod, old),
        deleted: (pod) => this.#podDeleted(pod),
      }),
    );
    await Promise.all([nodes.synced, pods.synced]);
    onReady();
    const sweep = async () => {
      while (!signal.aborted) {
        await clock.sleep(staleSweepMs, signal).catch(() => undefined);
        this.#queue.retryStale();
      }
    };
    await Promise.all([sweep(), this.#place(signal)]);
    await Promise.allSettled(this.#bindings);
  }

  async #place(signal: AbortSignal): Promise<void> {
    for (;;) {
      const pod = await this.#queue.take(signal);
      if (pod === undefined) return;
      this.#placeOne(pod, signal);
      if (this.#bindings.size >= mostBindings) await Promise.race(this.#bindings);
      await nextTurn();
    }
  }

  #placeOne(pod: Pod, signal: AbortSignal): void {
    const { profile, random, log } = this.#options;
    const snapshot = this.#cache.snapshot();
    let placement: ReturnType<typeof schedule>;
    try {
      placement = schedule(pod, snapshot, profile, random, this.#rotation++);
    } catch (error) {
      log.error('a scheduling cycle failed', { pod: `${pod.metadata.namespace}/${pod.metadata.name}`, error });
      this.#queue.refuse(pod, new Set());
      return;
    }
    if (placement.type === 'node') {
      const assumed: Pod = { ...pod, spec: { ...pod.spec, nodeName: placement.nodeName } };
      this.#cache.addPod(assumed);
      this.#track(this.#bind(pod, assumed, signal));
    } else {
      this.#queue.refuse(pod, placement.refusedBy);
      this.#track(this.#report(pod, 'Unschedulable', placement.message, signal));
    }
  }

  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => this.#bindings.delete(tracked));
    this.#bindings.add(tracked);
  }

  async #bind(pod: Pod, assumed: Pod, signal: AbortSignal): Promise<void> {
    const { client, events, log } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    const target = assumed.spec.nodeName!;
    try {
      await client.createSubresource(
        Pod,
        { namespace, name },
        'binding',
        { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { apiVersion: 'v1', kind: 'Node', name: target } },
        { signal },
      );
      this.#queue.done(pod);
      events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${target}`);
    } catch (error) {
      this.#cache.forget(assumed);
      if (signal.aborted) return;
      if (isNotFound(error)) return this.#queue.done(pod);
      if (!isConflict(error)) log.warn('a pod could not be bound', { pod: `${namespace}/${name}`, node: target, error });
      this.#queue.refuse(pod, new Set());
      await this.#report(pod, 'SchedulerError', (error as Error).message, signal);
    }
  }

  /** Says why in the pod's condition and in an event; the condition is written only when it changes. */
  async #report(pod: Pod, reason: string, message: string, signal: AbortSignal): Promise<void> {
    const { client, clock, events, log } = this.#options;
    events.event(pod, 'Warning', 'FailedScheduling', message);
    const present = pod.status.conditions?.find((one) => one.type === 'PodScheduled');
    if (present?.status === 'False' && present.reason === reason && present.message === message) return;
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason,
      message,
      lastProbeTime: null,
      lastTransitionTime: present?.status === 'False' ? present.lastTransitionTime : formatTime(clock.now()),
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    };
    try {
      await client.patch(
        Pod,
        { namespace: pod.metadata.namespace, name: pod.metadata.name },
        'strategic',
        { status: { conditions: [condition] } },
        { subresource: 'status', signal },
      );
    } catch (error) {
      if (!isNotFound(error) && !signal.aborted)
        log.warn('the condition of a pod could not be written', { pod: `${pod.metadata.namespace}/${pod.metadata.name}`, error });
    }
  }

  #isMine(pod: Pod): boolean {
    return pod.spec.schedulerName === undefined || pod.spec.schedulerName === this.#options.profile.schedulerName;
  }
  #gate(pod: Pod): string | undefined {
    for (const { plugin } of this.#options.profile.plugins) {
      const refusal = plugin.preEnqueue?.(pod);
      if (refusal !== undefined) return refusal.reason;
    }
    return undefined;
  }
  #enqueue(pod: Pod): void {
    if (!this.#isMine(pod) || pod.metadata.deletionTimestamp !== undefined || isDone(pod)) return this.#queue.remove(pod);
    if (this.#gate(pod) === undefined) this.#queue.add(pod);
    else this.#queue.remove(pod);
  }
  #podAdded(pod: Pod): void {
    if ((pod.spec.nodeName ?? '') === '') return this.#enqueue(pod);
    if (isDone(pod)) return;
    this.#cache.addPod(pod);
    this.#happened(Pod, 'added', pod, undefined);
  }
  #podUpdated(pod: Pod, old: Pod): void {
    if ((pod.spec.nodeName ?? '') === '') return this.#enqueue(pod);
    if ((old.spec.nodeName ?? '') === '') this.#queue.remove(old);
    if (isDone(pod)) {
      this.#cache.removePod(pod);
      if (!isDone(old)) this.#happened(Pod, 'deleted', pod, old);
      return;
    }
    this.#cache.addPod(pod);
    if (old.spec !== pod.spec || old.metadata.labels !== pod.metadata.labels) this.#happened(Pod, 'updated', pod, old);
  }
  #podDeleted(pod: Pod): void {
    this.#queue.remove(pod);
    if ((pod.spec.nodeName ?? '') === '') return;
    this.#cache.removePod(pod);
    this.#happened(Pod, 'deleted', pod, undefined);
  }
  #nodeAdded(node: Node): void {
    this.#cache.setNode(node);
    this.#happened(Node, 'added', node, undefined);
  }
  #nodeUpdated(node: Node, old: Node): void {
    this.#cache.setNode(node);
    if (schedulingFacts(node) !== schedulingFacts(old)) this.#happened(Node, 'updated', node, old);
  }
  #nodeDeleted(node: Node): void {
    this.#cache.removeNode(node.metadata.name);
    this.#happened(Node, 'deleted', node, undefined);
  }
  /** Wakes the pods that plugins refused and that this may help. Pods that met no node wait for one. */
  #happened(kind: AnyKind, type: 'added' | 'updated' | 'deleted', object: Pod | Node, old: Pod | Node | undefined): void {
    const { plugins } = this.#options.profile;
    this.#queue.retry((pod, refusedBy) =>
      plugins.some(
        ({ plugin }) =>
          refusedBy.has(plugin.name) &&
          plugin.retryOn?.some((event) => event.kind === kind && event.type === type && event.helps?.(pod, object, old) !== false) === true,
      ),
    );
  }
}

/** What of a node can change a verdict; heartbeats do not. */
function schedulingFacts(node: Node): string {
  return JSON.stringify([node.metadata.labels, node.spec.taints, node.spec.unschedulable, node.status.allocatable]);
}
