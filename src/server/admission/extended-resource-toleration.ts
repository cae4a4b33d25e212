import { sameJson } from '../../base/equal.ts';
import { isExtendedResource } from '../../kinds/core/lib/resource-names.ts';
import type { AdmissionPlugin } from '../types.ts';
import { isCore } from './lib/refuse.ts';

/** Pods that ask for a special resource tolerate the taint of nodes that are kept for it. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  mutate(context) {
    if (!isCore(context, 'Pod') || (context.operation !== 'CREATE' && context.operation !== 'UPDATE')) return;
    const { spec } = context.object;
    const containers: readonly any[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
    const names = new Set(containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {})).filter(isExtendedResource));
    for (const key of [...names].sort()) {
      const toleration = { key, operator: 'Exists', effect: 'NoSchedule' };
      const present: readonly any[] = spec.tolerations ?? [];
      if (present.some((one) => sameJson(one, toleration))) continue;
      const isOld = (one: any) => one.key === key && one.operator === 'Exists' && one.effect === 'NoSchedule' && !one.value;
      spec.tolerations = present.some(isOld) ? present.map((one) => (isOld(one) ? toleration : one)) : [...present, toleration];
    }
  },
};
