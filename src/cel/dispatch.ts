/** Which code a call runs (cel-go common/decls: bindings and their type guards). */
import type { DeclaredOverload, FunctionDecl } from './declarations.ts';
import type { CelType } from './types.ts';
import { CelError, CelList, CelMap, type CelValue, typeOf } from './values.ts';

export interface Dispatch {
  readonly call: (...args: CelValue[]) => CelValue;
  /** All arguments are evaluated, even after one has failed. */
  readonly eager: boolean;
  /** Errors are arguments, too. */
  readonly nonStrict: boolean;
}

/** Whether the value can be of the type, as far as is seen at once: of lists and maps, the first element is looked at. */
export function fits(type: CelType, value: CelValue): boolean {
  if (type.nullable === true && value === null) return true;
  if (type.kind === 'dyn' || type.kind === 'any' || type.kind === 'param') return true;
  if (type.name !== typeOf(value).name) return false;
  if (value instanceof CelList && type.kind === 'list') return value.size === 0 || fits(type.parameters[0]!, value.get(0));
  if (value instanceof CelMap && type.kind === 'map') {
    for (const key of value.keys()) return fits(type.parameters[0]!, key) && fits(type.parameters[1]!, value.find(key)!);
  }
  return true;
}
const matches = (overload: DeclaredOverload, args: readonly CelValue[]) =>
  args.length === overload.args.length && args.every((arg, index) => overload.unguarded || fits(overload.args[index]!, arg));

function noOverload(name: string, args: readonly CelValue[]): CelError {
  for (const arg of args) if (arg instanceof CelError) return arg;
  return new CelError(`no such overload: ${name}(${args.map((arg) => typeOf(arg).name).join(', ')})`);
}

function guarded(name: string, overload: DeclaredOverload): Dispatch['call'] {
  const { call, args } = overload;
  if (overload.unguarded === true || overload.shared === true) return call;
  if (args.length === 1) {
    const [only] = args as [CelType];
    return (value) => (fits(only, value!) ? call(value) : noOverload(name, [value!]));
  }
  if (args.length === 2) {
    const [first, second] = args as [CelType, CelType];
    return (a, b) => (fits(first, a!) && fits(second, b!) ? call(a, b) : noOverload(name, [a!, b!]));
  }
  return (...values) => (matches(overload, values) ? call(...values) : noOverload(name, values));
}

/** `overloadId` is '' when several overloads may fit: then the values decide. */
export function dispatch(found: FunctionDecl, overloadId: string, count: number): Dispatch {
  const one =
    found.overloads.find((overload) => overload.id === overloadId) ?? (found.overloads.length === 1 ? found.overloads[0] : undefined);
  const only = one ?? (found.overloads[0]!.shared ? found.overloads[0] : undefined);
  if (only !== undefined) {
    const eager = count <= 2 && count > 0 && only.variadic !== true;
    return { call: guarded(found.name, only), eager, nonStrict: only.nonStrict === true };
  }
  const call = (...args: CelValue[]) => {
    for (const overload of found.overloads) if (matches(overload, args)) return overload.call(...args);
    return noOverload(found.name, args);
  };
  return { call, eager: false, nonStrict: false };
}

const conversions = new Set(['bool', 'bytes', 'double', 'duration', 'dyn', 'int', 'string', 'timestamp', 'type', 'uint']);
/** Conversions of constants are done once. */
export const isConversion = (name: string): boolean => conversions.has(name);
