import type { ValidationContext } from '../../../api/kind.ts';
import { parseCidr } from '../../../api/ip.ts';
import { ipFamily, isCidr, isLabelValue } from '../../../api/names.ts';
import { goQuote } from '../../../api/go-text.ts';
import { fieldError } from '../../../api/status.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { byteLength, type Errors, invalidIf, positive, qualifiedName } from '../../lib/validate.ts';
import { type Taint, taint as taintShape } from '../shapes/tolerations.ts';
import type { NodeLike } from './node-defaults.ts';
import { resourceAmount } from './resource-names.ts';
import { taintEffects } from './validate-scheduling.ts';

function* validateTaints(taints: readonly Taint[], path: string): Errors {
  const seen = new Set<string>();
  for (const [index, taint] of taints.entries()) {
    const at = `${path}[${index}]`;
    yield* qualifiedName(`${at}.key`, taint.key);
    const wrong = isLabelValue(taint.value ?? '');
    if (wrong.length > 0) yield fieldError.invalid(`${at}.value`, taint.value, wrong.join(';'));
    if (taint.effect === '') yield fieldError.required(`${at}.effect`);
    else if (!taintEffects.includes(taint.effect)) yield fieldError.notSupported(`${at}.effect`, taint.effect, taintEffects, 'as given');
    const id = `${taint.effect} ${taint.key}`;
    if (seen.has(id)) {
      const { text, ...error } = fieldError.duplicate(at, goShown(taintShape, taint));
      yield { ...error, text: `${text}: taints must be unique by key and effect pair` };
    }
    seen.add(id);
  }
}

function* validateCidrs(cidrs: readonly string[]): Errors {
  const path = 'spec.podCIDRs';
  for (const [index, cidr] of cidrs.entries()) yield* invalidIf(isCidr(cidr), `${path}[${index}]`, cidr);
  if (cidrs.length < 2) return;
  const wrong = cidrs.findIndex((cidr) => parseCidr(cidr) === undefined);
  if (wrong >= 0) {
    const why = `invalid CIDR[${wrong}]: <nil> (invalid CIDR address: ${cidrs[wrong]})`;
    yield fieldError.internal(path, `invalid PodCIDRs. failed to check with dual stack with error:${why}`);
  }
  const families = new Set(cidrs.map((cidr) => ipFamily(cidr.split('/')[0]!)));
  if (wrong >= 0 || cidrs.length > 2 || families.size < 2)
    yield fieldError.invalid(path, cidrs, 'may specify no more than one CIDR for each IP family');
}

function* validateUpdate(node: NodeLike, old: NodeLike): Errors {
  const addresses = node.status.addresses ?? [];
  for (const [index, address] of addresses.entries())
    if (addresses.findIndex((one) => one.type === address.type && one.address === address.address) < index)
      yield fieldError.duplicate(`status.addresses[${index}]`, address);
  const before = old.spec.podCIDRs ?? [];
  if (before.length > 0 && !sameOrEmpty(before, node.spec.podCIDRs))
    yield fieldError.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid');
  if (old.spec.providerID && old.spec.providerID !== node.spec.providerID)
    yield fieldError.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid');
  if ((node.spec.externalID ?? '') !== (old.spec.externalID ?? '')) yield fieldError.forbidden('spec.externalID', 'may not be updated');
}

const featureName = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const longestFeature = 253;
function* validateFeatures(names: readonly string[]): Errors {
  const path = 'status.declaredFeatures';
  for (const [index, name] of names.entries()) {
    const wrong = (why: string) => fieldError.invalid(`${path}[${index}]`, name, `invalid feature name ${goQuote(name)}: ${why}`);
    if (byteLength(name) > longestFeature) yield wrong(`must be no more than ${longestFeature} characters`);
    else if (!featureName.test(name)) {
      const example = '(e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes';
      yield wrong(`must start with an UpperCamelCase segment, with subsequent segments separated by '/' ${example}`);
    }
    const next = names[index + 1];
    if (next === name) yield fieldError.duplicate(`${path}[${index + 1}]`, next);
    else if (next !== undefined && name > next)
      yield fieldError.invalid(`${path}[${index + 1}]`, next, 'list must be sorted alphabetically');
  }
}

/** ValidateNode and ValidateNodeUpdate. */
export function* validateNode(node: NodeLike, { old, subresource }: ValidationContext<NodeLike>): Errors {
  yield* validateTaints(node.spec.taints ?? [], 'metadata.taints');
  for (const list of ['capacity', 'allocatable'] as const)
    for (const [name, amount] of Object.entries(node.status[list] ?? {})) yield* resourceAmount(`status.${list}.${name}`, name, amount);
  const swap = node.status.nodeInfo.swap?.capacity;
  if (swap !== undefined && subresource !== 'status') yield* positive('metadata.nodeSwapStatus.capacity', swap);
  yield* validateFeatures(node.status.declaredFeatures ?? []);
  if (subresource !== 'status') yield* validateCidrs(node.spec.podCIDRs ?? []);
  if (old !== undefined) yield* validateUpdate(node, old);
}
