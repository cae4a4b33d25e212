import { isDns1123Subdomain } from '../../../api/names.ts';
import { quantitySign } from '../../../api/quantity.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { validateAnnotations, validateLabelSelector, validateLabels } from '../../../api/validate-meta.ts';
import { dnsLabel, dnsSubdomain, type Errors, invalidIf, oneOf, required, within } from '../../lib/validate.ts';
import { type DownwardAPIVolumeFile, type KeyToPath, type Volume, volume as volumeShape } from '../shapes/volumes.ts';
import { validateFieldRef, validateResourceFieldRef, volumeFields } from './validate-environment.ts';
import { descendingPath, fileMode, localPath, noBacksteps } from './validate-paths.ts';
import { validateProjected } from './validate-projected.ts';

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];
const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

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
type Check<K extends keyof Volume> = (source: NonNullable<Volume[K]>, path: string, context: Context) => Errors;

/** Fields that may not be empty. */
const needs = <T extends object>(...fields: readonly (keyof T & string)[]) =>
  function* (source: T, path: string): Errors {
    for (const field of fields) {
      const value = source[field] as unknown;
      if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
        yield fieldError.required(`${path}.${field}`);
    }
  };
const iqn = /^(iqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)|eui\.[A-Za-z0-9]{16}|naa\.[A-Za-z0-9]{32})$/;

function* validateClaimTemplate(source: NonNullable<Volume['ephemeral']>, path: string): Errors {
  const template = source.volumeClaimTemplate;
  const at = `${path}.volumeClaimTemplate`;
  if (template === undefined) return yield fieldError.required(at);
  yield* validateAnnotations(template.metadata.annotations, `${at}.metadata.annotations`);
  yield* validateLabels(template.metadata.labels, `${at}.metadata.labels`);
  for (const field of Object.keys(template.metadata))
    if (field !== 'annotations' && field !== 'labels') yield fieldError.forbidden(`${at}.metadata.${field}`, 'cannot be set');
  const { spec } = template;
  yield* validateLabelSelector(spec.selector, `${at}.spec.selector`);
  if ((spec.accessModes ?? []).length === 0) yield fieldError.required(`${at}.spec.accessModes`, 'at least 1 access mode is required');
  for (const mode of spec.accessModes ?? []) yield* oneOf(`${at}.spec.accessModes`, mode, accessModes);
  const storage = spec.resources.requests?.storage;
  if (storage === undefined) yield fieldError.required(`${at}.spec.resources[storage]`);
  else if (quantitySign(storage) <= 0) yield fieldError.invalid(`${at}.spec.resources[storage]`, storage, 'must be greater than zero');
  if (spec.storageClassName)
    yield* invalidIf(isDns1123Subdomain(spec.storageClassName), `${at}.spec.storageClassName`, spec.storageClassName);
  yield* oneOf(`${at}.spec.volumeMode`, spec.volumeMode, ['Block', 'Filesystem']);
}

const checks: { readonly [K in Exclude<keyof Volume, 'name'>]?: Check<K> } = {
  *emptyDir({ sizeLimit }, path) {
    if (sizeLimit !== undefined && quantitySign(sizeLimit) < 0)
      yield fieldError.forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity');
  },
  *hostPath({ path: target, type }, path) {
    if (target === '') return yield fieldError.required(`${path}.path`);
    yield* noBacksteps(`${path}.path`, target);
    yield* oneOf(`${path}.type`, type, hostPathTypes);
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
  *nfs(source, path) {
    yield* needs<typeof source>('server', 'path')(source, path);
    if (source.path !== '' && !source.path.startsWith('/'))
      yield fieldError.invalid(`${path}.path`, source.path, 'must be an absolute path');
  },
  *iscsi(source, path, { volumeName }) {
    if (source.targetPortal === '') yield fieldError.required(`${path}.targetPortal`);
    if (source.iqn === '') yield fieldError.required(`${path}.iqn`);
    else if (!/^(iqn|eui|naa)/.test(source.iqn))
      yield fieldError.invalid(`${path}.iqn`, source.iqn, 'must be valid format starting with iqn, eui, or naa');
    else if (!iqn.test(source.iqn)) yield fieldError.invalid(`${path}.iqn`, source.iqn, 'must be valid format');
    yield* within(`${path}.lun`, source.lun, 0, 255);
    if ((source.chapAuthDiscovery || source.chapAuthSession) && source.secretRef === undefined)
      yield fieldError.required(`${path}.secretRef`);
    if (source.initiatorName !== undefined && `${volumeName}:${source.targetPortal}`.length > 64) {
      const rule = 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
      yield fieldError.invalid(`${path.slice(0, path.lastIndexOf('.'))}.name`, volumeName, rule);
    }
  },
  *fc({ targetWWNs = [], wwids = [], lun }, path) {
    const at = `${path}.targetWWNs`;
    if (targetWWNs.length === 0 && wwids.length === 0)
      yield fieldError.required(at, 'must specify either targetWWNs or wwids, but not both');
    if (targetWWNs.length > 0 && wwids.length > 0)
      yield fieldError.invalid(at, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously');
    if (targetWWNs.length === 0) return;
    if (lun === undefined) yield fieldError.required(`${path}.lun`, 'lun is required if targetWWNs is specified');
    else yield* within(`${path}.lun`, lun, 0, 255);
  },
  persistentVolumeClaim: needs('claimName'),
  *csi({ driver, nodePublishSecretRef }, path) {
    if (driver === '') yield fieldError.required(`${path}.driver`);
    else {
      if (driver.length > 63) yield fieldError.tooLong(`${path}.driver`, 63);
      yield* invalidIf(isDns1123Subdomain(driver.toLowerCase()), `${path}.driver`, driver);
    }
    if (nodePublishSecretRef === undefined) return;
    if (!nodePublishSecretRef.name) yield fieldError.required(`${path}.nodePublishSecretRef.name`);
    else yield* dnsSubdomain(`${path}.name`, nodePublishSecretRef.name);
  },
  *ephemeral(source, path, { podName, volumeName }) {
    yield* validateClaimTemplate(source, path);
    if (!podName || volumeName === '') return;
    const claim = `${podName}-${volumeName}`;
    for (const message of isDns1123Subdomain(claim))
      yield fieldError.invalid(`${path.slice(0, path.lastIndexOf('.'))}.name`, volumeName, `PVC name ${JSON.stringify(claim)}: ${message}`);
  },
  *image({ reference, pullPolicy }, path, { inPod }) {
    if (inPod && !reference) yield fieldError.required(`${path}.reference`);
    yield* required(`${path}.pullPolicy`, pullPolicy, pullPolicies);
  },
  gcePersistentDisk: needs('pdName'),
  awsElasticBlockStore: needs('volumeID'),
  cinder: needs('volumeID'),
  cephfs: needs('monitors'),
  glusterfs: needs('endpoints', 'path'),
  rbd: needs('monitors', 'image'),
  flexVolume: needs('driver'),
  quobyte: needs('registry', 'volume'),
  azureFile: needs('secretName', 'shareName'),
  azureDisk: needs('diskName', 'diskURI'),
  vsphereVolume: needs('volumePath'),
  photonPersistentDisk: needs('pdID'),
  portworxVolume: needs('volumeID'),
  scaleIO: needs('gateway', 'system', 'volumeName'),
  storageos: needs('volumeName'),
};
const types = Object.keys(volumeShape.fields).filter((field): field is Exclude<keyof Volume, 'name'> => field !== 'name');

function* validateSource(volume: Volume, path: string, context: Context): Errors {
  let count = 0;
  for (const type of types) {
    const source = volume[type];
    if (source === undefined) continue;
    if (count++ > 0) yield fieldError.forbidden(`${path}.${type}`, 'may not specify more than 1 volume type');
    else yield* (checks[type] as Check<typeof type> | undefined)?.(source, `${path}.${type}`, context) ?? [];
  }
  if (count === 0) yield fieldError.required(path, 'must specify a volume type');
}

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
    const wrong: FieldError[] = [...validateSource(volume, at, { ...context, volumeName: volume.name })];
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
