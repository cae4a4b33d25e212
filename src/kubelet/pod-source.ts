import type { Informer, InformerHandler } from '../client/informer.ts';
import type { StaticPods } from './static-pods/folder.ts';
import { mirroredHash } from './static-pods/mirrors.ts';
import type { Pod } from './types.ts';

/** The pods that this kubelet runs, wherever they come from: those bound to its node in the API, and static ones. Mirror pods are not among them. */
export interface PodSource {
  list(): readonly Pod[];
  /** Present pods are told as added. Gives how to stop. */
  subscribe(handler: InformerHandler<Pod>): () => void;
}

export function podSource(pods: Informer<Pod>, statics: StaticPods): PodSource {
  const runs = (pod: Pod) => mirroredHash(pod) === undefined;
  return {
    list: () => [...pods.cache.list().filter(runs), ...statics.list()],
    subscribe(handler) {
      const stops = [
        statics.subscribe(handler),
        pods.subscribe({
          added: (pod) => void (runs(pod) && handler.added?.(pod)),
          updated: (pod, old) => void (runs(pod) && handler.updated?.(pod, old)),
          deleted: (pod) => void (runs(pod) && handler.deleted?.(pod)),
        }),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
