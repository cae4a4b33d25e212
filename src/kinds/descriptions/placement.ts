import { type Descriptions, inPackage } from '../lib/descriptions.ts';

const podAffinity = (wish: string) => ({
  preferredDuringSchedulingIgnoredDuringExecution: `Wishes to ${wish}; nodes that meet those of greater total weight are taken first.`,
  requiredDuringSchedulingIgnoredDuringExecution: `Demands to ${wish}, all of which must be met; later changes do not evict the Pod.`,
});

/** Where Pods may run: affinity, taints, spreading. */
export const placement: Descriptions = inPackage('io.k8s.api.core.v1', {
  Affinity: {
    '': 'Rules for where a Pod is placed.',
    nodeAffinity: 'Which nodes the Pod must or should run on.',
    podAffinity: 'Which Pods it must or should run near.',
    podAntiAffinity: 'Which Pods it must or should keep away from.',
  },
  NodeAffinity: {
    '': 'Works like nodeSelector with more ways to compare, and with wishes beside demands.',
    preferredDuringSchedulingIgnoredDuringExecution: 'Wishes: nodes that meet those of greater total weight are taken first.',
    requiredDuringSchedulingIgnoredDuringExecution: 'Demands on the node; later changes of the node do not evict the Pod.',
  },
  NodeSelector: {
    '': 'Selects nodes: those that meet any of the terms.',
    nodeSelectorTerms: 'Terms of which at least one must be met.',
  },
  NodeSelectorTerm: {
    '': 'Demands on a node, all of which must be met; an empty term selects nothing.',
    matchExpressions: 'Demands on labels of the node.',
    matchFields: 'Demands on fields of the node; only metadata.name.',
  },
  NodeSelectorRequirement: {
    '': 'A demand on one label or field of a node.',
    key: 'Name of the label or field.',
    operator: 'How key and values relate; Gt and Lt compare whole numbers.',
    values: 'Values to compare with: at least one for In and NotIn, one number for Gt and Lt, none for Exists and DoesNotExist.',
  },
  PreferredSchedulingTerm: {
    '': 'A term and how much it counts.',
    preference: 'Demands that make up the wish; an empty one is met by every node.',
    weight: 'How much the wish counts, 1 to 100.',
  },
  PodAffinity: {
    '': 'Pods are near when the nodes they run on have the same value of the label topologyKey.',
    ...podAffinity('be near other Pods'),
  },
  PodAntiAffinity: {
    '': 'The demands hold the other way round too: Pods that have them keep this one away.',
    ...podAffinity('keep away from other Pods'),
  },
  WeightedPodAffinityTerm: {
    '': 'A term and how much it counts.',
    podAffinityTerm: 'Which Pods, and what counts as near.',
    weight: 'How much the wish counts, 1 to 100.',
  },
  PodAffinityTerm: {
    '': 'Selects Pods by labels and namespaces; topologyKey says what near means.',
    labelSelector: 'Labels of the Pods that are meant; when absent, none are.',
    matchLabelKeys: 'Labels whose values are taken from the Pod itself and demanded of the others; not those of labelSelector.',
    mismatchLabelKeys: 'Labels whose values are taken from the Pod itself and must differ in the others; not those of labelSelector.',
    namespaceSelector: 'Labels of namespaces whose Pods are meant, beside those of namespaces; empty for all.',
    namespaces: "Names of namespaces whose Pods are meant. Default: the Pod's own, when there is no namespaceSelector.",
    topologyKey: 'Label of nodes, such as kubernetes.io/hostname: nodes with the same value of it are near each other.',
  },
  TopologySpreadConstraint: {
    '': 'Domains are made by a label of nodes, such as their zone; Pods are counted in each.',
    labelSelector: 'Labels of the Pods that are counted.',
    matchLabelKeys: 'Labels whose values are taken from the Pod itself and demanded of those that are counted.',
    maxSkew: 'Most by which the count of a domain may exceed the least of all domains; at least 1.',
    minDomains: 'Number of domains below which the least count is taken as 0; for DoNotSchedule only. Default 1.',
    nodeAffinityPolicy: "Whether only nodes that the Pod's affinity and selector allow are counted (Honor, default) or all.",
    nodeTaintsPolicy: 'Whether nodes with taints that the Pod does not tolerate are left out (Honor) or counted too (Ignore, default).',
    topologyKey: 'Label of nodes whose values make the domains, such as topology.kubernetes.io/zone.',
    whenUnsatisfiable:
      'What happens when it cannot be met: the Pod waits (DoNotSchedule), or goes where it does least harm (ScheduleAnyway).',
  },
  Taint: {
    '': 'A key with an effect on Pods that do not tolerate it, and with a value if wanted.',
    effect: 'What it does to such Pods: not place them, place them only if need be, or also evict those that run.',
    key: 'Key of the taint.',
    timeAdded: 'When the taint was added.',
    value: 'Value of the taint; may be empty.',
  },
  Toleration: {
    '': 'Fits taints by key, value and effect; it allows a node, but does not draw the Pod there.',
    effect: 'Effect of the taints; empty for all.',
    key: 'Key of the taints; empty, with operator Exists, for all.',
    operator: 'How the value is compared: Equal (default), Exists for any value, Lt and Gt for whole numbers.',
    tolerationSeconds: 'Seconds after which a NoExecute taint evicts the Pod all the same; 0 or less at once. Default: never.',
    value: 'Value of the taints; empty with operator Exists.',
  },
  TopologySelectorTerm: {
    '': 'Demands on labels of a place for volumes, all of which must be met.',
    matchLabelExpressions: 'The demands.',
  },
  TopologySelectorLabelRequirement: {
    '': 'A demand on one label of a place.',
    key: 'Name of the label.',
    values: 'Values of which the label must have one.',
  },
});
