import { isDns1123Subdomain } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { dnsLabel, type Errors, invalidIf, oneOf, within } from '../../lib/validate.ts';
import type { PersistentVolumeSpec } from '../shapes/persistent-volume.ts';
import type { Volume } from '../shapes/volumes.ts';
import { noBacksteps } from './validate-paths.ts';

/** Volume sources that pods and persistent volumes share, in a form that fits both (pkg/apis/core/validation). */
type Source<K extends keyof Volume & keyof PersistentVolumeSpec> = NonNullable<Volume[K]> | NonNullable<PersistentVolumeSpec[K]>;

/** Fields that may not be empty. */
export const needs = <T extends object>(...fields: readonly (keyof T & string)[]) =>
  function* (source: T, path: string): Errors {
    for (const field of fields) {
      const value = source[field] as unknown;
      if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
        yield fieldError.required(`${path}.${field}`);
    }
  };

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];
const iqn = /^iqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)$/;
const eui = /^eui.[A-Za-z0-9]{16}$/;
const naa = /^naa.[A-Za-z0-9]{32}$/;
const isInitiator = (text: string) => iqn.test(text) || eui.test(text) || naa.test(text);
const hostPort = /^(\[[^[\]]*\]|[^:[\]]*):[^:]*$/;

/** `hint` is what upstream adds for pods to a name without a known beginning. */
function* validateInitiator(text: string, path: string, hint: string): Errors {
  if (!/^(iqn|eui|naa)/.test(text)) yield fieldError.invalid(path, text, `must be valid format${hint}`);
  else if (!isInitiator(text)) yield fieldError.invalid(path, text, 'must be valid format');
}
export const initiatorTooLong =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

/** `volume` of a persistent volume: its name, which becomes part of the initiator's. */
export function* validateIscsi(source: Source<'iscsi'>, path: string, volume?: string): Errors {
  const hint = volume === undefined ? ' starting with iqn, eui, or naa' : '';
  if (source.targetPortal === '') yield fieldError.required(`${path}.targetPortal`);
  if (volume !== undefined && source.initiatorName !== undefined && `${volume}:${source.targetPortal}`.length > 64)
    yield fieldError.invalid(`${path}.targetportal`, source.targetPortal, initiatorTooLong);
  if (source.iqn === '') yield fieldError.required(`${path}.iqn`);
  else yield* validateInitiator(source.iqn, `${path}.iqn`, hint);
  yield* within(`${path}.lun`, source.lun, 0, 255);
  if ((source.chapAuthDiscovery || source.chapAuthSession) && source.secretRef === undefined)
    yield fieldError.required(`${path}.secretRef`);
  if (volume !== undefined && source.secretRef !== undefined && !source.secretRef.name) yield fieldError.required(`${path}.secretRef.name`);
  if (source.initiatorName !== undefined) yield* validateInitiator(source.initiatorName, `${path}.initiatorname`, hint);
}
function* validatePartition(source: { readonly partition?: number | undefined }, path: string): Errors {
  const { partition: number = 0 } = source;
  if (number < 0 || number > 255) yield fieldError.invalid(`${path}.partition`, number, 'must be between 1 and 255, inclusive');
}
function* validateFlexOptions(options: Readonly<Record<string, string>> | undefined, path: string): Errors {
  for (const key of Object.keys(options ?? {})) {
    const domain = `.${key.includes('/') ? key.slice(0, key.indexOf('/')) : key}`.toLowerCase();
    if (domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io'))
      yield fieldError.invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved');
  }
}
function* validateDisk({ diskURI, kind }: Source<'azureDisk'>, path: string): Errors {
  if (kind === undefined) return;
  const managed = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
  const blob = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/'))
    yield fieldError.notSupported(`${path}.diskURI`, diskURI, [managed], 'sorted', 'plain');
  if (kind !== 'Managed' && !diskURI.startsWith('https://'))
    yield fieldError.notSupported(`${path}.diskURI`, diskURI, [blob], 'sorted', 'plain');
}
/** Secrets beside a persistent volume have a namespace, those beside a pod's volume don't. */
export function* validateSecretRef(
  secret: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined,
  path: string,
  withNamespace: boolean,
): Errors {
  if (secret === undefined) return;
  if (!secret.name) yield fieldError.required(`${path}.name`);
  if (withNamespace && !secret.namespace) yield fieldError.required(`${path}.namespace`);
}

export type Check<T, C = unknown> = (source: T, path: string, context: C) => Errors;
type Shared = Exclude<keyof Volume & keyof PersistentVolumeSpec, 'csi' | 'iscsi' | 'cinder' | 'storageos' | 'glusterfs' | 'azureFile'>;

export const sharedSources: { readonly [K in Shared]: Check<Source<K>> } = {
  *hostPath({ path: target, type }, path) {
    if (target === '') return yield fieldError.required(`${path}.path`);
    yield* noBacksteps(`${path}.path`, target);
    yield* oneOf(`${path}.type`, type, hostPathTypes);
  },
  *gcePersistentDisk(source, path) {
    yield* needs<typeof source>('pdName')(source, path);
    yield* validatePartition(source, path);
  },
  *awsElasticBlockStore(source, path) {
    yield* needs<typeof source>('volumeID')(source, path);
    yield* validatePartition(source, path);
  },
  *nfs(source, path) {
    yield* needs<typeof source>('server', 'path')(source, path);
    if (!source.path.startsWith('/')) yield fieldError.invalid(`${path}.path`, source.path, 'must be an absolute path');
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
  *quobyte({ registry, tenant = '', volume }, path) {
    const rule = 'must be a host:port pair or multiple pairs separated by commas';
    if (registry === '') yield fieldError.required(`${path}.registry`, rule);
    else if (tenant.length >= 65)
      yield fieldError.required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters');
    else for (const pair of registry.split(',')) if (!hostPort.test(pair)) yield fieldError.invalid(`${path}.registry`, registry, rule);
    if (volume === '') yield fieldError.required(`${path}.volume`);
  },
  *flocker({ datasetName = '', datasetUUID = '' }, path) {
    if (datasetName === '' && datasetUUID === '') yield fieldError.required(path, 'one of datasetName and datasetUUID is required');
    if (datasetName !== '' && datasetUUID !== '')
      yield fieldError.invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously');
    if (datasetName.includes('/')) yield fieldError.invalid(`${path}.datasetName`, datasetName, "must not contain '/'");
  },
  rbd: needs('monitors', 'image'),
  cephfs: needs('monitors'),
  *flexVolume(source, path) {
    yield* needs<typeof source>('driver')(source, path);
    yield* validateFlexOptions(source.options, path);
  },
  vsphereVolume: needs('volumePath'),
  photonPersistentDisk: needs('pdID'),
  portworxVolume: needs('volumeID'),
  *azureDisk(source, path) {
    yield* needs<typeof source>('diskName', 'diskURI')(source, path);
    yield* oneOf(`${path}.cachingMode`, source.cachingMode, ['None', 'ReadOnly', 'ReadWrite']);
    yield* oneOf(`${path}.kind`, source.kind, ['Dedicated', 'Managed', 'Shared']);
    yield* validateDisk(source, path);
  },
  scaleIO: needs('gateway', 'system', 'volumeName'),
};

/** Sources whose secrets differ between pods and persistent volumes. */
export const withSecrets = (persistent: boolean) => ({
  *cinder(source: Source<'cinder'>, path: string): Errors {
    yield* needs<typeof source>('volumeID')(source, path);
    yield* validateSecretRef(source.secretRef, `${path}.secretRef`, persistent);
  },
  *storageos(source: Source<'storageos'>, path: string): Errors {
    if (!source.volumeName) yield fieldError.required(`${path}.volumeName`);
    else yield* dnsLabel(`${path}.volumeName`, source.volumeName);
    if (source.volumeNamespace) yield* dnsLabel(`${path}.volumeNamespace`, source.volumeNamespace);
    yield* validateSecretRef(source.secretRef, `${path}.secretRef`, persistent);
  },
});

/** Where upstream's paths are not the fields' own: of what is wrong inside, and of one source too many. */
const inside: Readonly<Record<string, string>> = { gcePersistentDisk: 'persistentDisk' };
const surplus: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

/** Exactly one source; they are looked at in the order of `checks`. */
export function* validateSources<C>(
  present: object,
  checks: readonly (readonly [type: string, check: Check<any, C>])[],
  path: string,
  context: C,
  { alsoSecond }: { readonly alsoSecond?: string } = {},
): Errors {
  let count = 0;
  for (const [type, check] of checks) {
    const source = (present as Readonly<Record<string, unknown>>)[type];
    if (source === undefined) continue;
    if (count++ > 0 && type !== alsoSecond)
      yield fieldError.forbidden(`${path}.${surplus[type] ?? type}`, 'may not specify more than 1 volume type');
    else yield* check(source, `${path}.${inside[type] ?? type}`, context);
  }
  if (count === 0) yield fieldError.required(path, 'must specify a volume type');
}

/** A CSI driver's name, wherever it stands. */
export function* driverName(path: string, name: string): Errors {
  if (name === '') return yield fieldError.required(path);
  if (name.length > 63) yield fieldError.tooLong(path, 63);
  yield* invalidIf(isDns1123Subdomain(name.toLowerCase()), path, name);
}
