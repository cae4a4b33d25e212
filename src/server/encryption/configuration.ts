import { parseDurationNanos } from '../../api/gotime.ts';
import { parseGoUrl } from '../../api/go-url.ts';
import { duration, int32, list, object, of, opt, ptr, shape, type ShapeOf, string } from '../../api/schema.ts';
import { type FieldError, fieldError } from '../../api/status.ts';
import { assertValid, type ConfigurationKind, parseConfiguration } from '../lib/configuration.ts';

const name = (kind: string) => `io.k8s.apiserver.pkg.apis.apiserver.v1.${kind}`;
const key = shape(name('Key'), { name: string(1), secret: string(2) });
const keys = shape(name('AESConfiguration'), { keys: list(1, of(key)) });
const nothing = shape(name('IdentityConfiguration'), {});
const kms = shape(name('KMSConfiguration'), {
  apiVersion: opt(string(1)),
  name: string(2),
  cachesize: ptr(int32(3)),
  endpoint: string(4),
  timeout: ptr(duration(5)),
});
const provider = shape(name('ProviderConfiguration'), {
  aesgcm: ptr(object(1, keys)),
  aescbc: ptr(object(2, keys)),
  secretbox: ptr(object(3, keys)),
  identity: ptr(object(4, nothing)),
  kms: ptr(object(5, kms)),
});
const resource = shape(name('ResourceConfiguration'), { resources: list(1, string(0)), providers: list(2, of(provider)) });
const configuration = shape(name('EncryptionConfiguration'), { resources: list(1, of(resource)) });

export type EncryptionConfiguration = ShapeOf<typeof configuration>;
export type Provider = ShapeOf<typeof provider>;
type Kms = ShapeOf<typeof kms>;
type Errors = Generator<FieldError, void>;

/** https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-EncryptionConfiguration */
const kind = {
  kind: 'EncryptionConfiguration',
  apiVersions: ['apiserver.config.k8s.io/v1'],
  shape: configuration,
} satisfies ConfigurationKind<any>;

const defaultTimeoutMs = 3_000;
export const timeoutMsOf = ({ timeout }: Kms): number =>
  timeout === undefined ? defaultTimeoutMs : Number(parseDurationNanos(timeout) / 1_000_000n);

/** Reads --encryption-provider-config. `reloads`: the file will be followed. Throws Error in upstream's words, by field; secrets are not shown. */
export function parseEncryptionConfiguration(text: string, reloads: boolean): EncryptionConfiguration {
  let config: EncryptionConfiguration;
  try {
    config = parseConfiguration(kind, text);
  } catch (error) {
    throw new Error(`error while parsing file: error decoding encryption provider configuration file: ${(error as Error).message}`);
  }
  assertValid([...checkAll(config, reloads)], 'error while parsing file: ');
  return config;
}

function* checkAll({ resources }: EncryptionConfiguration, reloads: boolean): Errors {
  if (resources.length === 0) return yield fieldError.required('resources', 'at least one resources is required');
  const kmsNames = new Set<string>();
  for (const [index, { resources: names, providers }] of resources.entries()) {
    const [namesPath, providersPath] = [`resources[${index}].resources`, `resources[${index}].providers`];
    if (names.length === 0) yield fieldError.required(namesPath, `at least one ${namesPath} is required`);
    yield* checkOverlap(names, namesPath);
    for (const [at, one] of names.entries()) yield* checkName(one, `${namesPath}[${at}]`);
    if (providers.length === 0) yield fieldError.required(providersPath, `at least one ${providersPath} is required`);
    for (const [at, one] of providers.entries()) yield* checkProvider(one, `${providersPath}[${at}]`, kmsNames, reloads);
  }
}

/** 'deployments.apps' as group and resource. */
export function groupResource(text: string): { readonly group: string; readonly resource: string } {
  const dot = text.indexOf('.');
  return dot < 0 ? { group: '', resource: text } : { group: text.slice(dot + 1), resource: text.slice(0, dot) };
}
function* checkOverlap(names: readonly string[], path: string): Errors {
  const all = names.map(groupResource);
  const pairs = all.flatMap((a, at) => all.filter((_, other) => other !== at).map((b) => [a, b] as const));
  const isSame = ([a, b]: (typeof pairs)[number]) => a.group === b.group && a.resource === b.resource;
  if (pairs.some(isSame)) yield fieldError.invalid(path, names, 'the same resource cannot be specified multiple times');
  const overlaps = pairs
    .filter((pair) => !isSame(pair))
    .some(([a, b]) => (a.group === '*' && a.resource === '*') || (a.group === b.group && (a.resource === '*' || b.resource === '*')));
  if (overlaps) {
    const why = "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked";
    yield fieldError.invalid(path, names, why);
  }
}
function* checkName(text: string, path: string): Errors {
  const { group, resource } = groupResource(text);
  const fail = (why: string) => fieldError.invalid(path, text, why);
  if (text !== text.toLowerCase()) yield fail('resource name should not contain capital letters');
  else if (text === '*') yield fail("use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources");
  else if (['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations'].includes(text))
    yield fail('resources which do not have REST API/s cannot be encrypted');
  else if (group === 'events.k8s.io')
    yield fail("'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file");
  else if (group === 'extensions') yield fail("'extensions' group has been removed and cannot be used for encryption");
  else if (group === '*' && resource !== '*') yield fail('encrypting the same resource across groups is not supported');
}

function* checkProvider(given: Provider, path: string, kmsNames: Set<string>, reloads: boolean): Errors {
  const found = Object.values(given).filter((one) => one !== undefined).length;
  const expected = 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity';
  if (found === 0) yield fieldError.invalid(path, {}, expected);
  if (found > 1) {
    const why = 'more than one provider specified in a single element, should split into different list elements';
    yield fieldError.invalid(path, '<omitted>', why);
  }
  if (given.kms !== undefined) {
    yield* checkKms(given.kms, `${path}.kms`, kmsNames, reloads);
    kmsNames.add(given.kms.name);
  } else if (given.aesgcm !== undefined) yield* checkKeys(given.aesgcm, `${path}.aesgcm.keys`, [16, 24, 32]);
  else if (given.aescbc !== undefined) yield* checkKeys(given.aescbc, `${path}.aescbc.keys`, [16, 24, 32]);
  else if (given.secretbox !== undefined) yield* checkKeys(given.secretbox, `${path}.secretbox.keys`, [32]);
}
function* checkKeys({ keys }: NonNullable<Provider['aesgcm']>, path: string, lengths: readonly number[]): Errors {
  if (keys.length === 0) yield fieldError.required(path, 'at least one keys is required');
  for (const [index, { name, secret }] of keys.entries()) {
    const at = `${path}[${index}]`;
    if (name === '') yield fieldError.required(`${at}.name`, 'name is a mandatory field for a key');
    if (secret === '') {
      yield fieldError.required(`${at}.secret`, 'secret is a mandatory field for a key');
      continue;
    }
    const isBase64 = secret.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(secret);
    const length = Buffer.from(secret, 'base64').length;
    if (!isBase64) yield fieldError.invalid(`${at}.secret`, 'REDACTED', 'secrets must be base64 encoded');
    else if (!lengths.includes(length)) {
      const why = `secret is not of the expected length, got ${length}, expected one of [${lengths.join(' ')}]`;
      yield fieldError.invalid(`${at}.secret`, 'REDACTED', why);
    }
  }
}
function* checkKms(given: Kms, path: string, names: ReadonlySet<string>, reloads: boolean): Errors {
  const { apiVersion = 'v1', name, endpoint, cachesize } = given;
  if (name === '') yield fieldError.required(`${path}.name`, 'name is a mandatory field for a provider');
  if (apiVersion !== 'v1' && name.includes(':'))
    yield fieldError.invalid(`${path}.name`, name, `invalid KMS provider name ${name}, must not contain ':'`);
  if ((reloads || apiVersion !== 'v1') && names.has(name))
    yield fieldError.invalid(`${path}.name`, name, `duplicate KMS provider name ${name}, names must be unique`);
  if (timeoutMsOf(given) <= 0) yield fieldError.invalid(`${path}.timeout`, given.timeout, 'timeout should be a positive value');
  const url = parseGoUrl(endpoint);
  if (endpoint === '') yield fieldError.invalid(`${path}.endpoint`, '', 'endpoint is a mandatory field for a kms');
  else if ('error' in url) yield fieldError.invalid(`${path}.endpoint`, endpoint, `invalid endpoint for kms provider, error: ${url.error}`);
  else if (url.scheme !== 'unix')
    yield fieldError.invalid(`${path}.endpoint`, endpoint, `unsupported scheme "${url.scheme}" for KMS provider, only unix is supported`);
  if (apiVersion !== 'v1' && cachesize !== undefined)
    yield fieldError.invalid(`${path}.cachesize`, cachesize, 'cachesize is not supported in v2');
  if (apiVersion !== 'v1' && apiVersion !== 'v2')
    yield fieldError.invalid(
      `${path}.apiVersion`,
      apiVersion,
      'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported',
    );
  if (apiVersion === 'v1') {
    const why =
      'KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature.';
    yield fieldError.forbidden(`${path}.apiVersion`, why);
  }
}
