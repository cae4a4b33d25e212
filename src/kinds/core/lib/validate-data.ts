import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isConfigMapKey } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { base64Length, byteLength, type Errors, immutable, invalidIf, named } from '../../lib/validate.ts';

const mostBytes = 1024 * 1024;
type Data = Readonly<Record<string, string>> | undefined;

interface ConfigMapLike extends ApiObject {
  readonly data?: Data;
  readonly binaryData?: Data;
  readonly immutable?: boolean | undefined;
}
interface SecretLike extends ApiObject {
  readonly data?: Data;
  readonly type?: string | undefined;
  readonly immutable?: boolean | undefined;
}

/** What `immutable` keeps as it was. */
function* validateFrozen<T extends { readonly immutable?: boolean | undefined }>(
  now: T,
  old: T,
  fields: readonly (keyof T & string)[],
): Errors {
  if (old.immutable !== true) return;
  const text = 'field is immutable when `immutable` is set';
  if (now.immutable !== true) yield fieldError.forbidden('immutable', text);
  for (const field of fields) if (!sameOrEmpty(now[field], old[field])) yield fieldError.forbidden(field, text);
}

/** ValidateConfigMap and ValidateConfigMapUpdate. */
export function* validateConfigMap(map: ConfigMapLike, { old }: ValidationContext<ConfigMapLike>): Errors {
  if (old !== undefined) yield* validateFrozen(map, old, ['data', 'binaryData']);
  let size = 0;
  for (const [key, text] of Object.entries(map.data ?? {})) {
    yield* invalidIf(isConfigMapKey(key), `data[${key}]`, key);
    if (map.binaryData !== undefined && Object.hasOwn(map.binaryData, key))
      yield fieldError.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData');
    size += byteLength(text);
  }
  for (const [key, text] of Object.entries(map.binaryData ?? {})) {
    yield* invalidIf(isConfigMapKey(key), `binaryData[${key}]`, key);
    size += base64Length(text);
  }
  if (size > mostBytes) yield fieldError.tooLong('', mostBytes);
}

const dockerKeys: Readonly<Record<string, string>> = {
  'kubernetes.io/dockercfg': '.dockercfg',
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
};
function isJsonObject(base64: string): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))));
    return value === null || (typeof value === 'object' && !Array.isArray(value));
  } catch {
    return false;
  }
}

function* validateSecretType({ type = '', data = {}, metadata }: SecretLike): Errors {
  const missing = (key: string) => data[key] === undefined;
  const dockerKey = dockerKeys[type];
  if (dockerKey !== undefined) {
    if (missing(dockerKey)) yield fieldError.required(`data[${dockerKey}]`);
    else if (!isJsonObject(data[dockerKey]!))
      yield fieldError.invalid(`data[${dockerKey}]`, '<secret contents redacted>', 'invalid character looking for beginning of value');
  } else if (type === 'kubernetes.io/service-account-token') {
    if (!metadata.annotations?.['kubernetes.io/service-account.name'])
      yield fieldError.required('metadata.annotations[kubernetes.io/service-account.name]');
  } else if (type === 'kubernetes.io/basic-auth') {
    if (missing('username') && missing('password')) {
      yield fieldError.required('data[username]');
      yield fieldError.required('data[password]');
    }
  } else if (type === 'kubernetes.io/ssh-auth') {
    if (!data['ssh-privatekey']) yield fieldError.required('data[ssh-privatekey]');
  } else if (type === 'kubernetes.io/tls') {
    for (const key of ['tls.crt', 'tls.key']) if (missing(key)) yield fieldError.required(`data[${key}]`);
  }
}

/** ValidateSecret and ValidateSecretUpdate. */
export function* validateSecret(secret: SecretLike, { old }: ValidationContext<SecretLike>): Errors {
  if (old !== undefined) {
    yield* immutable('type', secret.type, old.type, named);
    yield* validateFrozen(secret, old, ['data']);
  }
  let size = 0;
  for (const [key, text] of Object.entries(secret.data ?? {})) {
    yield* invalidIf(isConfigMapKey(key), `data[${key}]`, key);
    size += base64Length(text);
  }
  if (size > mostBytes) yield fieldError.tooLong('data', mostBytes);
  yield* validateSecretType(secret);
}
