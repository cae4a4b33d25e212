import type { Fields, Shape } from '../../../api/schema.ts';
import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isDns1123Label, isLabelValue } from '../../../api/names.ts';
import { quantitySign } from '../../../api/quantity.ts';
import { fieldError } from '../../../api/status.ts';
import { describeDifference } from '../../lib/difference.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { dnsLabel, dnsSubdomain, type Errors, immutable, invalidIf, named } from '../../lib/validate.ts';
import type { NodeSelector } from '../shapes/affinity.ts';
import {
  type PersistentVolumeSpec,
  type PersistentVolumeStatus,
  persistentVolumeSpec,
  type VolumeNodeAffinity,
  volumeNodeAffinity,
} from '../shapes/persistent-volume.ts';
import { validateAccessModes } from './access-modes.ts';
import { basicAmount } from './validate-claim.ts';
import { noBacksteps } from './validate-paths.ts';
import { validateNodeSelector } from './validate-scheduling.ts';
import { type Check, driverName, needs, sharedSources, validateIscsi, validateSources, withSecrets } from './validate-volume-sources.ts';

/** PersistentVolume as its rules see it. */
export interface VolumeLike extends ApiObject {
  readonly spec: PersistentVolumeSpec;
  readonly status: PersistentVolumeStatus;
}
type Source = Exclude<keyof typeof persistentVolumeSpec.fields, keyof typeof ownFields>;
const ownFields = {
  capacity: 0,
  accessModes: 0,
  claimRef: 0,
  persistentVolumeReclaimPolicy: 0,
  storageClassName: 0,
  mountOptions: 0,
  volumeMode: 0,
  nodeAffinity: 0,
  volumeAttributesClassName: 0,
};
interface Context {
  readonly volumeName: string;
}

function* validateCsiSecret({ name = '', namespace = '' }: { name?: string; namespace?: string }, path: string): Errors {
  if (name === '') yield fieldError.required(`${path}.name`);
  else yield* dnsSubdomain(`${path}.name`, name);
  if (namespace === '') yield fieldError.required(`${path}.namespace`);
  else yield* dnsLabel(`${path}.namespace`, namespace);
}
const csiSecrets = ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const;

const checks: { readonly [K in Source]: Check<NonNullable<PersistentVolumeSpec[K]>, Context> } = {
  hostPath: sharedSources.hostPath,
  gcePersistentDisk: sharedSources.gcePersistentDisk,
  awsElasticBlockStore: sharedSources.awsElasticBlockStore,
  *glusterfs(source, path) {
    yield* needs<typeof source>('endpoints', 'path')(source, path);
    const { endpointsNamespace: namespace } = source;
    const at = `${path}.endpointsNamespace`;
    if (namespace === '') yield fieldError.invalid(at, namespace, 'if the endpointnamespace is set, it must be a valid namespace name');
    else if (namespace !== undefined) yield* invalidIf(isDns1123Label(namespace), at, namespace);
  },
  flocker: sharedSources.flocker,
  nfs: sharedSources.nfs,
  rbd: sharedSources.rbd,
  quobyte: sharedSources.quobyte,
  cephfs: sharedSources.cephfs,
  iscsi: (source, path, { volumeName }) => validateIscsi(source, path, volumeName),
  cinder: withSecrets(true).cinder,
  fc: sharedSources.fc,
  flexVolume: sharedSources.flexVolume,
  *azureFile(source, path) {
    yield* needs<typeof source>('secretName', 'shareName')(source, path);
    if (source.secretNamespace === '') yield fieldError.required(`${path}.secretNamespace`);
  },
  vsphereVolume: sharedSources.vsphereVolume,
  photonPersistentDisk: sharedSources.photonPersistentDisk,
  portworxVolume: sharedSources.portworxVolume,
  azureDisk: sharedSources.azureDisk,
  scaleIO: sharedSources.scaleIO,
  *local({ path: target }, path) {
    if (target === '') yield fieldError.required(`${path}.path`);
    else yield* noBacksteps(`${path}.path`, target);
  },
  storageos: withSecrets(true).storageos,
  *csi(source, path) {
    yield* driverName(`${path}.driver`, source.driver);
    if (source.volumeHandle === '') yield fieldError.required(`${path}.volumeHandle`);
    for (const field of csiSecrets) {
      const secret = source[field];
      if (secret !== undefined) yield* validateCsiSecret(secret as { name?: string; namespace?: string }, `${path}.${field}`);
    }
  },
};
const ordered: readonly (readonly [string, Check<any, Context>])[] = Object.entries(checks);

function* validateCapacity(capacity: Readonly<Record<string, string>>, path: string): Errors {
  const names = Object.keys(capacity);
  if (names.length === 0) yield fieldError.required(path);
  if (names.length !== 1 || names[0] !== 'storage')
    yield fieldError.notSupported(path, names.length === 0 ? null : Object.fromEntries(Object.entries(capacity).sort()), ['storage']);
  for (const [name, amount] of Object.entries(capacity)) {
    yield* basicAmount(`${path}[${name}]`, amount);
    if (quantitySign(amount) <= 0) yield fieldError.invalid(`${path}[${name}]`, amount, 'must be greater than zero');
  }
}
function* validateNodeAffinity({ required }: VolumeNodeAffinity, path: string, anyValue: boolean): Errors {
  if (required === undefined) yield fieldError.required(`${path}.required`, 'must specify required node constraints');
  else yield* validateNodeSelector(required, `${path}.required`, { anyValue });
}

/** What a volume of its own may have, and a volume that is written into an attachment may not. */
function* validateOwn(spec: PersistentVolumeSpec, path: string, anyValue: boolean): Errors {
  yield* validateCapacity(spec.capacity ?? {}, `${path}.capacity`);
  const { persistentVolumeReclaimPolicy: policy = '', nodeAffinity } = spec;
  const policies = ['Delete', 'Recycle', 'Retain'];
  if (policy !== '' && !policies.includes(policy)) yield fieldError.notSupported(`${path}.persistentVolumeReclaimPolicy`, policy, policies);
  if (nodeAffinity !== undefined) yield* validateNodeAffinity(nodeAffinity, `${path}.nodeAffinity`, anyValue);
}
function* forbidInline(spec: PersistentVolumeSpec, path: string): Errors {
  const rule = 'may not be specified in the context of inline volumes';
  const { persistentVolumeReclaimPolicy: policy = '' } = spec;
  if (policy !== '' && policy !== 'Retain')
    yield fieldError.forbidden(`${path}.persistentVolumeReclaimPolicy`, 'may only be Retain in the context of inline volumes');
  if (spec.nodeAffinity !== undefined) yield fieldError.forbidden(`${path}.nodeAffinity`, rule);
}

/** `path.Clean(text) === '/'`, of a path without '..'. */
const isRoot = (path: string) => /^\/[/.]*$/.test(path) && path.split('/').every((part) => part === '' || part === '.');

/** ValidatePersistentVolumeSpec; `inline` for the volumes that stand in a VolumeAttachment. */
export function* validateVolumeSpec(
  spec: PersistentVolumeSpec,
  path: string,
  { volumeName = '', inline = false, anyValue = false }: { volumeName?: string; inline?: boolean; anyValue?: boolean },
): Errors {
  const rule = 'may not be specified in the context of inline volumes';
  if (inline) {
    if (spec.claimRef !== undefined) yield fieldError.forbidden(`${path}.claimRef`, rule);
    if (Object.keys(spec.capacity ?? {}).length > 0) yield fieldError.forbidden(`${path}.capacity`, rule);
    if (spec.csi === undefined) yield fieldError.required(`${path}.csi`, 'has to be specified in the context of inline volumes');
  }
  if ((spec.accessModes ?? []).length === 0) yield fieldError.required(`${path}.accessModes`);
  yield* validateAccessModes(spec.accessModes, `${path}.accessModes`);
  if (inline) yield* forbidInline(spec, path);
  else yield* validateOwn(spec, path, anyValue);
  yield* validateSources(spec, ordered, path, { volumeName }, { alsoSecond: 'flexVolume' });
  const first = ordered.find(([type]) => (spec as Readonly<Record<string, unknown>>)[type] !== undefined)?.[0];
  if (first === 'local' && (spec.nodeAffinity === undefined || inline))
    yield fieldError.required(`${path}.nodeAffinity`, 'Local volume requires node affinity');
  if (spec.hostPath !== undefined && isRoot(spec.hostPath.path) && spec.persistentVolumeReclaimPolicy === 'Recycle')
    yield fieldError.forbidden(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'");
  if (spec.storageClassName) {
    if (inline) yield fieldError.forbidden(`${path}.storageClassName`, rule);
    else yield* dnsSubdomain(`${path}.storageClassName`, spec.storageClassName);
  }
  yield* validateMode(spec, path, inline);
  const { volumeAttributesClassName: attributes } = spec;
  // An attachment's volume is checked without the feature of attribute classes.
  if (attributes === undefined || inline) return;
  if (attributes === '') yield fieldError.required(`${path}.volumeAttributesClassName`, 'an empty string is disallowed');
  else yield* dnsSubdomain(`${path}.volumeAttributesClassName`, attributes);
  if (spec.csi === undefined) yield fieldError.required(`${path}.csi`, 'has to be specified when using volumeAttributesClassName');
}
function* validateMode({ volumeMode }: PersistentVolumeSpec, path: string, inline: boolean): Errors {
  if (volumeMode === undefined || volumeMode === 'Filesystem') return;
  const rule = 'may not specify volumeMode other than Filesystem in the context of inline volumes';
  if (inline) yield fieldError.forbidden(`${path}.volumeMode`, rule);
  else if (volumeMode !== 'Block') yield fieldError.notSupported(`${path}.volumeMode`, volumeMode, ['Block', 'Filesystem']);
}

const mountable = new Set<string>([
  ...['gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'cinder', 'cephfs', 'azureFile'],
  ...['vsphereVolume', 'azureDisk', 'photonPersistentDisk'],
]);
const mountAnnotation = 'volume.beta.kubernetes.io/mount-options';
function* validateMountOptions({ metadata, spec }: VolumeLike): Errors {
  if (metadata.annotations?.[mountAnnotation] === undefined) return;
  if (!Object.keys(spec).some((field) => mountable.has(field)))
    yield fieldError.forbidden(`metadata.annotations.${mountAnnotation}`, 'may not specify mount options for this volume type');
}

/** Labels of old that may become those which took their place. */
const newerLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};
function sameAffinity(now: VolumeNodeAffinity | undefined, old: VolumeNodeAffinity): boolean {
  const terms = now?.required?.nodeSelectorTerms ?? [];
  const renamed = (old.required?.nodeSelectorTerms ?? []).map((term, index) => {
    const rename = (field: 'matchExpressions' | 'matchFields') =>
      term[field]?.map((one, position) => {
        const key = terms[index]?.[field]?.[position]?.key;
        return key !== undefined && (newerLabels[one.key] ?? '') === key ? { ...one, key } : one;
      });
    return { matchExpressions: rename('matchExpressions'), matchFields: rename('matchFields') };
  });
  return sameOrEmpty(now, old.required === undefined ? old : { ...old, required: { nodeSelectorTerms: renamed } });
}

const volumeSource: Shape = {
  name: 'io.k8s.api.core.v1.PersistentVolumeSource',
  fields: sourceOf(persistentVolumeSpec.fields) as Fields,
};
function sourceOf(spec: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !Object.hasOwn(ownFields, field)));
}
function* validateUpdate({ spec: given }: VolumeLike, { spec: before }: VolumeLike): Errors {
  let spec = given;
  if (before.csi !== undefined && before.csi.controllerExpandSecretRef === undefined && spec.csi?.controllerExpandSecretRef !== undefined) {
    const { controllerExpandSecretRef: _, ...csi } = spec.csi;
    spec = { ...spec, csi };
  }
  const [source, old] = [sourceOf(spec), sourceOf(before)];
  if (!sameOrEmpty(source, old)) {
    const rule = 'spec.persistentvolumesource is immutable after creation';
    yield fieldError.forbidden(
      'spec.persistentvolumesource',
      `${rule}\n${describeDifference(goShown(volumeSource, old), goShown(volumeSource, source))}`,
    );
  }
  yield* immutable('volumeMode', spec.volumeMode, before.volumeMode, named);
  if (before.nodeAffinity !== undefined && !sameAffinity(spec.nodeAffinity, before.nodeAffinity)) {
    const rule = 'field is immutable, except for updating from beta label to GA';
    yield fieldError.invalid('nodeAffinity', goShown(volumeNodeAffinity, spec.nodeAffinity), rule);
  }
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    yield fieldError.forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden');
}

const hasBadValue = ({ nodeSelectorTerms }: NodeSelector): boolean =>
  nodeSelectorTerms.some((term) => term.matchExpressions?.some((one) => (one.values ?? []).some((text) => isLabelValue(text).length > 0)));

/** ValidatePersistentVolume and -Update; the status is free. */
export function* validateVolume(volume: VolumeLike, { old, subresource }: ValidationContext<VolumeLike>): Errors {
  if (subresource === 'status') return;
  const before = old?.spec.nodeAffinity?.required;
  const anyValue = before !== undefined && hasBadValue(before);
  const own = [...validateVolumeSpec(volume.spec, 'spec', { volumeName: volume.metadata.name, anyValue }), ...validateMountOptions(volume)];
  yield* own;
  if (old === undefined) return;
  // Upstream says it again
  yield* own;
  yield* validateUpdate(volume, old);
}
