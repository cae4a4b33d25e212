import { isQualifiedName } from '../../../api/names.ts';
import { isWhole, quantitySign, value as wholeUnits } from '../../../api/quantity.ts';
import { fieldError } from '../../../api/status.ts';
import { type Errors, invalidIf, nothing } from '../../lib/validate.ts';

/** Names of resources and what amounts they take (pkg/apis/core/helper). */
const objectCounts = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const container = new Set(['cpu', 'memory', 'ephemeral-storage']);
const quota = new Set([
  ...container,
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  ...objectCounts,
]);
const standard = new Set([...quota, 'storage']);
const whole = new Set(objectCounts);

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
export const isQuotaHugePages = (name: string) => isHugePages(name) || name.startsWith('requests.hugepages-');
export const isNativeResource = (name: string) => !name.includes('/') || name.includes('kubernetes.io/');
/** Requests may be lower than limits. */
export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name);
export const isExtendedResource = (name: string) =>
  !isNativeResource(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0;
export const isStandardQuotaResource = (name: string): boolean => quota.has(name) || isQuotaHugePages(name);

export function resourceName(path: string, name: string): Errors {
  const wrong = isQualifiedName(name);
  if (wrong.length > 0) return invalidIf(wrong, path, name);
  const isKnown = name.includes('/') || standard.has(name) || isQuotaHugePages(name);
  return isKnown ? nothing : [fieldError.invalid(path, name, 'must be a standard resource type or fully qualified')];
}
export const containerResourceName = (path: string, name: string): Errors =>
  container.has(name) ? nothing : otherResourceName(path, name);
function* otherResourceName(path: string, name: string): Errors {
  yield* resourceName(path, name);
  if (!name.includes('/')) {
    if (!isHugePages(name)) yield fieldError.invalid(path, name, 'must be a standard resource for containers');
  } else if (!isNativeResource(name) && !isExtendedResource(name))
    yield fieldError.invalid(path, name, "doesn't follow extended resource name standard");
}
export function* podResourceName(path: string, name: string): Errors {
  let wrong = false;
  for (const error of resourceName(path, name)) {
    wrong = true;
    yield error;
  }
  if (!wrong && name !== 'cpu' && name !== 'memory' && !isHugePages(name))
    yield fieldError.notSupported(path, name, ['cpu', 'hugepages-', 'memory']);
}
export function* quotaResourceName(path: string, name: string): Errors {
  yield* resourceName(path, name);
  if (!name.includes('/') && !isStandardQuotaResource(name)) yield fieldError.invalid(path, name, 'must be a standard resource for quota');
}

/** An amount that the resource can have. */
export const resourceAmount = (path: string, name: string, amount: string): Errors =>
  quantitySign(amount) >= 0 && container.has(name) ? nothing : checkAmount(path, name, amount);
function* checkAmount(path: string, name: string, amount: string): Errors {
  if (quantitySign(amount) < 0) yield fieldError.invalid(path, amount, 'must be greater than or equal to 0');
  if ((whole.has(name) || isExtendedResource(name)) && !isWhole(amount)) yield fieldError.invalid(path, amount, 'must be an integer');
}
/** Huge pages come whole. */
export function* hugePageAmount(path: string, name: string, amount: string): Errors {
  const size = pageBytes(name);
  if (size === undefined || wholeUnits(amount) % size !== 0)
    yield fieldError.invalid(path, amount, `${amount} is not positive integer multiple of ${name}`);
}
function pageBytes(name: string): number | undefined {
  try {
    const bytes = wholeUnits(name.slice('hugepages-'.length));
    return bytes > 0 ? bytes : undefined;
  } catch {
    return undefined;
  }
}
