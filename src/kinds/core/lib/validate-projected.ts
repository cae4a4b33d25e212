import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { type Errors, oneOf } from '../../lib/validate.ts';
import type { ProjectedVolumeSource, VolumeProjection } from '../shapes/volumes.ts';
import { fileMode, localPath } from './validate-paths.ts';
import { validateDownwardFile, validateKeyToPath } from './validate-volumes.ts';

const shortestTokenSeconds = 600;
const longestTokenSeconds = 2 ** 32;
const keyTypes = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519'];
const shortestCertificateSeconds = 3600;
const longestCertificateSeconds = 91 * 86_400;

/** Paths that sources of one volume have taken so far. */
type Taken = Set<string>;
function* take(taken: Taken, target: string, about: string, path: string): Errors {
  if (target === '') return;
  if (taken.has(target)) yield fieldError.invalid(path, about, 'conflicting duplicate paths');
  taken.add(target);
}

function* validateToken(token: NonNullable<VolumeProjection['serviceAccountToken']>, at: string, path: string): Errors {
  const seconds = token.expirationSeconds ?? 0;
  if (seconds < shortestTokenSeconds)
    yield fieldError.invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > longestTokenSeconds)
    yield fieldError.invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds');
  if (token.path === '') yield fieldError.required(`${path}.path`);
  else yield* localPath(`${path}.path`, token.path);
}

function* validateTrustBundle(bundle: NonNullable<VolumeProjection['clusterTrustBundle']>, at: string, path: string, taken: Taken): Errors {
  const { name, signerName, labelSelector } = bundle;
  if (name !== undefined && signerName !== undefined) yield fieldError.invalid(at, bundle, 'only one of name and signerName may be used');
  else if (name !== undefined) {
    if (name === '') yield fieldError.required(`${at}.name`, 'must be a valid object name');
    if (labelSelector !== undefined)
      yield fieldError.invalid(`${at}.labelSelector`, labelSelector, 'labelSelector must be unset if name is specified');
  } else if (signerName !== undefined) {
    if (signerName === '') yield fieldError.required(`${at}.signerName`, 'must be a valid signer name');
    yield* validateLabelSelector(labelSelector, `${at}.labelSelector`);
  } else yield fieldError.required(at, 'either name or signerName must be specified');
  if (bundle.path === '') yield fieldError.required(`${at}.path`);
  yield* localPath(`${at}.path`, bundle.path);
  yield* take(taken, bundle.path, bundle.path, path);
}

function* validateCertificate(
  certificate: NonNullable<VolumeProjection['podCertificate']>,
  at: string,
  path: string,
  taken: Taken,
): Errors {
  yield* oneOf(`${at}.keyType`, certificate.keyType ?? '', keyTypes);
  const seconds = certificate.maxExpirationSeconds;
  if (seconds !== undefined && seconds < shortestCertificateSeconds) {
    const rule = `if provided, maxExpirationSeconds must be >= ${shortestCertificateSeconds}`;
    yield fieldError.invalid(`${at}.maxExpirationSeconds`, seconds, rule);
  }
  const longest = certificate.signerName?.startsWith('kubernetes.io/') ? 86_400 : longestCertificateSeconds;
  if (seconds !== undefined && seconds > longest)
    yield fieldError.invalid(`${at}.maxExpirationSeconds`, seconds, `if provided, maxExpirationSeconds must be <= ${longest}`);
  let count = 0;
  for (const field of ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const) {
    const target = certificate[field];
    if (!target) continue;
    count++;
    yield* localPath(`${at}.${field}`, target);
    yield* take(taken, target, target, path);
  }
  if (count === 0) yield fieldError.required(at, 'specify at least one of credentialBundlePath, keyPath, and certificateChainPath');
}

function* validateSource(source: VolumeProjection, at: string, path: string, taken: Taken): Errors {
  for (const type of ['secret', 'configMap'] as const) {
    const keyed = source[type];
    if (keyed === undefined) continue;
    if (!keyed.name) yield fieldError.required(`${at}.${type}.name`);
    for (const [index, item] of (keyed.items ?? []).entries()) {
      yield* validateKeyToPath(item, `${at}.${type}.items[${index}]`);
      yield* take(taken, item.path, keyed.name ?? '', path);
    }
  }
  for (const file of source.downwardAPI?.items ?? []) {
    yield* validateDownwardFile(file, `${at}.downwardAPI`);
    yield* take(taken, file.path, file.path, path);
  }
  if (source.serviceAccountToken !== undefined) yield* validateToken(source.serviceAccountToken, `${at}.serviceAccountToken`, path);
  if (source.clusterTrustBundle !== undefined)
    yield* validateTrustBundle(source.clusterTrustBundle, `${at}.clusterTrustBundle`, path, taken);
  if (source.podCertificate !== undefined) yield* validateCertificate(source.podCertificate, `${at}.podCertificate`, path, taken);
  let count = 0;
  for (const type in source) if (source[type as keyof VolumeProjection] !== undefined) count++;
  if (count > 1) yield fieldError.forbidden(at, 'may not specify more than 1 volume type per source');
}

export function* validateProjected({ defaultMode, sources }: ProjectedVolumeSource, path: string): Errors {
  yield* fileMode(`${path}.defaultMode`, defaultMode);
  const taken: Taken = new Set();
  for (const [index, source] of (sources ?? []).entries()) yield* validateSource(source, `${path}.sources[${index}]`, path, taken);
}
