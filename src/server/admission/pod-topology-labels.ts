import { isPathSegmentName } from '../../api/names.ts';
import type { AdmissionPlugin } from '../types.ts';

const copied = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** When a pod is bound, the zone and region of the node become labels of the binding, and so of the pod (KEP-4742). */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  async mutate({ kind, subresource, operation, object, deps }) {
    const binds = (kind.kind === 'Pod' && subresource === 'binding') || (kind.kind === 'Binding' && subresource === '');
    if (kind.group !== '' || !binds || operation !== 'CREATE' || object?.target?.kind !== 'Node') return;
    // Without a name the binding is refused later; no node has a name that is no part of a path.
    if (!object.target.name || isPathSegmentName(object.target.name).length > 0) return;
    const nodes = deps.resources.kinds.byKind('', 'Node');
    const node = nodes === undefined ? undefined : await deps.resources.get(nodes, { name: object.target.name });
    for (const label of copied) {
      const value = node?.metadata.labels?.[label];
      if (value === undefined) continue;
      object.metadata ??= {};
      object.metadata.labels = { ...object.metadata.labels, [label]: value };
    }
  },
};
