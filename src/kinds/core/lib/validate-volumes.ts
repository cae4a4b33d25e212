import { isDns1123Subdomain } from '../../../api/names.ts';
import { quantitySign } from '../../../api/quantity.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { validateAnnotations, validateLabels } from '../../../api/validate-meta.ts';
import { dnsLabel, dnsSubdomain, type Errors, required } from '../../lib/validate.ts';
import type { DownwardAPIVolumeFile, KeyToPath, Volume } from '../shapes/volumes.ts';
import { validateFieldRef, validateResourceFieldRef, volumeFields } from './validate-environment.ts';
import { validateClaimSpec } from './validate-claim.ts';
import { descendingPath, fileMode, localPath } from './validate-paths.ts';
import { validateProjected } from './validate-projected.ts';
import {
  type Check,
  driverName,
  initiatorTooLong,
  needs,
  sharedSources,
  validateIscsi,
  validateSources,
  withSecrets,
} from './validate-volume-sources.ts';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

export function* validateKeyToPath({ key, path: target, mode }: KeyToPath, path: string): Errors {
  if (key === '') yield fieldError.required(`${path}.key`);
  if (target === '') yield fieldError.required(`${path}.path`);
  yield* localPath(`${path}.path`, target);
  yield* fileMode(`${path}.mode`, mode);
}
function* validateItems(items: readonly KeyToPath[] | undefined, path: string): Errors {
  for (const [index, item] of (items ?? []).entries()) yield* validateKeyToPath(item, `${path}.items[${index}]`);
}
export function* validateDownwardFile(file: DownwardAPIVolumeFile, path: string): Errors {
  if (file.path === '') yield fieldError.required(`${path}.path`);
  yield* localPath(`${path}.path`, file.path);
  if (file.fieldRef !== undefined) {
    yield* validateFieldRef(file.fieldRef, volumeFields, `${path}.fieldRef`);
    if (file.resourceFieldRef !== undefined)
      yield fieldError.invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
  } else if (file.resourceFieldRef !== undefined) yield* validateResourceFieldRef(file.resourceFieldRef, `${path}.resourceFieldRef`, true);
  else yield fieldError.required(path, 'one of fieldRef and resourceFieldRef is required');
  yield* fileMode(`${path}.mode`, file.mode);
}

interface Context {
  /** Of the pod; absent in templates. */
  readonly podName?: string | undefined;
  readonly inPod: boolean;
  readonly volumeName: string;
}

/** ValidatePersistentVolumeClaimTemplate. */
function* validateClaimTemplate({ volumeClaimTemplate: template }: NonNullable<Volume['ephemeral']>, path: string): Errors {
  const at = `${path}.volumeClaimTemplate`;
  if (template === undefined) return yield fieldError.required(at);
  yield* validateAnnotations(template.metadata.annotations, `${at}.metadata.annotations`);
  yield* validateLabels(template.metadata.labels, `${at}.metadata.labels`);
  for (const field of Object.keys(template.metadata))
    if (field !== 'annotations' && field !== 'labels') yield fieldError.forbidden(`${at}.metadata.${field}`, 'cannot be set');
  yield* validateClaimSpec(template.spec, `${at}.spec`);
}

const siblings = (path: string) => path.slice(0, path.lastIndexOf('.'));
const checks: { readonly [K in keyof Volume]?: Check<NonNullable<Volume[K]>, Context> } = {
  ...sharedSources,
  ...withSecrets(false),
  *emptyDir({ sizeLimit }, path) {
    if (sizeLimit !== undefined && quantitySign(sizeLimit) < 0)
      yield fieldError.forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity');
  },
  *gitRepo({ repository, directory }, path) {
    if (repository === '') yield fieldError.required(`${path}.repository`);
    yield* descendingPath(`${path}.directory`, directory ?? '');
  },
  *secret({ secretName, defaultMode, items }, path) {
    if (!secretName) yield fieldError.required(`${path}.secretName`);
    yield* fileMode(`${path}.defaultMode`, defaultMode);
    yield* validateItems(items, path);
  },
  *configMap({ name, defaultMode, items }, path) {
    if (!name) yield fieldError.required(`${path}.name`);
    yield* fileMode(`${path}.defaultMode`, defaultMode);
    yield* validateItems(items, path);
  },
  *downwardAPI({ defaultMode, items }, path) {
    yield* fileMode(`${path}.defaultMode`, defaultMode);
    for (const item of items ?? []) yield* validateDownwardFile(item, path);
  },
  projected: (source, path) => validateProjected(source, path),
  persistentVolumeClaim: needs('claimName'),
  *csi({ driver, nodePublishSecretRef }, path) {
    yield* driverName(`${path}.driver`, driver);
    if (nodePublishSecretRef === undefined) return;
    if (!nodePublishSecretRef.name) yield fieldError.required(`${path}.nodePublishSecretRef.name`);
    else yield* dnsSubdomain(`${path}.name`, nodePublishSecretRef.name);
  },
  glusterfs: needs('endpoints', 'path'),
  azureFile: needs('secretName', 'shareName'),
  *iscsi(source, path, { volumeName }) {
    yield* validateIscsi(source, path);
    if (source.initiatorName !== undefined && `${volumeName}:${source.targetPortal}`.length > 64)
      yield fieldError.invalid(`${siblings(path)}.name`, volumeName, initiatorTooLong);
  },
  *ephemeral(source, path, { podName, volumeName }) {
    yield* validateClaimTemplate(source, path);
    if (!podName || volumeName === '') return;
    const claim = `${podName}-${volumeName}`;
    for (const message of isDns1123Subdomain(claim))
      yield fieldError.invalid(`${siblings(path)}.name`, volumeName, `PVC name ${JSON.stringify(claim)}: ${message}`);
  },
  *image({ reference, pullPolicy }, path, { inPod }) {
    if (inPod && !reference) yield fieldError.required(`${path}.reference`);
    yield* required(`${path}.pullPolicy`, pullPolicy, pullPolicies);
  },
};
/** In the order in which upstream looks at them. */
const order: readonly (keyof Volume)[] = [
  ...(['emptyDir', 'hostPath', 'gitRepo', 'gcePersistentDisk', 'awsElasticBlockStore', 'secret', 'nfs', 'iscsi', 'glusterfs'] as const),
  ...(['flocker', 'persistentVolumeClaim', 'rbd', 'cinder', 'cephfs', 'quobyte', 'downwardAPI', 'fc', 'flexVolume', 'configMap'] as const),
  ...(['azureFile', 'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'storageos', 'projected'] as const),
  ...(['scaleIO', 'csi', 'ephemeral', 'image'] as const),
];
const ordered = order.map((type) => [type, checks[type] as Check<any, Context>] as const);

export interface CheckedVolumes {
  readonly errors: readonly FieldError[];
  /** The valid ones, by name: what containers may mount. */
  readonly byName: ReadonlyMap<string, Volume>;
}

export function validateVolumes(
  volumes: readonly Volume[],
  path: string,
  context: { readonly podName?: string | undefined; readonly inPod: boolean },
): CheckedVolumes {
  const errors: FieldError[] = [];
  const byName = new Map<string, Volume>();
  const made = new Set(context.podName ? volumes.filter((one) => one.ephemeral).map((one) => `${context.podName}-${one.name}`) : []);
  for (const [index, volume] of volumes.entries()) {
    const at = `${path}[${index}]`;
    const wrong: FieldError[] = [...validateSources(volume, ordered, at, { ...context, volumeName: volume.name })];
    if (volume.name === '') wrong.push(fieldError.required(`${at}.name`));
    else wrong.push(...dnsLabel(`${at}.name`, volume.name));
    if (byName.has(volume.name)) wrong.push(fieldError.duplicate(`${at}.name`, volume.name));
    if (wrong.length === 0) byName.set(volume.name, volume);
    errors.push(...wrong);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && made.has(claim)) {
      const rule = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(fieldError.invalid(`${at}.persistentVolumeClaim.claimName`, claim, rule));
    }
  }
  return { errors, byName };
}
