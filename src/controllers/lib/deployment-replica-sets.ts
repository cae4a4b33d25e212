import type { Deployment } from '../../kinds/apps/deployment.ts';
import type { ReplicaSet } from '../../kinds/apps/replica-set.ts';
import { sameJson } from '../../base/equal.ts';

export type Annotations = Readonly<Record<string, string>>;

export const hashLabel = 'pod-template-hash';
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';
export const rollbackToAnnotation = 'deprecated.deployment.rollback.to';
const longestHistory = 2000;
const longestName = 253;

const notCopied: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  rollbackToAnnotation,
]);

type Template = Deployment['spec']['template'];

/** Pods that a ReplicaSet is asked to keep. */
export const sizeOf = (replicaSet: ReplicaSet): number => replicaSet.spec.replicas ?? 1;
export const totalSize = (replicaSets: readonly ReplicaSet[]): number => replicaSets.reduce((sum, each) => sum + sizeOf(each), 0);
export const isActive = (replicaSet: ReplicaSet): boolean => sizeOf(replicaSet) > 0;

export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** The revision an annotation tells: 0 when there is none, undefined when it is no number. 64 bits wide, as upstream's. */
export function revisionOf(replicaSet: ReplicaSet): bigint | undefined {
  const text = replicaSet.metadata.annotations?.[revisionAnnotation];
  if (text === undefined) return 0n;
  return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
/** Revisions, the highest first. */
const descending = (replicaSets: readonly ReplicaSet[]): bigint[] =>
  replicaSets.map((each) => revisionOf(each) ?? 0n).sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
export function maxRevision(replicaSets: readonly ReplicaSet[]): bigint {
  const [highest = 0n] = descending(replicaSets);
  return highest > 0n ? highest : 0n;
}
/** The highest revision but one. */
export const lastRevision = (replicaSets: readonly ReplicaSet[]): bigint => descending(replicaSets)[1] ?? 0n;

export function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [revisionOf(a), revisionOf(b)];
  if (left === undefined || right === undefined || left === right) return byCreation(a, b);
  return left < right ? -1 : 1;
}

function withoutHash(template: Template): object {
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels: Object.keys(labels).length === 0 ? undefined : labels } };
}
/** Whether two pod templates ask for the same pods. */
export const sameTemplate = (a: Template, b: Template): boolean => sameJson(withoutHash(a), withoutHash(b));

export interface Generations {
  /** The oldest of those that have the deployment's template. */
  readonly newest: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}
export function generationsOf(deployment: Deployment, replicaSets: readonly ReplicaSet[]): Generations {
  const sorted = [...replicaSets].sort(byCreation);
  const newest = sorted.find((each) => sameTemplate(each.spec.template as Template, deployment.spec.template));
  return { newest, old: sorted.filter((each) => each !== newest) };
}

export const replicaSetName = (deployment: string, hash: string): string => `${deployment.slice(0, longestName - 1 - hash.length)}-${hash}`;

function history(text: string, revision: string): string {
  if (text === '') return revision;
  const revisions = [...text.split(','), revision];
  while (revisions.length > 1 && revisions.join(',').length > longestHistory) revisions.shift();
  return revisions.join(',');
}

/** Annotations of the ReplicaSet that carries the deployment's template now, at `revision` or above. */
export function newestAnnotations(deployment: Deployment, present: Annotations, revision: bigint): Annotations {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !notCopied.has(name));
  const annotations: Record<string, string> = { ...present, ...Object.fromEntries(copied) };
  const before = present[revisionAnnotation];
  if (before !== undefined && !/^-?\d{1,19}$/.test(before)) return annotations;
  if (BigInt(before ?? 0) >= revision) return annotations;
  annotations[revisionAnnotation] = String(revision);
  if (before !== undefined) annotations[revisionHistoryAnnotation] = history(present[revisionHistoryAnnotation] ?? '', before);
  return annotations;
}

export const replicasAnnotations = (desired: number, surge: number): Annotations => ({
  [desiredReplicasAnnotation]: String(desired),
  [maxReplicasAnnotation]: String(desired + surge),
});

/** A number that an annotation of a ReplicaSet tells, if it is a sound one. */
export function countAnnotation(replicaSet: ReplicaSet, name: string): number | undefined {
  const text = replicaSet.metadata.annotations?.[name];
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= 2147483647 ? Number(text) : undefined;
}

/** Annotations of a deployment that is rolled back to `replicaSet`: what it was annotated with at that time. */
export function rolledBackAnnotations(deployment: Deployment, replicaSet: ReplicaSet): Annotations {
  const kept = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([name]) => notCopied.has(name) && name !== rollbackToAnnotation,
  );
  const old = Object.entries(replicaSet.metadata.annotations ?? {}).filter(([name]) => !notCopied.has(name));
  return Object.fromEntries([...kept, ...old]);
}
