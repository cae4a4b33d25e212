import { keyText, parseKey, type ApiObject, type Key } from '../api/meta.ts';
import type { AnyKind } from '../api/kind.ts';
import { isConflict } from '../api/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Part } from '../base/supervisor.ts';
import { nextTurn } from '../base/turn.ts';
import type { Client } from './client.ts';
import type { ClusterFacts, Controller, ControllerContext } from './controller.ts';
import { createEventRecorder } from './event-recorder.ts';
import type { InformerFactory } from './informer.ts';
import { WorkQueue, type WorkQueueHooks } from './work-queue.ts';

export interface ControllerOptions {
  /** Acts as the controller's own identity (`controllerUser(name)`). */
  readonly client: Client;
  /** May be shared with other parts. */
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly cluster: ClusterFacts;
  readonly hooks?: WorkQueueHooks & { readonly failed?: () => void };
}

const defaultWorkers = 5;
/** Longest that workers go on without a turn of the event loop. */
const turnMs = 5;

/** The user that a controller of this name acts as, by upstream's convention. */
export const controllerUser = (name: string): string => `system:serviceaccount:kube-system:${name}`;

/** Keys of the controller's objects that `object` names as its controller. */
function ownersOf(kind: AnyKind, object: ApiObject): readonly Key[] {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined || owner.kind !== kind.kind) return [];
  const slash = owner.apiVersion.indexOf('/');
  if ((slash < 0 ? '' : owner.apiVersion.slice(0, slash)) !== kind.group) return [];
  return [kind.scope === 'Namespaced' ? { namespace: object.metadata.namespace, name: owner.name } : { name: owner.name }];
}

/** Feeds the queue from the informers of all that the controller declares. Returns how to stop. */
function feed(controller: Controller, context: ControllerContext, queue: WorkQueue): () => void {
  const own = controller.for;
  if (own === undefined) return () => undefined;
  const stops: (() => void)[] = [];
  const follow = (kind: AnyKind, map: (object: ApiObject) => readonly Key[], exceptNew = false) => {
    const add = (object: ApiObject) => {
      for (const key of map(object)) queue.add(keyText(key));
    };
    const updated = (object: ApiObject, old: ApiObject) => {
      add(old);
      add(object);
    };
    const handler = { updated, deleted: add };
    stops.push(context.informers.of(kind).subscribe(exceptNew ? handler : { ...handler, added: add }));
  };
  follow(own, (object) => [object.metadata]);
  for (const kind of controller.owns ?? []) follow(kind, (object) => ownersOf(own, object));
  for (const { kind, map, exceptNew } of controller.watches ?? []) follow(kind, (object) => map(object, context), exceptNew);
  return () => {
    for (const stop of stops) stop();
  };
}

async function work(controller: Controller, context: ControllerContext, queue: WorkQueue, options: ControllerOptions): Promise<void> {
  const { clock, log, hooks } = options;
  let turnedMs = clock.monotonic();
  for (let text = await queue.get(); text !== undefined; text = await queue.get()) {
    try {
      const result = await controller.reconcile?.(parseKey(text), context);
      queue.forget(text);
      if (result) queue.addAfter(text, result.afterMs);
    } catch (error) {
      if (context.signal.aborted) return;
      hooks?.failed?.();
      const fields = { key: text, error, failures: queue.failures(text) + 1 };
      if (isConflict(error)) log.debug('lost a race; trying again', fields);
      else log.warn('reconcile failed; trying again', fields);
      queue.addRateLimited(text);
    } finally {
      queue.done(text);
    }
    if (clock.monotonic() - turnedMs > turnMs) {
      await nextTurn();
      turnedMs = clock.monotonic();
    }
  }
}

/** Rejects when the signal aborts, for promises that would then never settle. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/**
 * Runs a controller: fills its queue from informers, works on its keys, tries failed ones again with growing delays. A run
 * starts from nothing: state that a controller keeps in memory belongs to the context of one run.
 */
export function createControllerPart(controller: Controller, options: ControllerOptions): Part {
  const started = Promise.withResolvers<void>();
  const log = options.log.with({ controller: controller.name });
  const own = { ...options, log };
  return {
    name: controller.name,
    ready: started.promise,
    async run(outer) {
      const stop = new AbortController();
      const signal = AbortSignal.any([outer, stop.signal]);
      const { client, informers, clock, random } = options;
      const events = createEventRecorder({ client, clock, random, log, signal, component: controller.eventSource ?? controller.name });
      const queue = new WorkQueue(clock, options.hooks);
      const context: ControllerContext = {
        cluster: options.cluster,
        client,
        informers,
        clock,
        random,
        log,
        events,
        signal,
        enqueue: (key, afterMs = 0) => queue.addAfter(keyText(key), afterMs),
        cache: (kind) => informers.of(kind).cache,
      };
      const kinds = [
        ...(controller.for === undefined ? [] : [controller.for]),
        ...(controller.owns ?? []),
        ...(controller.watches ?? []).map(({ kind }) => kind),
        ...(controller.reads ?? []),
      ];
      const end = () => queue.shutDown();
      signal.addEventListener('abort', end, { once: true });
      let unfeed: (() => void) | undefined;
      try {
        await orAborted(Promise.all(kinds.map((kind) => informers.of(kind).synced)), signal);
        unfeed = feed(controller, context, queue);
        started.resolve();
        const workers = Array.from({ length: controller.workers ?? defaultWorkers }, () => work(controller, context, queue, own));
        const background = controller.background?.(context);
        await orAborted(Promise.race([Promise.all(workers), ...(background ? [background.then(() => Promise.all(workers))] : [])]), signal);
      } catch (error) {
        if (!outer.aborted) throw error;
      } finally {
        unfeed?.();
        stop.abort();
        end();
      }
    },
  };
}
