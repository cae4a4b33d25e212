import { keyText } from '../api/meta.ts';
import { parseLabelSelector } from '../api/selector.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { HorizontalPodAutoscaler } from '../kinds/autoscaling/horizontal-pod-autoscaler.ts';
import { Pod } from '../kinds/core/pod.ts';
import { noHistory } from './lib/autoscaler-behavior.ts';
import { Look, type Memory } from './lib/autoscaler-look.ts';
import { messageOf } from './lib/pod-control.ts';
import { perContext } from './lib/per-context.ts';

const periodMs = 15_000;

interface Remembered extends Memory {
  nextMs: number;
}
const memory = perContext(() => new Map<string, Remembered>());

/** Autoscalers of a namespace that are known to scale pods with such labels. */
function scalersOf(namespace: string | undefined, labels: Pod['metadata']['labels'], context: ControllerContext) {
  const known = memory(context);
  return context
    .cache(HorizontalPodAutoscaler)
    .list(namespace)
    .filter(({ metadata }) => {
      const selector = known.get(keyText(metadata))?.selector ?? '';
      return selector !== '' && parseLabelSelector(selector).matches(labels);
    })
    .map(({ metadata }) => metadata);
}

/**
 * Sets the number of replicas so that metrics come to their targets. It looks every 15 seconds, whatever happens between.
 * https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
 */
export const horizontalPodAutoscaling = defineController<HorizontalPodAutoscaler>({
  name: 'horizontal-pod-autoscaler',
  for: HorizontalPodAutoscaler,
  reads: [Pod],
  can: [
    { groups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['get', 'list', 'watch'] },
    { groups: ['autoscaling'], resources: ['horizontalpodautoscalers/status'], verbs: ['update'] },
    { groups: ['*'], resources: ['*/scale'], verbs: ['get', 'update'] },
    { groups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
    { groups: ['metrics.k8s.io'], resources: ['pods'], verbs: ['list', 'watch'] },
    { groups: ['custom.metrics.k8s.io', 'external.metrics.k8s.io'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const known = memory(context);
    const id = keyText(key);
    const autoscaler = context.cache(HorizontalPodAutoscaler).get(key);
    if (autoscaler === undefined) return void known.delete(id);
    let own = known.get(id);
    if (own === undefined) known.set(id, (own = { history: noHistory, selector: '', nextMs: context.clock.now() + periodMs }));
    const waitMs = own.nextMs - context.clock.now();
    if (waitMs > 0) return { afterMs: waitMs };
    try {
      await new Look(autoscaler, own, (labels) => scalersOf(key.namespace, labels, context), context).run();
    } catch (error) {
      context.log.warn('an autoscaler could not be followed', { key: id, error: messageOf(error) });
    }
    own.nextMs = context.clock.now() + periodMs;
    return { afterMs: periodMs };
  },
});
