/** Labels that kubelets may set on their node though they are in Kubernetes' own domains (k8s.io/kubelet/pkg/apis). */
const kubeletLabels = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'node.kubernetes.io/windows-build',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]);
const kubeletDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const restrictedDomain = 'node-restriction.kubernetes.io';

const domainOf = (label: string) => (label.includes('/') ? label.slice(0, label.indexOf('/')) : '');
const within = (domain: string, parent: string) => domain === parent || domain.endsWith(`.${parent}`);
const isRestricted = (label: string) => within(domainOf(label), restrictedDomain);
function isUnknownKubernetesLabel(label: string): boolean {
  const domain = domainOf(label);
  if (!within(domain, 'kubernetes.io') && !within(domain, 'k8s.io')) return false;
  return !kubeletLabels.has(label) && !kubeletDomains.some((allowed) => within(domain, allowed));
}

type Labels = Readonly<Record<string, string>>;

/** Labels that were changed and that a kubelet may not set or change, when it registers its node (`old` is empty) or later. */
export function forbiddenLabels(labels: Labels, old: Labels): readonly string[] {
  const changed = [...new Set([...Object.keys(labels), ...Object.keys(old)])].filter((key) => labels[key] !== old[key]);
  return changed.filter((label) => isRestricted(label) || isUnknownKubernetesLabel(label)).sort();
}
