/** What calls can cost (cel-go checker/cost.go functionCost, ext/lists.go, apiserver/pkg/cel/library/cost.go EstimateCallCost). */
import type { CostRange, SizeRange } from './api.ts';
import type { Expr } from './ast.ts';
import type { EntrySize } from './cost-estimate.ts';
import { listCreateCost, regexLengthFactor, stringTraversalFactor, structCreateCost } from './costs.ts';
import { fixed, noCost, plus, product, scaled, uncountable, union, unknownSize } from './estimates.ts';
import { type CelType, sameType } from './types.ts';
import { isInt } from './values.ts';

export interface Operand {
  /** Absent for elements of a list that stand for themselves. */
  readonly expr?: Expr;
  readonly path: readonly string[];
  readonly type: CelType;
  readonly size: SizeRange | undefined;
  readonly entry: EntrySize | undefined;
}
export interface CallEstimate {
  readonly cost: CostRange;
  readonly size?: SizeRange;
}
interface CallToEstimate {
  readonly name: string;
  readonly id: string;
  readonly target: Operand | undefined;
  readonly args: readonly Operand[];
  readonly costs: readonly CostRange[];
  readonly sizeOf: (path: readonly string[]) => SizeRange | undefined;
}

const one = fixed(1);
/** Fixed sizes of names, formats and the like (apiserver/pkg/cel/limits.go). */
const maxFormatSize = 64;
const maxNameFormatRegexSize = 128;
const factor = stringTraversalFactor;

/** Kubernetes asks by path where cel-go has no size. */
const sizeOfOperand = (call: CallToEstimate, operand: Operand): SizeRange =>
  operand.size ?? (operand.path.length > 0 ? call.sizeOf(operand.path) : undefined) ?? unknownSize;
function elementOf(list: Operand): Operand | undefined {
  const type = list.type.parameters[0];
  if (type === undefined) return undefined;
  return { path: list.path.length === 0 ? [] : [...list.path, '@items'], type, size: undefined, entry: undefined };
}
const literalInt = (operand: Operand | undefined): number | undefined => {
  const value = operand?.expr?.kind === 'literal' ? operand.expr.value : undefined;
  return isInt(value) ? Number(value) : undefined;
};

type Estimator = (call: CallToEstimate) => CallEstimate | undefined;
const onlyCost = (cost: CostRange): CallEstimate => ({ cost });
const always =
  (cost: CostRange): Estimator =>
  () => ({ cost });
const argument =
  (by: number): Estimator =>
  (call) =>
    call.args[0] && onlyCost(scaled(sizeOfOperand(call, call.args[0]), by));
const targetKept: Estimator = (call) => {
  if (call.target === undefined) return undefined;
  const size = sizeOfOperand(call, call.target);
  return { cost: scaled(size, factor), size };
};
const selector: Estimator = (call) => {
  if (call.args.length !== 1) return undefined;
  const size = sizeOfOperand(call, call.args[0]!);
  const requirements = scaled(scaled(size, 0.5), listCreateCost + structCreateCost);
  return onlyCost(plus(plus(fixed(listCreateCost), scaled(size, factor)), requirements));
};
const eachElement: Estimator = (call) => {
  if (call.target === undefined) return undefined;
  const element = elementOf(call.target);
  const size = sizeOfOperand(call, call.target);
  if (element === undefined) return onlyCost(scaled(size, factor));
  let each: CostRange = one;
  if (element.type.kind === 'string' || element.type.kind === 'bytes') each = plus(each, scaled(sizeOfOperand(call, element), factor));
  return onlyCost(product(size, each));
};
const replace: Estimator = (call) => {
  if (call.target === undefined || call.args.length < 2) return undefined;
  const size = sizeOfOperand(call, call.target);
  const old = sizeOfOperand(call, call.args[0]!);
  const by = sizeOfOperand(call, call.args[1]!);
  let count = { min: 0, max: 0 };
  let kept = { min: 0, max: 0 };
  if (old.min === 0) {
    count = { ...count, max: Math.min(size.max + 1, uncountable) };
    kept = { ...kept, max: size.max };
  } else if (by.max <= old.min) kept = { ...kept, max: size.max };
  else count = { ...count, max: Math.ceil(size.max / old.min) };
  if (old.max === 0) {
    count = { ...count, min: size.min + 1 };
    kept = { ...kept, min: size.min };
  } else if (old.max <= by.min) kept = { ...kept, min: size.min };
  else count = { ...count, min: Math.ceil(size.min / old.max) };
  return { cost: scaled(size, 2 * factor), size: plus(product(count, by), kept) };
};
const split: Estimator = (call) => {
  if (call.target === undefined) return undefined;
  const size = sizeOfOperand(call, call.target);
  const most = literalInt(call.args[1]);
  const max = most === undefined ? size.max : most < 0 ? uncountable : most;
  return { cost: scaled(size, 2 * factor), size: { min: 0, max } };
};
const join: Estimator = (call) => {
  if (call.target === undefined) return undefined;
  const count = sizeOfOperand(call, call.target);
  const element = elementOf(call.target);
  let size: SizeRange = element === undefined ? noCost : product(count, sizeOfOperand(call, element));
  if (call.args.length > 0) {
    const between = { min: Math.max(0, count.min - 1), max: Math.max(0, count.max - 1) };
    size = plus(size, product(sizeOfOperand(call, call.args[0]!), between));
  }
  return { cost: scaled(size, factor), size };
};
const find: Estimator = (call) => {
  if (call.target === undefined || call.args.length < 1) return undefined;
  const size = sizeOfOperand(call, call.target);
  const cost = product(scaled(plus(size, one), factor), scaled(sizeOfOperand(call, call.args[0]!), regexLengthFactor));
  return { cost, size: { min: 0, max: size.max } };
};
const ipBytes: SizeRange = { min: 4, max: 16 };
const containsAddress =
  (withMask: boolean, parsed: string): Estimator =>
  (call) => {
    if (call.args.length < 1) return undefined;
    let cost = scaled(plus(ipBytes, ipBytes), factor);
    if (withMask) cost = plus(plus(cost, scaled(ipBytes, factor)), one);
    if (call.id === parsed) cost = plus(cost, scaled(sizeOfOperand(call, call.args[0]!), factor));
    return onlyCost(cost);
  };
const validateFormat: Estimator = (call) =>
  call.args[0] && onlyCost(scaled(scaled(sizeOfOperand(call, call.args[0]), factor), maxNameFormatRegexSize * regexLengthFactor));
const sameCostTypes = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  ...['Authorizer', 'PathCheck', 'GroupCheck', 'ResourceCheck', 'Decision'].map((name) => `kubernetes.authorization.${name}`),
]);
const equality: Estimator = (call) => {
  const [left, right] = call.args;
  if (left === undefined || right === undefined || !sameType(left.type, right.type)) return undefined;
  if (sameCostTypes.has(left.type.name)) return onlyCost(one);
  if (left.type.name === 'kubernetes.NamedFormat') return onlyCost(scaled({ min: 1, max: maxFormatSize }, factor));
  if (left.type.name === 'kubernetes.URL') return onlyCost(scaled({ min: 1, max: right.size?.max ?? 1 }, factor));
  return undefined;
};

const byName: Readonly<Record<string, Estimator>> = {
  check: always(fixed(350_000)),
  fieldSelector: selector,
  labelSelector: selector,
  url: (call) => (call.args.length === 1 ? { ...argument(factor)(call)!, size: sizeOfOperand(call, call.args[0]!) } : undefined),
  replace,
  split,
  join,
  find,
  findAll: find,
  ip: (call) => (call.id === 'cidr_ip' ? onlyCost(one) : argument(factor)(call)),
  'ip.isCanonical': argument(2 * factor),
  containsIP: containsAddress(false, 'cidr_contains_ip_string'),
  containsCIDR: containsAddress(true, 'cidr_contains_cidr_string'),
  validate: validateFormat,
  '_==_': equality,
};
const namesOf: readonly (readonly [Estimator, readonly string[]])[] = [
  [
    always(one),
    [
      ...['serviceAccount', 'path', 'group', 'resource', 'subresource', 'namespace', 'name', 'allowed', 'reason', 'error', 'errored'],
      ...['masked', 'prefixLength', 'family', 'isUnspecified', 'isLoopback', 'isLinkLocalMulticast', 'isLinkLocalUnicast'],
      ...['isGlobalUnicast', 'format.named', 'sign', 'asInteger', 'isInteger', 'asApproximateFloat', 'isGreaterThan', 'isLessThan'],
      ...['compareTo', 'add', 'sub', 'major', 'minor', 'patch'],
      ...['getScheme', 'getHostname', 'getHost', 'getPort', 'getEscapedPath', 'getQuery'],
    ],
  ],
  [eachElement, ['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf']],
  [targetKept, ['lowerAscii', 'upperAscii', 'substring', 'trim']],
  [argument(factor), ['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver']],
];
const kubernetes = new Map<string, Estimator>([
  ...Object.entries(byName),
  ...namesOf.flatMap(([estimator, names]) => names.map((name) => [name, estimator] as const)),
  ['jsonpatch.escapeKey', byName.url!],
]);

const allocates = (by: number, size: SizeRange): CallEstimate => ({ cost: plus(plus(scaled(size, by), one), fixed(listCreateCost)), size });
const orUnknown = (operand: Operand): SizeRange => operand.size ?? unknownSize;
const listSize = (call: CallToEstimate, operand: Operand): SizeRange => sizeOfOperand(call, operand);
const literalOr = (operand: Operand | undefined, otherwise: number): number => Math.max(0, literalInt(operand) ?? otherwise);
const setsEstimate = (call: CallToEstimate, by: number): CallEstimate =>
  onlyCost(plus(scaled(product(sizeOfOperand(call, call.args[0]!), sizeOfOperand(call, call.args[1]!)), by), one));
const lists: Readonly<Record<string, Estimator>> = {
  list_slice: (call) => {
    const size = listSize(call, call.target!);
    const start = literalOr(call.args[0], 0);
    const end = literalOr(call.args[1], size.max);
    return allocates(1, fixed(end >= start ? end - start : uncountable - (start - end)));
  },
  lists_range: (call) => allocates(1, fixed(literalOr(call.args[0], uncountable))),
  list_reverse: (call) => allocates(1, listSize(call, call.target!)),
  list_flatten: (call) => allocates(1, listSize(call, call.target!)),
  list_flatten_int: (call) => allocates(literalOr(call.args[0], uncountable), listSize(call, call.target!)),
  list_sets_contains_list: (call) => setsEstimate(call, 1),
  list_sets_intersects_list: (call) => setsEstimate(call, 1),
  list_sets_equivalent_list: (call) => setsEstimate(call, 2),
  list_distinct: (call) => allocates(2, product(listSize(call, call.target!), listSize(call, call.target!))),
};
const sortOverload = /^list_(.+)_(sort|sortByAssociatedKeys)$/;
function listEstimate(call: CallToEstimate): CallEstimate | undefined {
  if (Object.hasOwn(lists, call.id)) return lists[call.id]!(call);
  const sort = sortOverload.exec(call.id);
  if (sort === null) return undefined;
  const size = listSize(call, sort[2] === 'sort' ? call.target! : call.args[0]!);
  const isText = sort[1] === 'string' || sort[1] === 'bytes';
  return allocates(isText ? 2 + factor : 2, product(size, size));
}

const smaller: Estimator = ({ args }) => {
  const max = Math.min(orUnknown(args[0]!).max, orUnknown(args[1]!).max);
  return onlyCost(scaled({ min: max > 0 ? 1 : 0, max }, factor));
};
const sum =
  (string: boolean): Estimator =>
  ({ args }) => {
    const size = plus(orUnknown(args[0]!), orUnknown(args[1]!));
    return { cost: string ? scaled(size, factor) : one, size };
  };
const firstArgument: Estimator = ({ args }) => (args.length === 1 ? onlyCost(scaled(orUnknown(args[0]!), factor)) : undefined);
const standard: Readonly<Record<string, Estimator>> = {
  string_format: ({ target }) => target && onlyCost(scaled(orUnknown(target), factor)),
  string_to_bytes: ({ args }) => {
    const size = orUnknown(args[0]!);
    return { cost: scaled(size, factor), size: { min: size.min, max: Math.min(size.max * 4, uncountable) } };
  },
  bytes_to_string: ({ args }) => {
    const size = orUnknown(args[0]!);
    return { cost: scaled(size, factor), size: { min: Math.floor(size.min / 4), max: size.max } };
  },
  strings_quote: ({ args }) => {
    // Upstream lets the size of what has no bound overflow, to 0.
    const size = orUnknown(args[0]!);
    return { cost: scaled(size, factor), size: { min: size.min + 2, max: size.max >= uncountable ? 0 : size.max * 2 + 2 } };
  },
  starts_with_string: firstArgument,
  ends_with_string: firstArgument,
  in_list: ({ args }) => onlyCost(orUnknown(args[1]!)),
  matches_string: ({ target, args }) =>
    target && args.length === 1
      ? onlyCost(product(scaled(plus(orUnknown(target), one), factor), scaled(orUnknown(args[0]!), regexLengthFactor)))
      : undefined,
  contains_string: ({ target, args }) =>
    target && onlyCost(product(scaled(orUnknown(target), factor), scaled(orUnknown(args[0]!), factor))),
  add_string: sum(true),
  add_bytes: sum(true),
  add_list: sum(false),
  equals: smaller,
  not_equals: smaller,
  ...Object.fromEntries(
    ['less', 'greater', 'less_equals', 'greater_equals'].flatMap((name) => [
      [`${name}_string`, smaller],
      [`${name}_bytes`, smaller],
    ]),
  ),
};

/** The whole cost of a call, its arguments' (but not the target's) included, and the size of what it gives where that is known. */
export function estimateCall(call: CallToEstimate): CallEstimate {
  const { id, args, costs } = call;
  const argumentCosts = costs.reduce(plus, noCost);
  const own = listEstimate(call) ?? kubernetes.get(call.name)?.(call);
  if (own !== undefined) return { ...own, cost: plus(own.cost, argumentCosts) };
  switch (id) {
    case 'logical_or':
    case 'logical_and':
      return { cost: { min: costs[0]!.min, max: plus(costs[0]!, costs[1]!).max } };
    case 'conditional':
      return {
        cost: plus(costs[0]!, union(costs[1]!, costs[2]!)),
        size: union(orUnknown(args[1]!), orUnknown(args[2]!)),
      };
  }
  const known = Object.hasOwn(standard, id) ? standard[id]!(call) : undefined;
  return known === undefined ? { cost: plus(one, argumentCosts) } : { ...known, cost: plus(known.cost, argumentCosts) };
}
