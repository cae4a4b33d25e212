import type { Draft, Strategy } from '../../../api/kind.ts';
import { claimSpecWarnings, type ClaimLike, defaultClaim } from '../../core/lib/claim-strategy.ts';
import { dropGatedFields } from '../../core/lib/gated-fields.ts';
import { defaultPodSpec } from '../../core/lib/pod-defaults.ts';
import { templateWarnings } from '../../core/lib/pod-warnings.ts';
import type { StatefulSetLike } from './validate-stateful-set.ts';

type StatefulSetDraft = Draft<StatefulSetLike>;

/** pkg/apis/apps/v1/defaults.go. Templates of claims say what they are, as whole objects do. */
export function defaultStatefulSet({ spec }: StatefulSetDraft): void {
  spec.podManagementPolicy ||= 'OrderedReady';
  if (!spec.updateStrategy.type) {
    spec.updateStrategy.type = 'RollingUpdate';
    spec.updateStrategy.rollingUpdate ??= {};
  }
  const { type, rollingUpdate } = spec.updateStrategy;
  if (type === 'RollingUpdate' && rollingUpdate !== undefined) rollingUpdate.partition ??= 0;
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  defaultPodSpec(spec.template.spec);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    Object.assign(claim, { kind: 'PersistentVolumeClaim', apiVersion: 'v1' });
    defaultClaim(claim as Draft<ClaimLike>);
  }
}

/** How many pods a rolling update may take away at once is an alpha feature (MaxUnavailableStatefulSet, KEP-961). */
function dropMaxUnavailable({ spec }: StatefulSetDraft, old?: StatefulSetLike): void {
  if (old?.spec.updateStrategy.rollingUpdate?.maxUnavailable === undefined) delete spec.updateStrategy.rollingUpdate?.maxUnavailable;
}
export function prepareStatefulSetForCreate(set: StatefulSetDraft): void {
  set.status = { replicas: 0, availableReplicas: 0 };
  dropMaxUnavailable(set);
  dropGatedFields(set.spec.template.spec);
}
export const prepareStatefulSetForUpdate: NonNullable<Strategy<StatefulSetLike>['prepareForUpdate']> = (set, old, { subresource }) => {
  if (subresource === 'status') return;
  dropMaxUnavailable(set, old);
  dropGatedFields(set.spec.template.spec, old.spec.template.spec);
};

export function* statefulSetWarnings(set: StatefulSetLike, old?: StatefulSetLike): Generator<string> {
  const { template, volumeClaimTemplates = [], revisionHistoryLimit = 0 } = set.spec;
  yield* templateWarnings(set, template, old, { names: false });
  for (const [i, { spec }] of volumeClaimTemplates.entries())
    yield* claimSpecWarnings(spec, `spec.volumeClaimTemplates[${i}]${old === undefined ? '' : '.Spec'}`);
  if (revisionHistoryLimit < 0)
    yield 'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';
}
