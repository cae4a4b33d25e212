import { forbidden } from '../../api/status.ts';
import type { AdmissionPlugin } from '../types.ts';
import { isCore } from './lib/refuse.ts';

const hostname = 'kubernetes.io/hostname';

/** Pods may keep away from each other by node only: a larger domain would let one pod take it for itself. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  validate(context) {
    if (!isCore(context, 'Pod') || (context.operation !== 'CREATE' && context.operation !== 'UPDATE')) return;
    const { metadata, spec } = context.object;
    const terms: readonly any[] = spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const bad = terms.find(({ topologyKey }) => topologyKey !== hostname);
    if (bad === undefined) return;
    const why = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${bad.topologyKey} but only key ${hostname} is allowed`;
    throw forbidden({ group: '', resource: 'pods' }, metadata.name ?? '', why);
  },
};
