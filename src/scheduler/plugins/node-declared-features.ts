import { Node } from '../../kinds/core/node.ts';
import { definePlugin, type Pod } from '../framework.ts';

type Container = Pod['spec']['containers'][number];

const restartsAll = ({ restartPolicyRules }: Container) =>
  restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers') === true;

/** Features that a pod needs of its node, of those that nodes have to declare. */
function featuresFor({ spec }: Pod): readonly string[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return [
    ...(containers.some(restartsAll) ? ['RestartAllContainersOnContainerExits'] : []),
    ...(spec.hostNetwork === true && spec.hostUsers === false ? ['UserNamespacesHostNetworkSupport'] : []),
  ];
}

/** Pods run where the kubelet has what they need: kubelets may be older than the control plane (KEP-5328). */
export const nodeDeclaredFeatures = definePlugin({
  name: 'NodeDeclaredFeatures',
  retryOn: [
    { kind: Node, type: 'added' },
    {
      kind: Node,
      type: 'updated',
      helps: (_pod, now: Node, old: Node) => String(now.status.declaredFeatures ?? []) !== String(old.status.declaredFeatures ?? []),
    },
  ],
  preFilter: (pod) => (featuresFor(pod).length === 0 ? 'skip' : undefined),
  filter: (pod, { node }) =>
    featuresFor(pod).every((feature) => node.status.declaredFeatures?.includes(feature) === true)
      ? undefined
      : { reason: "node(s) didn't match Pod's required features", resolvable: false },
});
