import { sameJson } from '../../base/equal.ts';
import type { Node } from '../../kinds/core/node.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { refuse } from './lib/refuse.ts';

type Spec = Pod['spec'];

/** Features that a node says it has when it can, by name, and whether an update of a pod needs them (KEP-5328). */
const features: readonly (readonly [name: string, isNeeded: (spec: Spec, old: Spec) => boolean])[] = [
  ['InPlacePodLevelResourcesVerticalScaling', ({ resources }, { resources: before }) => !sameJson(resources, before)],
  [
    'InPlacePodVerticalScalingInitContainers',
    ({ initContainers = [] }, { initContainers: before = [] }) =>
      before.some(
        ({ restartPolicy, resources }, index) => restartPolicy !== 'Always' && !sameJson(resources, initContainers[index]?.resources),
      ),
  ],
];

async function check(context: AdmissionContext): Promise<void> {
  const { kind, subresource, operation, object, old, deps } = context;
  if (kind.group !== '' || kind.kind !== 'Pod' || operation !== 'UPDATE' || (subresource !== '' && subresource !== 'resize')) return;
  const name: string = object.spec.nodeName ?? '';
  if (name === '' || object.metadata.generation === old?.metadata.generation) return;
  const needed = features.filter(([, isNeeded]) => isNeeded(object.spec, (old as Pod).spec)).map(([feature]) => feature);
  if (needed.length === 0) return;
  const nodes = deps.resources.kinds.byKind('', 'Node');
  const node = nodes === undefined ? undefined : await deps.resources.get<Node>(nodes, { name });
  if (node === undefined) throw refuse(context, `node ${JSON.stringify(name)} not found`);
  const missing = needed.filter((feature) => node.status.declaredFeatures?.includes(feature) !== true);
  if (missing.length === 0) return;
  throw refuse(context, `pod update requires features ${missing.join(', ')} which are not available on node ${JSON.stringify(name)}`);
}

/** Refuses updates of pods that their node does not say it can do. */
export const nodeDeclaredFeatureValidator: AdmissionPlugin = { name: 'NodeDeclaredFeatureValidator', validate: check };
