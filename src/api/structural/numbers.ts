import type { JsonSchema } from './json-schema.ts';
import { fault, floatText, Result } from './result.ts';

const safeMax = 2 ** 53 - 1;
const epsilon = 1e-9;
/** Whole, or above a whole number by no more than rounding. */
export function isWhole(value: number): boolean {
  if (!(Math.abs(value) <= safeMax)) return false;
  const whole = Math.trunc(value);
  if (whole === value) return true;
  return value > 0 && whole !== 0 && (value - whole) / (value + whole) < epsilon;
}

/** What a number counts as for Go: whole ones of 64 bits as int64, others as float64. */
export const isInt64 = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 2 ** 63;

const float32Max = 3.4028235677973366e38;
/** Whether a number can be one of the type and format. */
function fits(value: number, type: string, format: string): boolean {
  if (type === 'integer') return format === 'int32' ? value === (value | 0) : isInt64(value);
  return format !== 'float' || Math.abs(value) < float32Max;
}

interface Bounds {
  readonly schema: JsonSchema;
  readonly type: string;
  readonly format: string;
  readonly value: number;
  readonly path: string;
  readonly isFloat: boolean;
}

/** Range of the type, multipleOf, minimum and maximum; limits that are no values of the type are faults themselves. */
export function checkNumber(schema: JsonSchema, only: string, givenFormat: string, value: number, path: string, isFloat: boolean): Result {
  const type = only === 'integer' || only === 'number' ? only : '';
  const known = type === 'integer' ? ['int32', 'int64'] : type === 'number' ? ['float', 'double'] : [];
  const bounds = { schema, type, format: known.includes(givenFormat) ? givenFormat : '', value, path, isFloat };
  const result = new Result();
  if (!fits(value, type, bounds.format)) result.add(fault.range('Checked', type, bounds.format, path));
  checkMultiple(bounds, result);
  checkMinimum(bounds, result);
  checkMaximum(bounds, result);
  result.matches++;
  return result;
}

/** Compared as whole numbers when the value is one and the limit fits the type. */
function limitOf({ type, format, value, path, isFloat }: Bounds, limit: number, what: string, result: Result) {
  const isFit = fits(limit, type, format);
  if (!isFit) result.add(fault.range(what, type, format, path));
  const whole = isFit && !isFloat && isInt64(value);
  if (!whole) return { whole, limit, text: floatText(limit), shown: floatText(value) };
  const compared = isInt64(Math.trunc(limit)) ? Math.trunc(limit) : -(2 ** 63);
  return { whole, limit: compared, text: String(BigInt(compared)), shown: String(value) };
}
function checkMultiple(bounds: Bounds, result: Result): void {
  const { schema, value, path } = bounds;
  if (schema.multipleOf === undefined) return;
  const { whole, limit: factor, text, shown } = limitOf(bounds, schema.multipleOf, 'MultipleOf', result);
  if (factor <= 0) result.add(fault.factorNotPositive(path, text, text));
  else if (whole ? value % factor !== 0 : !isWhole(factor < 1 ? (1 / factor) * value : value / factor)) {
    result.add(fault.multipleOf(path, text, shown));
  }
}
function checkMaximum(bounds: Bounds, result: Result): void {
  const { schema, value, path } = bounds;
  if (schema.maximum === undefined) return;
  const { limit, text, shown } = limitOf(bounds, schema.maximum, 'Maximum boundary', result);
  const exclusive = schema.exclusiveMaximum === true;
  if (exclusive ? value >= limit : value > limit) result.add(fault.maximum(path, text, exclusive, shown));
}
function checkMinimum(bounds: Bounds, result: Result): void {
  const { schema, value, path } = bounds;
  if (schema.minimum === undefined) return;
  const { limit, text, shown } = limitOf(bounds, schema.minimum, 'Minimum boundary', result);
  const exclusive = schema.exclusiveMinimum === true;
  if (exclusive ? value <= limit : value < limit) result.add(fault.minimum(path, text, exclusive, shown));
}
