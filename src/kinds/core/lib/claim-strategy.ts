import type { Draft, Strategy } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isWhole } from '../../../api/quantity.ts';
import type { PersistentVolumeClaimSpec, PersistentVolumeClaimStatus } from '../shapes/persistent-volume-claim.ts';
import { roundResources } from './round-resources.ts';

/** PersistentVolumeClaim as its rules see it. */
export interface ClaimLike extends ApiObject {
  readonly spec: PersistentVolumeClaimSpec;
  readonly status: PersistentVolumeClaimStatus;
}
type SpecDraft = Draft<PersistentVolumeClaimSpec>;

export const storageClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** The class that a claim, or a volume, is of; '' for none. */
export const storageClassOf = ({
  metadata,
  spec,
}: {
  readonly metadata: Pick<ApiObject['metadata'], 'annotations'>;
  readonly spec: { readonly storageClassName?: string | undefined };
}): string => metadata.annotations?.[storageClassAnnotation] ?? spec.storageClassName ?? '';

/** What claims and templates of claims have in common. */
export function defaultClaimSpec(spec: SpecDraft): void {
  spec.volumeMode ??= 'Filesystem';
  roundResources(spec.resources?.limits);
  roundResources(spec.resources?.requests);
}
export function defaultClaim(claim: Draft<ClaimLike>): void {
  claim.status.phase ||= 'Pending';
  defaultClaimSpec(claim.spec);
  roundResources(claim.status.capacity);
  roundResources(claim.status.allocatedResources);
}

const isClaimOrSnapshot = (source: SpecDraft['dataSource']): boolean =>
  source !== undefined &&
  ((source.kind === 'PersistentVolumeClaim' && !source.apiGroup) ||
    (source.kind === 'VolumeSnapshot' && source.apiGroup === 'snapshot.storage.k8s.io'));

/** `dataSource` of old, which takes claims and snapshots only, and `dataSourceRef` say the same (KEP-1495, pkg/api/persistentvolumeclaim). */
export function alignDataSources(spec: SpecDraft, old?: PersistentVolumeClaimSpec): void {
  // References into other namespaces are an alpha feature (CrossNamespaceVolumeDataSource).
  if (spec.dataSourceRef?.namespace && old?.dataSourceRef === undefined) delete spec.dataSourceRef;
  const isInUse = old?.dataSource !== undefined || old?.dataSourceRef !== undefined;
  if (!isInUse && spec.dataSourceRef === undefined && !isClaimOrSnapshot(spec.dataSource)) delete spec.dataSource;
  copyDataSource(spec);
}
/** Where one of the two is missing, the other gives it. */
export function copyDataSource(spec: SpecDraft): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) spec.dataSourceRef = { ...dataSource };
  if (dataSourceRef === undefined || dataSource !== undefined || dataSourceRef.namespace) return;
  const { namespace: _, ...local } = dataSourceRef;
  spec.dataSource = local;
}

/** pkg/registry/core/persistentvolumeclaim. */
export function prepareClaimForCreate(claim: Draft<ClaimLike>): void {
  claim.status = { phase: 'Pending' };
  alignDataSources(claim.spec);
}
export const prepareClaimForUpdate: NonNullable<Strategy<ClaimLike>['prepareForUpdate']> = (claim, old, { subresource }) => {
  if (subresource !== 'status') alignDataSources(claim.spec, old.spec);
};

export function* claimSpecWarnings({ resources }: PersistentVolumeClaimSpec, path: string): Generator<string> {
  for (const list of ['requests', 'limits'] as const) {
    const amount = resources[list]?.storage;
    if (amount !== undefined && !isWhole(amount))
      yield `${path}.resources.${list}[storage]: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`;
  }
}
export function* claimWarnings(claim: ClaimLike): Generator<string> {
  if (claim.metadata.annotations?.[storageClassAnnotation] !== undefined)
    yield `metadata.annotations[${storageClassAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`;
  yield* claimSpecWarnings(claim.spec, 'spec');
}
