import type { AdmissionPlugin } from '../types.ts';
import { isCore } from './lib/refuse.ts';

const tolerationSeconds = 300;
const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** A pod stays five minutes on a node that is not ready or not reachable, unless it says otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate(context) {
    if (!isCore(context, 'Pod') || (context.operation !== 'CREATE' && context.operation !== 'UPDATE')) return;
    const tolerations: readonly any[] = context.object.spec.tolerations ?? [];
    const covers = (toleration: any, key: string) =>
      (toleration.key === key || !toleration.key) && (toleration.effect === 'NoExecute' || !toleration.effect);
    const missing = keys.filter((key) => !tolerations.some((toleration) => covers(toleration, key)));
    if (missing.length > 0)
      context.object.spec.tolerations = [
        ...tolerations,
        ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds })),
      ];
  },
};
