import type { ControllerContext } from '../../client/controller.ts';
import { Pod } from '../../kinds/core/pod.ts';

const indexName = 'node-name';

/** Pods bound to a node. */
export function podsOnNode(node: string, context: ControllerContext): readonly Pod[] {
  const informer = context.informers.of(Pod);
  informer.index(indexName, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []));
  return informer.cache.byIndex(indexName, node);
}
