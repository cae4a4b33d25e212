import { isObject } from '../../base/objects.ts';
import { sameJson } from '../../base/equal.ts';
import { compilePattern } from '../../base/regexp.ts';
import type { Correlation } from './correlation.ts';
import { formatCheck, formatOf, isKnownFormat } from './formats.ts';
import { isIntOrString, type JsonObject, type JsonSchema } from './json-schema.ts';
import { checkNumber, isInt64, isWhole } from './numbers.ts';
import { NumberText, plainNumbers } from '../number-text.ts';
import { failed, fault, Result } from './result.ts';

/**
 * Validation of values against a schema, with upstream's verdicts and words (kube-openapi pkg/validation/validate).
 * 'served' is how custom resources are checked; 'default' is how the defaults within a schema are: there formats that nobody
 * knows still count as formats, and int-or-string says nothing about types.
 */
export type Mode = 'served' | 'default';
type Check = (value: unknown, path: string, correlation: Correlation | undefined) => Result;

const checks: Readonly<Record<Mode, WeakMap<JsonSchema, Check>>> = { served: new WeakMap(), default: new WeakMap() };
function checkOf(schema: JsonSchema, mode: Mode): Check {
  let check = checks[mode].get(schema);
  if (check === undefined) {
    check = buildCheck(schema, mode);
    checks[mode].set(schema, check);
  }
  return check;
}

/**
 * `path` '' is the object itself. With a correlation, what is wrong is let pass where nothing changed (ratcheting).
 */
export function validateValue(schema: JsonSchema, value: unknown, options: { mode?: Mode; correlation?: Correlation | undefined } = {}) {
  const { mode = 'served', correlation } = options;
  return ratchet(checkOf(schema, mode), value, '', correlation);
}

function ratchet(check: Check, value: unknown, path: string, correlation: Correlation | undefined): Result {
  const result = check(value, path, correlation);
  if (result.isValid || correlation?.isSame !== true) return result;
  const passed = new Result();
  passed.matches = result.matches;
  return passed;
}

type GoType = 'string' | 'boolean' | 'integer' | 'number' | 'array' | 'object';
/** Which type a value has for Go: whole numbers of 64 bits are integers. */
function goTypeOf(value: unknown): GoType {
  if (value instanceof NumberText) return 'number';
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as 'string';
  if (typeof value === 'number') return isInt64(value) ? 'integer' : 'number';
  return Array.isArray(value) ? 'array' : 'object';
}
const goFormats: Partial<Record<GoType, string>> = { integer: 'int64', number: 'float64' };

function buildCheck(schema: JsonSchema, mode: Mode): Check {
  const types = mode === 'served' && isIntOrString(schema) ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  const only = types.length === 1 ? types[0]! : '';
  const format = mode === 'served' ? formatOf(only, schema.format) : (schema.format ?? '');
  const checksType = types.length > 0 || format !== '';
  const isOfFormat = isKnownFormat(format) ? formatCheck(format) : undefined;
  const hasJunctors = [schema.allOf, schema.anyOf, schema.oneOf, schema.not].some((junctor) => junctor !== undefined);
  return (given, path, correlation) => {
    const result = new Result();
    const value = given instanceof NumberText ? Number(given.text) : given;
    if (value === null) {
      if (types.length > 0 && !types.includes('null') && schema.nullable !== true) result.add(fault.type(path, types.join(','), 'null'));
      else result.matches++;
      return result.merge(checkEnum(schema, value, path));
    }
    const type = goTypeOf(given);
    if (checksType) apply(result, checkType(types, format, type, value, path));
    if (hasJunctors) apply(result, checkJunctors(schema, mode, given, path));
    // The junctors count as a check even when there are none.
    else result.matches += 2;
    if (type === 'string') {
      apply(result, checkString(schema, value as string, path));
      if (isOfFormat !== undefined)
        apply(result, isOfFormat(value as string) ? undefined : failed(fault.type(path, format, value as string)));
    } else if (type === 'integer' || type === 'number')
      apply(result, checkNumber(schema, only, format, value as number, path, type === 'number'));
    else if (type === 'array') apply(result, checkItems(schema, mode, value as readonly unknown[], path, correlation));
    apply(result, checkEnum(schema, value, path));
    if (type === 'object') apply(result, checkProperties(schema, mode, value as JsonObject, path, correlation));
    result.matches++;
    return result;
  };
}

function apply(result: Result, part: Result | undefined): void {
  result.merge(part);
  result.matches++;
}
const passed = (): Result => {
  const result = new Result();
  result.matches++;
  return result;
};

function checkType(types: readonly string[], format: string, type: GoType, value: unknown, path: string): Result {
  const isText = type === 'string' || type === 'array';
  const wholeForInteger = type === 'number' && types.includes('integer') && isWhole(value as number);
  const fits = types.includes(type) || wholeForInteger || (type === 'integer' && types.includes('number'));
  const goFormat = goFormats[type] ?? '';
  if (!isText && format !== '' && !fits && goFormat !== format) return failed(fault.type(path, format, goFormat));
  const isNumeric = types.includes('number') || types.includes('integer');
  if (!isNumeric && format !== '' && isText) return passed();
  return fits ? passed() : failed(fault.type(path, types.join(','), type));
}

function checkString(schema: JsonSchema, value: string, path: string): Result | undefined {
  const { maxLength, minLength, pattern } = schema;
  const length = maxLength === undefined && minLength === undefined ? 0 : lengthOf(value);
  if (maxLength !== undefined && length > maxLength) return failed(fault.tooLong(path, maxLength, value));
  if (minLength !== undefined && length < minLength) return failed(fault.tooShort(path, minLength, value));
  if (!pattern) return undefined;
  try {
    return compilePattern(pattern).test(value) ? undefined : failed(fault.pattern(path, pattern, value));
  } catch (error) {
    return failed(fault.pattern(path, `${pattern}, but pattern is invalid: ${(error as Error).message}`, value));
  }
}
/** In characters, not UTF-16 units. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function checkEnum({ enum: allowed }: JsonSchema, value: unknown, path: string): Result | undefined {
  if (allowed === undefined || allowed.length === 0) return undefined;
  return allowed.some((one) => isMember(one, value)) ? undefined : failed(fault.enum(path, plainNumbers(value), allowed));
}
/** Go converts before it compares: numbers to whole ones where the enum has a whole one, and to characters where it has a text. */
function isMember(allowed: unknown, value: unknown): boolean {
  if (allowed === null || value === null) return false;
  if (typeof value === 'number') {
    if (typeof allowed === 'number') return Number.isInteger(allowed) ? Math.trunc(value) === allowed : value === allowed;
    return typeof allowed === 'string' && Number.isInteger(value) && allowed === characterOf(value);
  }
  return sameJson(allowed, value);
}
const characterOf = (code: number): string =>
  code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : '\ufffd';

function checkItems(schema: JsonSchema, mode: Mode, list: readonly unknown[], path: string, correlation: Correlation | undefined): Result {
  const result = new Result();
  const { items, minItems, maxItems } = schema;
  if (isObject(items)) {
    const check = checkOf(items as JsonSchema, mode);
    for (let index = 0; index < list.length; index++) {
      result.merge(ratchet(check, list[index], `${path}[${index}]`, correlation?.index(index)));
    }
  }
  if (minItems !== undefined && list.length < minItems) result.add(fault.minItems(path, minItems, list.length));
  if (maxItems !== undefined && list.length > maxItems) result.add(fault.maxItems(path, maxItems, list.length));
  if (schema.uniqueItems === true && list.some((item, index) => list.slice(0, index).some((before) => sameJson(before, item)))) {
    result.add(fault.uniqueItems(path));
  }
  result.matches++;
  return result;
}

function checkProperties(schema: JsonSchema, mode: Mode, object: JsonObject, path: string, correlation: Correlation | undefined): Result {
  const result = new Result();
  const names = Object.keys(object);
  const { properties = {}, additionalProperties, minProperties, maxProperties, required = [] } = schema;
  if (minProperties !== undefined && names.length < minProperties) result.add(fault.minProperties(path, minProperties, names.length));
  if (maxProperties !== undefined && names.length > maxProperties) result.add(fault.maxProperties(path, maxProperties, names.length));
  const child = (below: JsonSchema, name: string, at: string) => {
    // The version of an object is not seen to change: both are shown in the same one.
    const isIdentity = path === '' && (name === 'kind' || name === 'apiVersion');
    result.merge(ratchet(checkOf(below, mode), object[name], at, isIdentity ? undefined : correlation?.key(name)));
  };
  if (additionalProperties === false) {
    for (const name of names) if (!Object.hasOwn(properties, name)) result.add(fault.notAllowed(path, name));
  } else if (isObject(additionalProperties)) {
    for (const name of names) if (!Object.hasOwn(properties, name)) child(additionalProperties as JsonSchema, name, `${path}.${name}`);
  }
  for (const [name, below] of Object.entries(properties)) {
    if (Object.hasOwn(object, name)) child(below, name, path === '' ? name : `${path}.${name}`);
  }
  for (const name of required) if (!Object.hasOwn(object, name)) result.add(fault.required(`${path}.${name}`));
  return result;
}

function checkJunctors(schema: JsonSchema, mode: Mode, value: unknown, path: string): Result {
  const result = new Result();
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const resultsOf = (schemas: readonly JsonSchema[]) => schemas.map((one) => checkOf(one, mode)(value, path, undefined));
  if (anyOf.length > 0) {
    const success = firstValid(anyOf, mode, value, path);
    if (success !== undefined) result.merge(success);
    else result.add(fault.anyOf(path)).merge(furthest(resultsOf(anyOf)));
  }
  if (oneOf.length > 0) {
    const results = resultsOf(oneOf);
    const valid = results.filter((one) => one.isValid);
    if (valid.length === 1) result.merge(valid[0]);
    else {
      result.add(fault.oneOf(path, valid.length));
      if (valid.length === 0) result.merge(furthest(results));
    }
  }
  if (allOf.length > 0) {
    const results = resultsOf(allOf);
    for (const one of results) result.merge(one);
    const valid = results.filter((one) => one.isValid).length;
    if (valid !== allOf.length) result.add(fault.allOf(path, valid === 0));
  }
  if (not !== undefined && checkOf(not, mode)(value, path, undefined).isValid) result.add(fault.not(path));
  result.matches++;
  return result;
}
function firstValid(schemas: readonly JsonSchema[], mode: Mode, value: unknown, path: string): Result | undefined {
  for (const one of schemas) {
    const result = checkOf(one, mode)(value, path, undefined);
    if (result.isValid) return result;
  }
  return undefined;
}
/** Of the alternatives that all failed the one with most checks passed. */
function furthest(results: readonly Result[]): Result | undefined {
  return results.reduce<Result | undefined>((best, one) => (best === undefined || one.matches > best.matches ? one : best), undefined);
}
