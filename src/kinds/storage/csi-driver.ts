import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { sameOrEmpty } from '../lib/fields.ts';
import { validateDriver } from './lib/validate-csi.ts';
import { csiDriverSpec } from './shapes/csi-driver.ts';

const secretsAdvice =
  'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes';

export const CSIDriver = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  scope: 'Cluster',
  openApiName: 'io.k8s.api.storage.v1.CSIDriver',
  fields: {
    spec: required(object(2, csiDriverSpec)),
  },
  validate: validateDriver,
  *warnings({ spec }, old) {
    const changed = old === undefined || !sameOrEmpty(spec.tokenRequests, old.spec.tokenRequests);
    if (changed && (spec.tokenRequests ?? []).length > 0 && spec.serviceAccountTokenInSecrets === undefined) yield secretsAdvice;
  },
  defaults({ spec }) {
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  // VolumeLimitScaling is an alpha feature.
  prepareForCreate({ spec }) {
    delete spec.preventPodSchedulingIfMissing;
  },
  prepareForUpdate(driver, old) {
    if (old.spec.preventPodSchedulingIfMissing === undefined) delete driver.spec.preventPodSchedulingIfMissing;
    if (!sameOrEmpty(driver.spec, old.spec)) driver.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  columns: [
    nameColumn,
    {
      name: 'AttachRequired',
      type: 'boolean',
      description: 'Whether volumes are attached to nodes',
      value: ({ spec }) => spec.attachRequired ?? true,
    },
    {
      name: 'PodInfoOnMount',
      type: 'boolean',
      description: 'Whether the driver is told of the pod',
      value: ({ spec }) => spec.podInfoOnMount ?? false,
    },
    {
      name: 'StorageCapacity',
      type: 'boolean',
      description: 'Whether pods are scheduled by capacity',
      value: ({ spec }) => spec.storageCapacity ?? false,
    },
    {
      name: 'TokenRequests',
      description: 'Audiences of the tokens that the driver gets',
      value: ({ spec: { tokenRequests } }) => tokenRequests?.map((one) => one.audience).join(',') ?? '<unset>',
    },
    {
      name: 'RequiresRepublish',
      type: 'boolean',
      description: 'Whether volumes are published again and again',
      value: ({ spec }) => spec.requiresRepublish ?? false,
    },
    {
      name: 'Modes',
      description: 'Lifecycles of volumes that the driver knows',
      value: ({ spec }) => spec.volumeLifecycleModes?.join(',') || '<none>',
    },
    ageColumn,
  ],
});
export interface CSIDriver extends ObjectOf<typeof CSIDriver> {}
