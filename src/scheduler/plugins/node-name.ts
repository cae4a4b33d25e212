import { Node } from '../../kinds/core/node.ts';
import { definePlugin } from '../framework.ts';

/** Honours spec.nodeName. */
export const nodeName = definePlugin({
  name: 'NodeName',
  retryOn: [{ kind: Node, type: 'added' }],
  filter: (pod, { name }) =>
    (pod.spec.nodeName ?? '') === '' || pod.spec.nodeName === name
      ? undefined
      : { reason: "node(s) didn't match the requested node name", resolvable: false },
});
