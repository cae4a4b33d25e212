/** What calls cost when they are made (cel-go interpreter/runtimecost.go, k8s.io/apiserver/pkg/cel/library/cost.go CallCost). */
import { listCreateCost, regexCost, stringTraversalFactor, structCreateCost, traversal } from './costs.ts';
import { EvaluationFailed } from './frame.ts';
import { utf8Length } from './strings.ts';
import { goType } from './text.ts';
import { Bytes, CelList, CelMap, type CelValue, Double, Duration, OpaqueValue, Timestamp, Uint, isInt, sizeForCost } from './values.ts';

export type CallCost = number | ((args: readonly CelValue[], result: CelValue) => number);

/** Visiting all that a value holds. */
function visitCost(value: CelValue): number {
  if (typeof value === 'string') return Math.floor(utf8Length(value) * stringTraversalFactor);
  if (value instanceof Bytes) return Math.floor(value.value.length * stringTraversalFactor);
  let cost = 0;
  if (value instanceof CelList) {
    for (const element of value) cost += visitCost(element);
    return cost;
  }
  if (!(value instanceof CelMap)) return 1;
  for (const key of value.keys()) cost += visitCost(key) + visitCost(value.find(key)!);
  return cost;
}
/** A selector is a list of requirements, one in two characters at most. */
export function selectorCost(size: number): number {
  return listCreateCost + traversal(size) + Math.ceil(Math.ceil(size * 0.5) * (listCreateCost + structCreateCost));
}
/** Kubernetes' estimator counts no optional's content. */
const plainSize = (value: CelValue | undefined): number => (value === undefined || !hasSize(value) ? 1 : sizeForCost(value));
const hasSize = (value: CelValue) =>
  typeof value === 'string' ||
  value instanceof CelList ||
  value instanceof CelMap ||
  value instanceof Bytes ||
  value instanceof OpaqueValue;
const firstTraversal = (args: readonly CelValue[]) => traversal(plainSize(args[0]));
const containsCost = (args: readonly CelValue[], parsed: boolean) =>
  traversal(2 * plainSize(args[0])) + (parsed ? traversal(plainSize(args[1])) : 0);

const visit: CallCost = (args) => (args.length === 0 ? 0 : visitCost(args[0]!));
const patternCost: CallCost = (args) => regexCost(plainSize(args[0]), plainSize(args[1]));
/** Cost by the name of the function, whatever its overload. */
const byName: Readonly<Record<string, CallCost>> = {
  check: 350_000,
  ...Object.fromEntries(
    ['serviceAccount', 'path', 'group', 'resource', 'subresource', 'namespace', 'name', 'allowed', 'reason', 'error', 'errored'].map(
      (name) => [name, 1],
    ),
  ),
  fieldSelector: (args) => selectorCost(plainSize(args[1])),
  labelSelector: (args) => selectorCost(plainSize(args[1])),
  isSorted: visit,
  sum: visit,
  max: visit,
  min: visit,
  indexOf: visit,
  lastIndexOf: visit,
  url: firstTraversal,
  lowerAscii: firstTraversal,
  upperAscii: firstTraversal,
  substring: firstTraversal,
  trim: firstTraversal,
  'jsonpatch.escapeKey': firstTraversal,
  replace: (args) => traversal(plainSize(args[0]), 2 * stringTraversalFactor),
  split: (args) => traversal(plainSize(args[0]), 2 * stringTraversalFactor),
  join: (_args, result) => traversal(plainSize(result), 2 * stringTraversalFactor),
  find: patternCost,
  findAll: patternCost,
  cidr: firstTraversal,
  isIP: firstTraversal,
  isCIDR: firstTraversal,
  ip: firstTraversal,
  'ip.isCanonical': (args) => traversal(plainSize(args[0]), 2 * stringTraversalFactor),
  quantity: firstTraversal,
  isQuantity: firstTraversal,
  semver: firstTraversal,
  isSemver: firstTraversal,
};
const stringTraversal: CallCost = (args) => traversal(sizeForCost(args[0]!));
const smallerSize: CallCost = (args) => traversal(Math.min(sizeForCost(args[0]!), sizeForCost(args[1]!)));
const bothSizes: CallCost = (args) => traversal(sizeForCost(args[0]!) + sizeForCost(args[1]!));

const listCost = (factor: number, size: number) => Math.floor(size * factor) + 1 + listCreateCost;
const outputSize: CallCost = (_args, result) => listCost(1, sizeForCost(result));
/** Upstream counts before it knows that the arguments are what they should be, and panics. */
const notA = (value: CelValue, wanted: string): never => {
  throw new EvaluationFailed(
    `internal error: interface conversion: ${value instanceof CelMap ? '*types.baseMap' : goType(value)} is not ${wanted}`,
  );
};
const canAdd = (value: CelValue) =>
  isInt(value) || typeof value === 'string' || [Uint, Double, Bytes, Duration, Timestamp].some((type) => value instanceof type);
function selfCompare(list: CelValue): number {
  if (!(list instanceof CelList)) return notA(list, `traits.Lister: missing method ${canAdd(list) ? 'Contains' : 'Add'}`);
  const size = list.size;
  const first = size > 0 ? list.get(0) : undefined;
  const isText = typeof first === 'string' || first instanceof Bytes;
  return listCost(isText ? 2 + stringTraversalFactor : 2, size * size);
}
const flattenCost: CallCost = ([list, depth]) => {
  if (depth !== undefined && !isInt(depth)) {
    const type = depth instanceof CelMap ? '*types.baseMap' : goType(depth);
    throw new EvaluationFailed(`internal error: interface conversion: ref.Val is ${type}, not types.Int`);
  }
  return listCost(depth === undefined ? 1 : Number(depth), sizeForCost(list!));
};

const setsCost = (args: readonly CelValue[], factor: number) => 1 + sizeForCost(args[0]!) * sizeForCost(args[1]!) * factor;

/** Cost by overload, where the name alone does not tell. */
const byOverload: Readonly<Record<string, CallCost>> = {
  cidr_ip: 1,
  cidr_contains_ip_string: (args) => containsCost(args, true),
  cidr_contains_ip_ip: (args) => containsCost(args, false),
  cidr_contains_cidr_string: (args) => containsCost(args, true) + traversal(plainSize(args[0])) + 1,
  cidr_contains_cidr: (args) => containsCost(args, false) + traversal(plainSize(args[0])) + 1,
  'format-validate': (args) => regexCost(plainSize(args[1]), (args[0] as { maxRegexSize?: number }).maxRegexSize ?? 1),
  starts_with_string: stringTraversal,
  ends_with_string: stringTraversal,
  string_to_bytes: stringTraversal,
  bytes_to_string: stringTraversal,
  strings_quote: stringTraversal,
  string_format: stringTraversal,
  in_list: (args) => sizeForCost(args[1]!),
  ...Object.fromEntries(
    ['less', 'greater', 'less_equals', 'greater_equals'].flatMap((name) => [
      [`${name}_string`, smallerSize],
      [`${name}_bytes`, smallerSize],
    ]),
  ),
  equals: (args) => (args[0] instanceof OpaqueValue ? 1 : traversal(Math.min(sizeForCost(args[0]!), sizeForCost(args[1]!)))),
  not_equals: smallerSize,
  add_string: bothSizes,
  add_bytes: bothSizes,
  matches_string: (args) => regexCost(sizeForCost(args[0]!), sizeForCost(args[1]!)),
  contains_string: (args) => traversal(sizeForCost(args[0]!)) * traversal(sizeForCost(args[1]!)),
  list_slice: outputSize,
  lists_range: outputSize,
  list_reverse: outputSize,
  list_flatten: flattenCost,
  list_flatten_int: flattenCost,
  list_distinct: (args) => selfCompare(args[0]!),
  list_sets_contains_list: (args) => setsCost(args, 1),
  list_sets_intersects_list: (args) => setsCost(args, 1),
  list_sets_equivalent_list: (args) => setsCost(args, 2),
};

/** What a call of this function costs; the overload is '' when it is chosen at run time. */
export function callCost(name: string, overloadId: string): CallCost {
  const ofOverload = byOverload[overloadId];
  if (ofOverload !== undefined) return ofOverload;
  if (overloadId.endsWith('_sort')) return (args) => selfCompare(args[0]!);
  if (overloadId.endsWith('_sortByAssociatedKeys')) return (args) => selfCompare(args[1]!);
  if (name === 'containsIP') return (args) => containsCost(args, false);
  if (name === 'containsCIDR') return (args) => containsCost(args, false) + traversal(plainSize(args[0])) + 1;
  return Object.hasOwn(byName, name) ? byName[name]! : 1;
}
