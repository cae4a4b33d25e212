import { type Key, keyText } from '../../api/meta.ts';
import type { ControllerContext } from '../../client/controller.ts';
import type { Cache } from '../../client/informer.ts';
import { claimNamesOf } from '../../kinds/core/lib/pod-claims.ts';
import { Pod } from '../../kinds/core/pod.ts';

const index = 'controllers/claim';

export const claimKeysOf = (pod: Pod): readonly Key[] => claimNamesOf(pod).map((name) => ({ namespace: pod.metadata.namespace, name }));

/** Pods that use a claim, by name. */
export function podsOfClaim(claim: Key, context: ControllerContext): readonly Pod[] {
  const informer = context.informers.of(Pod);
  informer.index(index, (pod) => claimKeysOf(pod).map(keyText));
  return (informer.cache as Cache<Pod>).byIndex(index, keyText(claim));
}
