import { isQualifiedName } from '../../../api/names.ts';
import { compareQuantities, milliValue, value } from '../../../api/quantity.ts';
import { fieldError } from '../../../api/status.ts';
import { type Errors, invalidIf } from '../../lib/validate.ts';
import type { LimitRangeItem } from '../shapes/limit-range.ts';
import { containerResourceName, isOvercommitAllowed, resourceName } from './resource-names.ts';

const types = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);
const mostWithThousandths = 2 ** 63 / 1000;
/** What is beyond 64 bits counts as nothing. */
const wholeValue = (amount: string) => (value(amount) > 2 ** 63 ? 0 : value(amount));
const thousandths = (amount: string) => (wholeValue(amount) === 0 ? 0 : milliValue(amount));
const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** One bound must not pass another. */
function* validateOrder(item: LimitRangeItem, name: string, path: string): Errors {
  const { min, max, default: limit, defaultRequest: request, maxLimitRequestRatio: ratio } = item;
  const above = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
  const [low, high, usual, asked, most] = [min?.[name], max?.[name], limit?.[name], request?.[name], ratio?.[name]];
  const at = (field: string) => `${path}.${field}[${name}]`;
  if (above(low, high)) yield fieldError.invalid(at('min'), low, `min value ${low} is greater than max value ${high}`);
  if (above(low, asked))
    yield fieldError.invalid(at('defaultRequest'), asked, `min value ${low} is greater than default request value ${asked}`);
  if (above(asked, high))
    yield fieldError.invalid(at('defaultRequest'), asked, `default request value ${asked} is greater than max value ${high}`);
  if (above(asked, usual))
    yield fieldError.invalid(at('defaultRequest'), asked, `default request value ${asked} is greater than default limit value ${usual}`);
  if (above(low, usual)) yield fieldError.invalid(at('default'), low, `min value ${low} is greater than default value ${usual}`);
  if (above(usual, high)) yield fieldError.invalid(at('default'), high, `default value ${usual} is greater than max value ${high}`);
  if (most !== undefined && compareQuantities(most, '1') < 0)
    yield fieldError.invalid(at('maxLimitRequestRatio'), most, `ratio ${most} is less than 1`);
  if (most !== undefined && low !== undefined && high !== undefined) {
    // Thousandths count only where all three can be counted in them.
    const isSmall = [most, low, high].every((amount) => wholeValue(amount) < mostWithThousandths);
    const valueOf = isSmall ? thousandths : wholeValue;
    const bound = valueOf(high) / valueOf(low);
    if (valueOf(most) / (isSmall ? 1000 : 1) > bound)
      yield fieldError.invalid(at('maxLimitRequestRatio'), most, `ratio ${most} is greater than max/min = ${bound.toFixed(6)}`);
  }
  if (!isOvercommitAllowed(name) && usual !== undefined && asked !== undefined && compareQuantities(usual, asked) !== 0)
    yield fieldError.invalid(at('defaultRequest'), asked, `default value ${usual} must equal to defaultRequest value ${asked} in ${name}`);
}

/** ValidateLimitRange. */
export function* validateLimits(limits: readonly LimitRangeItem[]): Errors {
  const seen = new Set<string>();
  for (const [index, item] of limits.entries()) {
    const at = `spec.limits[${index}]`;
    const wrong = isQualifiedName(item.type);
    yield* invalidIf(wrong, `${at}.type`, item.type);
    if (wrong.length === 0 && !item.type.includes('/') && !types.has(item.type))
      yield fieldError.invalid(`${at}.type`, item.type, 'must be a standard limit type or fully qualified');
    if (seen.has(item.type)) yield fieldError.duplicate(`${at}.type`, item.type);
    seen.add(item.type);
    const isName = item.type === 'Pod' || item.type === 'Container' ? containerResourceName : resourceName;
    const names = new Set<string>();
    for (const list of lists) {
      const amounts = Object.keys(item[list] ?? {});
      if (item.type === 'Pod' && amounts.length > 0 && (list === 'default' || list === 'defaultRequest')) {
        yield fieldError.forbidden(`${at}.${list}`, "may not be specified when `type` is 'Pod'");
        continue;
      }
      for (const name of amounts) {
        names.add(name);
        yield* isName(`${at}.${list}[${name}]`, name);
      }
    }
    if (item.type === 'PersistentVolumeClaim' && item.min?.storage === undefined && item.max?.storage === undefined)
      yield fieldError.required(`${at}.limits`, 'either minimum or maximum storage value is required, but neither was provided');
    for (const name of names) yield* validateOrder(item, name, at);
  }
}
