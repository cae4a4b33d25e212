import { tolerates } from '../../kinds/core/lib/taints.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import type { Taint } from './node-taints.ts';

type Toleration = NonNullable<Pod['spec']['tolerations']>[number];

/**
 * How long a pod may stay on a node with these NoExecute taints, in milliseconds: 0 when it does not tolerate one, Infinity
 * when it tolerates all for ever.
 */
export function toleratedMs(taints: readonly Taint[], tolerations: readonly Toleration[] = []): number {
  const used = new Set<Toleration>();
  for (const taint of taints) {
    const matching = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return 0;
    for (const toleration of matching) used.add(toleration);
  }
  const limits = [...used].flatMap(({ tolerationSeconds }) =>
    tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds) * 1000],
  );
  return limits.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...limits);
}
