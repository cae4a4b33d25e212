import { isAlreadyExists, isConflict, isNotFound } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Client } from '../../client/client.ts';
import type { Informer } from '../../client/informer.ts';
import { Pod as PodKind } from '../../kinds/core/pod.ts';
import { annotationNames } from '../labels.ts';
import type { Node, Pod } from '../types.ts';
import type { StaticPods } from './folder.ts';
import { hashAnnotation } from './manifest.ts';

const retryMs = 2_000;
const resyncMs = 60_000;

/** The hash of the static pod that a pod of the API stands for; undefined for every other pod. */
export const mirroredHash = (pod: Pod): string | undefined => pod.metadata.annotations?.[annotationNames.mirror];

export interface MirrorPodsOptions {
  readonly client: Client;
  /** This node's pods in the API. */
  readonly pods: Informer<Pod>;
  readonly statics: StaticPods;
  readonly node: () => Node | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps a pod in the API for each static pod, so that it can be seen there; what users do to it is undone. */
export class MirrorPods {
  readonly #options: MirrorPodsOptions;
  #wake: (() => void) | undefined;
  #dirty = false;

  constructor(options: MirrorPodsOptions) {
    this.#options = options;
  }
  /** The pod of the API that shows this static pod. */
  of(pod: Pod): Pod | undefined {
    const found = this.#options.pods.cache.get(pod.metadata);
    return found !== undefined && mirroredHash(found) === pod.metadata.annotations?.[hashAnnotation] ? found : undefined;
  }
  poke(): void {
    this.#dirty = true;
    this.#wake?.();
  }
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, pods, statics } = this.#options;
    const poke = () => this.poke();
    const stops = [statics.subscribe({ added: poke, deleted: poke }), pods.subscribe({ added: poke, updated: poke, deleted: poke })];
    try {
      while (!signal.aborted) {
        this.#dirty = false;
        let waitMs = resyncMs;
        await this.#sync().catch((error: unknown) => {
          log.warn('mirror pods could not be brought up to date', { error });
          waitMs = retryMs;
        });
        if (this.#dirty && waitMs === resyncMs) continue;
        const nap = new AbortController();
        this.#wake = () => nap.abort();
        await clock.sleep(waitMs, waitMs === retryMs ? signal : AbortSignal.any([signal, nap.signal])).catch(() => undefined);
      }
    } finally {
      for (const stop of stops) stop();
    }
  }
  async #sync(): Promise<void> {
    const { pods, statics } = this.#options;
    const wanted = statics.list();
    for (const pod of pods.cache.list()) {
      if (mirroredHash(pod) === undefined) continue;
      const right = wanted.some((one) => this.of(one)?.metadata.uid === pod.metadata.uid);
      if (!right || pod.metadata.deletionTimestamp !== undefined) await this.#delete(pod);
    }
    for (const pod of wanted) if (pods.cache.get(pod.metadata) === undefined) await this.#create(pod);
  }
  async #delete(pod: Pod): Promise<void> {
    try {
      await this.#options.client.delete(PodKind, pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
  async #create(pod: Pod): Promise<void> {
    const node = this.#options.node();
    if (node === undefined) return;
    const { name, namespace, labels, annotations } = pod.metadata;
    const owner = { apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid, controller: true };
    const metadata = {
      name,
      namespace,
      labels,
      annotations: { ...annotations, [annotationNames.mirror]: annotations?.[hashAnnotation] },
      ownerReferences: [owner],
    };
    try {
      await this.#options.client.create(PodKind, { metadata, spec: pod.spec } as never);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}
