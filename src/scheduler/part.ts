import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Part } from '../base/supervisor.ts';
import { nextTurn } from '../base/turn.ts';
import { formatTime } from '../api/gotime.ts';
import { isConflict, isNotFound } from '../api/status.ts';
import { type AnyKind, kindId } from '../api/kind.ts';
import { type ApiObject, keyText } from '../api/meta.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/events.ts';
import type { InformerFactory } from '../client/informer.ts';
import { Node } from '../kinds/core/node.ts';
import { Pod } from '../kinds/core/pod.ts';
import { Changes } from './changes.ts';
import { schedule, type Placement, type Profile } from './cycle.ts';
import type { Binding, Remedy } from './framework.ts';
import { Nominations } from './nominations.ts';
import { NodeCache } from './node-cache.ts';
import { SchedulingQueue } from './queue.ts';
import { postFilter, preBind, reserve } from './reservation.ts';
import { AssumingWorld } from './world.ts';

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

type Chosen = Extract<Placement, { readonly type: 'node' }>;
type Refused = Extract<Placement, { readonly type: 'refused' }>;

const isDone = (pod: Pod) => pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';

class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #queue: SchedulingQueue;
  readonly #cache = new NodeCache();
  readonly #world: AssumingWorld;
  readonly #changes: Changes;
  readonly #bindings = new Set<Promise<void>>();
  /** Pods that have their node and wait for something else, such as their volumes. */
  readonly #preparing = new Set<Promise<void>>();
  readonly #nominations = new Nominations();
  /** Where the next search for nodes begins. */
  #startAt = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#queue = new SchedulingQueue(options.clock);
    this.#world = new AssumingWorld((kind) => options.informers.of(kind).cache, options.clock);
    this.#changes = new Changes(options.clock);
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
    await Promise.all([nodes.synced, pods.synced, ...this.#followReads(stack)]);
    onReady();
    const sweep = async () => {
      while (!signal.aborted) {
        await clock.sleep(staleSweepMs, signal).catch(() => undefined);
        this.#queue.retryStale();
      }
    };
    await Promise.all([sweep(), this.#place(signal)]);
    await Promise.allSettled([...this.#bindings, ...this.#preparing]);
  }

  /** Starts following what plugins read besides nodes and pods. */
  #followReads(stack: DisposableStack): readonly Promise<void>[] {
    const { informers, profile } = this.#options;
    const synced = new Map<string, Promise<void>>();
    for (const { kind, indexes = {} } of profile.plugins.flatMap(({ plugin }) => plugin.reads ?? [])) {
      const informer = informers.of(kind);
      for (const [name, values] of Object.entries(indexes)) informer.index(name, values);
      if (synced.has(kindId(kind))) continue;
      synced.set(kindId(kind), informer.synced);
      const happened = (type: 'added' | 'updated' | 'deleted') => (object: ApiObject, old?: ApiObject) =>
        this.#happened(kind, type, object, old);
      stack.defer(informer.subscribe({ added: happened('added'), updated: happened('updated'), deleted: happened('deleted') }));
    }
    return [...synced.values()];
  }

  async #place(signal: AbortSignal): Promise<void> {
    for (;;) {
      const pod = await this.#queue.take(signal);
      if (pod === undefined) return;
      await this.#placeOne(pod, signal);
      if (this.#bindings.size >= mostBindings) await Promise.race(this.#bindings);
      await nextTurn();
    }
  }

  async #placeOne(pod: Pod, signal: AbortSignal): Promise<void> {
    const { profile, random } = this.#options;
    const snapshot = this.#cache.snapshot();
    const surroundings = { snapshot, world: this.#world, random, nominated: (name: string) => this.#nominations.on(name) };
    let placement: Placement;
    let remedy: Remedy = {};
    try {
      placement = schedule(pod, surroundings, profile, this.#startAt);
      if (placement.type === 'refused' && placement.misfit !== undefined && !placement.silent)
        remedy = await postFilter(pod, placement.misfit, placement.state, profile, this.#binding(signal));
    } catch (error) {
      return this.#track(this.#bindings, this.#failed(pod, error, signal));
    }
    this.#startAt = (this.#startAt + placement.looked) % Math.max(snapshot.nodes.length, 1);
    if (placement.type === 'node') this.#settle(pod, placement, signal);
    else this.#refuse(pod, placement, remedy, signal);
  }

  /** The pod waits: for something that may help it, or until room has been made for it. */
  #refuse(pod: Pod, refused: Refused, remedy: Remedy, signal: AbortSignal): void {
    if (remedy.nominatedNodeName !== undefined) this.#nominations.set(pod, remedy.nominatedNodeName);
    if (remedy.act === undefined) this.#queue.refuse(pod, refused.refusedBy);
    this.#track(this.#bindings, this.#tellAndAct(pod, refused, remedy, signal));
  }

  async #tellAndAct(pod: Pod, refused: Refused, remedy: Remedy, signal: AbortSignal): Promise<void> {
    const message = remedy.message === undefined ? refused.message : `${refused.message} ${remedy.message}`;
    if (!refused.silent) await this.#report(pod, 'Unschedulable', message, remedy.nominatedNodeName, signal);
    if (remedy.act === undefined) return;
    try {
      await remedy.act();
      this.#queue.refuse(pod, refused.refusedBy);
    } catch (error) {
      this.#queue.refuse(pod, new Set());
      if (!signal.aborted) this.#options.log.warn('no room could be made for a pod', { pod: keyText(pod.metadata), error });
    }
  }

  #binding(signal: AbortSignal): Binding {
    const { client, clock, events } = this.#options;
    return { client, clock, events, world: this.#world, signal, until: (test, timeoutMs) => this.#changes.until(test, timeoutMs, signal) };
  }

  /** Takes what the pod needs at once, so that the next pod sees it taken; the rest goes on in the background. */
  #settle(pod: Pod, placement: Chosen, signal: AbortSignal): void {
    const assumed: Pod = { ...pod, spec: { ...pod.spec, nodeName: placement.nodeName } };
    let unreserve: () => Promise<void>;
    try {
      unreserve = reserve(pod, placement.nodeName, placement.state, this.#options.profile, this.#binding(signal));
    } catch (error) {
      return this.#track(this.#bindings, this.#failed(pod, error, signal));
    }
    this.#cache.addPod(assumed);
    this.#nominations.delete(pod);
    this.#track(this.#preparing, this.#prepare(pod, assumed, placement, unreserve, signal));
  }

  #track(running: Set<Promise<void>>, work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => running.delete(tracked));
    running.add(tracked);
  }

  async #prepare(pod: Pod, assumed: Pod, { nodeName, state }: Chosen, unreserve: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      if (this.#options.profile.plugins.some(({ plugin }) => plugin.mustPreBind?.(pod, nodeName, state) === true))
        await this.#patchStatus(pod, { nominatedNodeName: nodeName }, signal);
      await preBind(pod, nodeName, state, this.#options.profile, this.#binding(signal));
      const bound = this.#bind(pod, nodeName, signal);
      this.#track(
        this.#bindings,
        bound.catch(() => undefined),
      );
      await bound;
    } catch (error) {
      const undone = unreserve();
      this.#cache.forget(assumed);
      await undone;
      await this.#failed(pod, error, signal);
    }
  }

  async #bind(pod: Pod, nodeName: string, signal: AbortSignal): Promise<void> {
    const { client, events } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    const target = { apiVersion: 'v1', kind: 'Node', name: nodeName };
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target };
    await client.createSubresource(Pod, { namespace, name }, 'binding', body, { signal });
    this.#queue.done(pod);
    events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`);
  }

  /** The pod did not get to its node, through no fault of its own: tried again after a while. */
  async #failed(pod: Pod, error: unknown, signal: AbortSignal): Promise<void> {
    const { informers, log } = this.#options;
    if (signal.aborted) return;
    const isGone = informers.of(Pod).cache.get(pod.metadata)?.metadata.uid !== pod.metadata.uid;
    if (isNotFound(error) || isGone) return this.#queue.done(pod);
    if (!isConflict(error)) log.warn('a pod could not be scheduled', { pod: keyText(pod.metadata), error });
    this.#nominations.delete(pod);
    this.#queue.refuse(pod, new Set());
    await this.#report(pod, 'SchedulerError', (error as Error).message, '', signal);
  }

  /** Says why in an event and in the pod's condition, and where room is being made ('' for nowhere); written only when it changes. */
  async #report(pod: Pod, reason: string, message: string, nominatedNodeName: string | undefined, signal: AbortSignal): Promise<void> {
    const { clock, events } = this.#options;
    events.event(pod, 'Warning', 'FailedScheduling', message);
    const shown = this.#world.shown(Pod, pod.metadata);
    const { status: now } = shown?.metadata.uid === pod.metadata.uid ? shown : pod;
    const present = now.conditions?.find((one) => one.type === 'PodScheduled');
    const isKnown = present?.status === 'False' && present.reason === reason && present.message === message;
    const isNominated = nominatedNodeName === undefined || (now.nominatedNodeName ?? '') === nominatedNodeName;
    if (isKnown && isNominated) return;
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason,
      message,
      lastProbeTime: null,
      lastTransitionTime: present?.status === 'False' ? present.lastTransitionTime : formatTime(clock.now()),
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    };
    const status = { conditions: [condition], ...(isNominated ? {} : { nominatedNodeName: nominatedNodeName || null }) };
    await this.#patchStatus(pod, status, signal);
  }

  async #patchStatus({ metadata }: Pod, status: object, signal: AbortSignal): Promise<void> {
    const { client, log } = this.#options;
    try {
      await client.patch(Pod, metadata, 'strategic', { status }, { subresource: 'status', signal });
    } catch (error) {
      if (!isNotFound(error) && !signal.aborted) log.warn('the status of a pod could not be written', { pod: keyText(metadata), error });
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
  /** A pod that is placed, though the API does not show it yet, waits for nothing. */
  #nominate(pod: Pod, old: Pod | undefined): void {
    if (this.#cache.has(pod)) this.#nominations.delete(pod);
    else if (isDone(pod) || pod.metadata.deletionTimestamp !== undefined) this.#denominate(pod);
    else this.#nominations.show(pod, old);
  }
  /** The room that was being made for the pod is for others now. */
  #denominate(pod: Pod): void {
    if (this.#nominations.delete(pod)) this.#happened(Pod, 'deleted', pod, undefined);
    else this.#changes.happened();
  }
  #podAdded(pod: Pod): void {
    if ((pod.spec.nodeName ?? '') === '') {
      this.#nominate(pod, undefined);
      return this.#enqueue(pod);
    }
    if (isDone(pod)) return;
    this.#cache.addPod(pod);
    this.#happened(Pod, 'added', pod, undefined);
  }
  #podUpdated(pod: Pod, old: Pod): void {
    if ((pod.spec.nodeName ?? '') === '') {
      this.#nominate(pod, old);
      return this.#enqueue(pod);
    }
    if ((old.spec.nodeName ?? '') === '') {
      this.#queue.remove(old);
      this.#nominations.delete(old);
    }
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
    if ((pod.spec.nodeName ?? '') === '') return this.#denominate(pod);
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
  #happened(kind: AnyKind, type: 'added' | 'updated' | 'deleted', object: ApiObject, old: ApiObject | undefined): void {
    const { plugins } = this.#options.profile;
    this.#changes.happened();
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
  return JSON.stringify([
    node.metadata.labels,
    node.spec.taints,
    node.spec.unschedulable,
    node.status.allocatable,
    node.status.declaredFeatures,
  ]);
}
