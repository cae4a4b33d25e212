import { compareQuantities, milliValue, parseQuantity, value } from '../../../api/quantity.ts';
import { containerTotals } from '../../../kinds/core/lib/pod-totals.ts';
import type { ResourceList } from '../../../kinds/core/lib/resource-lists.ts';
import type { LimitRangeItem } from '../../../kinds/core/shapes/limit-range.ts';

/** What breaks the limits of a LimitRange, in upstream's words (plugin/pkg/admission/limitranger). */
interface Amounts {
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}
const largestPrecise = 9.22e15;

function minimum(type: string, name: string, least: string, { requests, limits }: Amounts): string | undefined {
  const [request, limit] = [requests[name], limits[name]];
  const rule = `minimum ${name} usage per ${type} is ${least}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  if (compareQuantities(request, least) < 0) return `${rule}, but request is ${request}`;
  return limit !== undefined && compareQuantities(limit, least) < 0 ? `${rule}, but limit is ${limit}` : undefined;
}
function maximum(type: string, name: string, most: string, { requests, limits }: Amounts): string | undefined {
  const [request, limit] = [requests[name], limits[name]];
  const rule = `maximum ${name} usage per ${type} is ${most}`;
  if (limit === undefined) return `${rule}.  No limit is specified`;
  if (compareQuantities(limit, most) > 0) return `${rule}, but limit is ${limit}`;
  return request !== undefined && compareQuantities(request, most) > 0 ? `${rule}, but request is ${request}` : undefined;
}
/** Claims have no limits: only what is asked for counts. */
function maximumRequest(type: string, name: string, most: string, { requests }: Amounts): string | undefined {
  const request = requests[name];
  const rule = `maximum ${name} usage per ${type} is ${most}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  return compareQuantities(request, most) > 0 ? `${rule}, but request is ${request}` : undefined;
}
function ratio(type: string, name: string, most: string, { requests, limits }: Amounts): string | undefined {
  const [request, limit] = [requests[name], limits[name]];
  const rule = `${name} max limit to request ratio per ${type} is ${most}`;
  const isZero = (amount: string) => parseQuantity(amount).nanos === 0n;
  if (request === undefined || isZero(request)) return `${rule}, but no request is specified or request is 0`;
  if (limit === undefined || isZero(limit)) return `${rule}, but no limit is specified or limit is 0`;
  const precise = [request, limit, most].every((amount) => value(amount) <= largestPrecise);
  const observed = precise ? milliValue(limit) / milliValue(request) : value(limit) / value(request);
  return observed * 1000 > milliValue(most) ? `${rule}, but provided ratio is ${observed.toFixed(6)}` : undefined;
}

type Check = (type: string, name: string, bound: string, amounts: Amounts) => string | undefined;
function problemsOf(item: LimitRangeItem, amounts: Amounts, upper: Check = maximum): readonly string[] {
  const each = (bounds: ResourceList | undefined, check: Check) =>
    Object.keys(bounds ?? {})
      .sort()
      .map((name) => check(item.type, name, bounds![name]!, amounts));
  const ratios = upper === maximum ? each(item.maxLimitRequestRatio, ratio) : [];
  return [...each(item.min, minimum), ...each(item.max, upper), ...ratios].filter((problem) => problem !== undefined);
}

const amountsOf = ({ resources }: any): Amounts => ({ requests: resources?.requests ?? {}, limits: resources?.limits ?? {} });
/** A pod as a whole: what its containers take together, or what it states itself. */
function podAmounts(pod: any): Amounts {
  const total = (which: 'requests' | 'limits'): ResourceList => {
    const stated = Object.entries<string>(pod.spec.resources?.[which] ?? {}).filter(([name]) => name === 'cpu' || name === 'memory');
    return { ...containerTotals<any>(pod.spec, (container) => container.resources?.[which]), ...Object.fromEntries(stated) };
  };
  return { requests: total('requests'), limits: total('limits') };
}

export function limitProblems(items: readonly LimitRangeItem[], kind: string, object: any): readonly string[] {
  const problems: string[] = [];
  for (const item of items) {
    if (kind === 'PersistentVolumeClaim' && item.type === 'PersistentVolumeClaim')
      problems.push(...problemsOf(item, { ...amountsOf(object.spec), limits: {} }, maximumRequest));
    if (kind !== 'Pod') continue;
    if (item.type === 'Container')
      for (const container of [...(object.spec.containers ?? []), ...(object.spec.initContainers ?? [])])
        problems.push(...problemsOf(item, amountsOf(container)));
    if (item.type === 'Pod') problems.push(...problemsOf(item, podAmounts(object)));
  }
  return [...new Set(problems)];
}
