import { type Key, keyText } from '../api/meta.ts';
import { isNotFound } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { Node } from '../kinds/core/node.ts';
import { Pod } from '../kinds/core/pod.ts';
import { toleratedMs } from './lib/eviction-time.ts';
import { canonicalJson } from './lib/hash.ts';
import { perContext } from './lib/per-context.ts';
import { withPodCondition } from './lib/pod-conditions.ts';
import { podsOnNode } from './lib/pods-on-nodes.ts';

const memory = perContext(() => ({
  /** Since when a pod's eviction is due, by its key: taints that are added later don't start its time anew. */
  planned: new Map<string, { readonly uid: string; readonly sinceMs: number }>(),
  taints: new Map<string, string>(),
}));

const evicting = (node: Node | undefined) => (node?.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');

/** Pods of a node whose NoExecute taints changed. */
function podsOfChanged(node: Node, context: ControllerContext): readonly Key[] {
  const { taints } = memory(context);
  const { name } = node.metadata;
  const current = context.cache(Node).get(node.metadata);
  const now = canonicalJson(evicting(current));
  if (now === (taints.get(name) ?? '[]')) return [];
  if (current === undefined || now === '[]') taints.delete(name);
  else taints.set(name, now);
  return podsOnNode(name, context).map(({ metadata }) => metadata);
}

async function evict(pod: Pod, context: ControllerContext): Promise<void> {
  const { client, clock, events } = context;
  events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyText(pod.metadata)}`);
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  };
  try {
    await client.updateStatus(Pod, { ...pod, status: withPodCondition(pod, condition, clock.now()) });
    await client.delete(Pod, pod.metadata, { preconditions: { uid: pod.metadata.uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/**
 * Evicts pods from nodes with NoExecute taints, when their tolerations end.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
 */
export const taintEviction = defineController<Pod>({
  name: 'taint-eviction-controller',
  account: 'node-controller',
  for: Pod,
  watches: [{ kind: Node, map: podsOfChanged }],
  can: [
    { groups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    { groups: [''], resources: ['pods'], verbs: ['delete', 'get', 'list', 'watch'] },
    { groups: [''], resources: ['pods/status'], verbs: ['patch', 'update'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const { planned } = memory(context);
    const id = keyText(key);
    const pod = context.cache(Pod).get(key);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) {
      planned.delete(id);
      return;
    }
    const taints = pod.spec.nodeName ? evicting(context.cache(Node).get({ name: pod.spec.nodeName })) : [];
    const stayMs = taints.length === 0 ? Number.POSITIVE_INFINITY : toleratedMs(taints, pod.spec.tolerations);
    const plan = planned.get(id);
    if (stayMs === Number.POSITIVE_INFINITY) {
      if (!planned.delete(id)) return;
      context.events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${id}`);
      return;
    }
    const nowMs = context.clock.monotonic();
    const sinceMs = plan?.uid === pod.metadata.uid ? plan.sinceMs : nowMs;
    planned.set(id, { uid: pod.metadata.uid, sinceMs });
    const leftMs = sinceMs + stayMs - nowMs;
    if (leftMs > 0) return { afterMs: leftMs };
    await evict(pod, context);
    planned.delete(id);
  },
});
