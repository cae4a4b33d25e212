import { isConfigMapKey, isDns1123Subdomain, isEnvVarName, isQualifiedName } from '../../../api/names.ts';
import { quantitySign } from '../../../api/quantity.ts';
import { fieldError } from '../../../api/status.ts';
import { dnsLabel, dnsSubdomain, type Errors, invalidIf } from '../../lib/validate.ts';
import type { EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector } from '../shapes/environment.ts';
import { noBacksteps } from './validate-paths.ts';

const variableFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
export const volumeFields: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.labels',
  'metadata.annotations',
  'metadata.uid',
];
const downwardFields = new Set([...variableFields, ...volumeFields, 'spec.restartPolicy', 'spec.schedulerName', 'status.phase']);
const resourceFields = ['limits', 'requests'].flatMap((list) => ['cpu', 'memory', 'ephemeral-storage'].map((name) => `${list}.${name}`));
const sizes = ['1', ...[...'kMGTPE'].map((unit) => `1${unit}`), ...[...'KMGTPE'].map((unit) => `1${unit}i`)];

/** A field of the pod, for a variable or a file. */
export function* validateFieldRef(ref: ObjectFieldSelector, allowed: readonly string[], path: string): Errors {
  const { apiVersion = '', fieldPath } = ref;
  if (apiVersion === '') return yield fieldError.required(`${path}.apiVersion`);
  if (fieldPath === '') return yield fieldError.required(`${path}.fieldPath`);
  const wrong = (why: string) => fieldError.invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`);
  if (apiVersion !== 'v1') return yield wrong(`unsupported pod version: ${apiVersion}`);
  const subscript = /^([^[\]]+)\['(.*)'\]$/.exec(fieldPath);
  if (subscript) {
    const [, field, key] = subscript as unknown as [string, string, string];
    if (field === 'metadata.annotations') yield* invalidIf(isQualifiedName(key.toLowerCase()), path, key.toLowerCase());
    else if (field === 'metadata.labels') yield* invalidIf(isQualifiedName(key), path, key);
    else yield wrong(`field label does not support subscript: ${fieldPath}`);
  } else if (!downwardFields.has(fieldPath)) yield wrong(`field label not supported: ${fieldPath}`);
  else if (!allowed.includes(fieldPath)) yield fieldError.notSupported(`${path}.fieldPath`, fieldPath, allowed, 'sorted', 'plain');
}

/** A resource of a container, for a variable or a file. */
export function* validateResourceFieldRef(ref: ResourceFieldSelector, path: string, inVolume: boolean): Errors {
  const { resource, divisor } = ref;
  const hugePages = /^(limits|requests)\.hugepages-/.test(resource);
  if (inVolume && !ref.containerName) yield fieldError.required(`${path}.containerName`);
  else if (resource === '') yield fieldError.required(`${path}.resource`);
  else if (!resourceFields.includes(resource) && !hugePages)
    yield fieldError.notSupported(`${path}.resource`, resource, resourceFields, 'sorted', 'plain');
  if (!divisor || quantitySign(divisor) === 0) return;
  const at = `${path}.divisor`;
  const kind = hugePages ? 'hugepages' : resource.slice(resource.indexOf('.') + 1);
  const names: Readonly<Record<string, string>> = {
    memory: 'memory',
    'ephemeral-storage': 'local ephemeral storage',
    hugepages: 'hugepages',
  };
  if (kind === 'cpu' && !['1m', '1'].includes(divisor))
    yield fieldError.invalid(at, resource, "only divisor's values 1m and 1 are supported with the cpu resource");
  if (names[kind] !== undefined && !sizes.includes(divisor))
    yield fieldError.invalid(at, resource, `only divisor's values ${sizes.join(', ')} are supported with the ${names[kind]} resource`);
}

function* validateKeyRef(ref: { readonly name?: string | undefined; readonly key: string }, path: string): Errors {
  yield* dnsSubdomain(`${path}.name`, ref.name ?? '');
  if (ref.key === '') yield fieldError.required(`${path}.key`);
  else yield* invalidIf(isConfigMapKey(ref.key), `${path}.key`, ref.key);
}

function* validateValueFrom(source: EnvVarSource, value: string, path: string): Errors {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  if (fieldRef !== undefined) yield* validateFieldRef(fieldRef, variableFields, `${path}.fieldRef`);
  if (resourceFieldRef !== undefined) yield* validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`, false);
  if (configMapKeyRef !== undefined) yield* validateKeyRef(configMapKeyRef, `${path}.configMapKeyRef`);
  if (secretKeyRef !== undefined) yield* validateKeyRef(secretKeyRef, `${path}.secretKeyRef`);
  if (fileKeyRef !== undefined) {
    const at = `${path}.fileKeyRef`;
    if (fileKeyRef.key === '') yield fieldError.required(`${at}.key`);
    else yield* invalidIf(isEnvVarName(fileKeyRef.key), `${at}.key`, fileKeyRef.key);
    if (fileKeyRef.volumeName === '') yield fieldError.required(`${at}.volumeName`);
    else yield* dnsLabel(`${at}.volumeName`, fileKeyRef.volumeName);
    if (fileKeyRef.path === '') yield fieldError.required(`${at}.path`);
    else yield* noBacksteps(`${at}.path`, fileKeyRef.path);
  }
  const count = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter((one) => one !== undefined).length;
  if (count === 0) {
    const choices = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    yield fieldError.invalid(path, '', choices);
  } else if (value !== '') yield fieldError.invalid(path, '', 'may not be specified when `value` is not empty');
  else if (count > 1) yield fieldError.invalid(path, '', 'may not have more than one field specified at a time');
}

export function* validateEnv(variables: readonly EnvVar[], path: string): Errors {
  for (const [index, { name, value = '', valueFrom }] of variables.entries()) {
    const at = `${path}[${index}]`;
    if (name === '') yield fieldError.required(`${at}.name`);
    else {
      const wrong = isEnvVarName(name);
      if (wrong.length > 0) yield* invalidIf(wrong, `${at}.name`, name);
    }
    if (valueFrom !== undefined) yield* validateValueFrom(valueFrom, value, `${at}.valueFrom`);
  }
}

export function* validateEnvFrom(sources: readonly EnvFromSource[], path: string): Errors {
  for (const [index, { prefix, configMapRef, secretRef }] of sources.entries()) {
    const at = `${path}[${index}]`;
    if (prefix) yield* invalidIf(isEnvVarName(prefix), `${at}.prefix`, prefix);
    for (const [field, ref] of [
      ['configMapRef', configMapRef],
      ['secretRef', secretRef],
    ] as const) {
      if (ref === undefined) continue;
      if (!ref.name) yield fieldError.required(`${at}.${field}.name`);
      else yield* invalidIf(isDns1123Subdomain(ref.name), `${at}.${field}.name`, ref.name);
    }
    if (configMapRef === undefined && secretRef === undefined)
      yield fieldError.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`');
    else if (configMapRef !== undefined && secretRef !== undefined)
      yield fieldError.invalid(path, '', 'may not have more than one field specified at a time');
  }
}
