import { nodeMatchesPod } from '../../kinds/core/lib/node-selector.ts';
import { untoleratedTaint } from '../../kinds/core/lib/taints.ts';
import type { Node } from '../../kinds/core/node.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import type { DaemonSet } from '../../kinds/apps/daemon-set.ts';
import type { PodSpec } from '../../kinds/core/shapes/pod-spec.ts';
import type { PodTemplateSpec } from '../../kinds/core/shapes/pod-template.ts';
import { revisionHashLabel } from './revisions.ts';

type Toleration = NonNullable<PodSpec['tolerations']>[number];

const templateGenerationAnnotation = 'deprecated.daemonset.template.generation';
export const templateGenerationLabel = 'pod-template-generation';

/** Daemons stay where other pods would not: on nodes that are not ready, unreachable, under pressure or cordoned. */
function daemonTolerations(hostNetwork: boolean): readonly Toleration[] {
  const exists = (key: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect });
  const schedule = ['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable', ...(hostNetwork ? ['network-unavailable'] : [])];
  return [exists('not-ready', 'NoExecute'), exists('unreachable', 'NoExecute'), ...schedule.map((key) => exists(key, 'NoSchedule'))];
}
const sameTaint = (a: Toleration, b: Toleration) =>
  a.key === b.key && a.operator === b.operator && a.effect === b.effect && (a.value ?? '') === (b.value ?? '');
function withTolerations(spec: PodSpec): PodSpec {
  const own = daemonTolerations(spec.hostNetwork === true);
  const given = spec.tolerations ?? [];
  const kept = given.map((toleration) => own.find((one) => sameTaint(one, toleration)) ?? toleration);
  return { ...spec, tolerations: [...kept, ...own.filter((one) => !kept.includes(one))] };
}

/** What every pod of the set is made from. */
export function daemonTemplate({ spec, metadata }: DaemonSet, hash: string): PodTemplateSpec {
  const generation = metadata.annotations?.[templateGenerationAnnotation];
  const labels = {
    ...spec.template.metadata.labels,
    ...(generation === undefined ? {} : { [templateGenerationLabel]: generation }),
    [revisionHashLabel]: hash,
  };
  return { metadata: { ...spec.template.metadata, labels }, spec: withTolerations(spec.template.spec) };
}
/** The scheduler binds a daemon's pod, but to one node only. */
export function boundTo(spec: PodSpec, node: string): PodSpec {
  const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }];
  const required = { ...spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution, nodeSelectorTerms };
  const nodeAffinity = { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required };
  return { ...spec, affinity: { ...spec.affinity, nodeAffinity } };
}
/** The node that a pod runs on or is meant for. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const names = terms
    .flatMap((term) => term.matchFields ?? [])
    .find((field) => field.key === 'metadata.name' && field.operator === 'In')?.values;
  return names?.length === 1 ? names[0] : undefined;
}
export function isUpdated(pod: Pod, set: DaemonSet, hash: string): boolean {
  const labels = pod.metadata.labels ?? {};
  const generation = set.metadata.annotations?.[templateGenerationAnnotation];
  return labels[revisionHashLabel] === hash || (generation !== undefined && labels[templateGenerationLabel] === generation);
}

export interface Fit {
  /** A pod belongs there. */
  readonly runs: boolean;
  /** One that is there may stay. */
  readonly stays: boolean;
}
const nowhere: Fit = { runs: false, stays: false };

/** https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled */
export function fitOf(set: DaemonSet, node: Node): Fit {
  const { spec } = set.spec.template;
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return nowhere;
  if (!nodeMatchesPod({ spec }, node)) return nowhere;
  const { tolerations } = withTolerations(spec);
  const { taints } = node.spec;
  if (untoleratedTaint(taints, tolerations, ['NoExecute', 'NoSchedule']) === undefined) return { runs: true, stays: true };
  return { runs: false, stays: untoleratedTaint(taints, tolerations, ['NoExecute']) === undefined };
}
