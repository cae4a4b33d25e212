/** Labels of nodes that have newer names, and what to say of them (pkg/api/node/util.go). */
export const oldNodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

interface Expressions {
  readonly matchExpressions?: readonly { readonly key: string }[] | undefined;
}
/** Of a term of a node selector, or of a label selector over nodes. */
export function* expressionWarnings({ matchExpressions }: Expressions, path: string): Generator<string> {
  for (const [index, { key }] of (matchExpressions ?? []).entries())
    if (oldNodeLabels[key]) yield `${path}.matchExpressions[${index}].key: ${key} is ${oldNodeLabels[key]}`;
}
