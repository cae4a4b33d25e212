import { defineController } from '../client/controller.ts';
import { Node } from '../kinds/core/node.ts';
import { perContext } from './lib/per-context.ts';
import { nextStep, ttlSteps } from './lib/ttl-steps.ts';

const annotation = 'node.alpha.kubernetes.io/ttl';
const memory = perContext(({ informers }) => {
  const state = { count: 0, step: 0 };
  const change = (by: number) => () => {
    state.count += by;
    state.step = nextStep(state.step, state.count);
  };
  informers.of(Node).subscribe({ added: change(1), deleted: change(-1) });
  return state;
});

/** Tells kubelets how long to trust what they have read of secrets and config maps (pkg/controller/ttl). */
export const ttl = defineController<Node>({
  name: 'ttl-controller',
  for: Node,
  can: [{ groups: [''], resources: ['nodes'], verbs: ['list', 'patch', 'update', 'watch'] }],
  async reconcile(key, context) {
    const wanted = String(ttlSteps[memory(context).step]!.seconds);
    const node = context.cache(Node).get(key);
    if (node === undefined || node.metadata.annotations?.[annotation] === wanted) return;
    await context.client.patch(Node, key, 'strategic', { metadata: { annotations: { [annotation]: wanted } } });
  },
});
