import { compareQuantities } from '../../../api/quantity.ts';
import { fieldError } from '../../../api/status.ts';
import { dnsLabel, type Errors } from '../../lib/validate.ts';
import type { ResourceClaim, ResourceRequirements } from '../shapes/resources.ts';
import { containerResourceName, hugePageAmount, isHugePages, isOvercommitAllowed, resourceAmount } from './resource-names.ts';

type NameCheck = (path: string, name: string) => Errors;

/** Requests, limits and claims of a container, a pod, or a pod's overhead. */
export function* validateResources(
  requirements: ResourceRequirements,
  claimNames: ReadonlySet<string>,
  path: string,
  isName: NameCheck = containerResourceName,
): Errors {
  const { limits = {}, requests = {} } = requirements;
  const names = new Set([...Object.keys(limits), ...Object.keys(requests)]);
  for (const [list, amounts] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [name, amount] of Object.entries(amounts)) {
      const at = `${path}.${list}[${name}]`;
      yield* isName(at, name);
      yield* resourceAmount(at, name, amount);
      if (list === 'requests') yield* requestWithinLimit(path, name, amount, limits);
      if (isHugePages(name)) yield* hugePageAmount(at, name, amount);
    }
  }
  if (!names.has('cpu') && !names.has('memory') && [...names].some(isHugePages))
    yield fieldError.forbidden(path, 'HugePages require cpu or memory');
  yield* validateClaims(requirements.claims ?? [], claimNames, `${path}.claims`);
}

function* requestWithinLimit(path: string, name: string, amount: string, limits: Readonly<Record<string, string>>): Errors {
  const limit = limits[name];
  if (limit === undefined) {
    if (!isOvercommitAllowed(name)) yield fieldError.required(`${path}.limits`, 'Limit must be set for non overcommitable resources');
    return;
  }
  const order = compareQuantities(amount, limit);
  if (order !== 0 && !isOvercommitAllowed(name))
    yield fieldError.invalid(`${path}.requests`, amount, `must be equal to ${name} limit of ${limit}`);
  else if (order > 0) yield fieldError.invalid(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`);
}

function* validateClaims(claims: readonly ResourceClaim[], claimNames: ReadonlySet<string>, path: string): Errors {
  const seen = new Set<string>();
  for (const [index, { name, request = '' }] of claims.entries()) {
    const at = `${path}[${index}]`;
    if (name === '') {
      yield fieldError.required(at);
      continue;
    }
    const key = request === '' ? name : `${name}/${request}`;
    if (seen.has(name) || seen.has(key)) yield fieldError.duplicate(at, seen.has(name) ? name : key);
    else {
      if (request !== '') yield* dnsLabel(`${at}.request`, request);
      else if ([...seen].some((one) => one.startsWith(`${name}/`))) yield fieldError.duplicate(at, name);
      seen.add(key);
    }
    if (!claimNames.has(name)) {
      const known = claimNames.size === 0 ? ' which is empty' : `: ${[...claimNames].sort().join(', ')}`;
      const { text, ...error } = fieldError.notFound(at, name);
      yield { ...error, text: `${text}: must be one of the names in pod.spec.resourceClaims${known}` };
    }
  }
}
