/** Which types fit where: assignability, with bindings of type parameters (cel-go checker/types.go). */
import * as types from './types.ts';
import { type CelType, isDyn, sameType } from './types.ts';

/** What type parameters stand for. A failed attempt leaves no trace. */
export class Bindings {
  readonly #bound = new Map<string, CelType>();
  readonly #log: (readonly [string, CelType | undefined])[] = [];

  find(type: CelType): CelType | undefined {
    return type.kind === 'param' ? this.#bound.get(type.name) : undefined;
  }
  add(parameter: CelType, type: CelType): void {
    this.#log.push([parameter.name, this.#bound.get(parameter.name)]);
    this.#bound.set(parameter.name, type);
  }
  /** Whether the second type can stand where the first is wanted; binds parameters if so. */
  assignable(wanted: CelType, given: CelType): boolean {
    return this.assignableList([wanted], [given]);
  }
  assignableList(wanted: readonly CelType[], given: readonly CelType[]): boolean {
    const mark = this.#log.length;
    if (allAssignable(this, wanted, given)) return true;
    while (this.#log.length > mark) {
      const [name, before] = this.#log.pop()!;
      if (before === undefined) this.#bound.delete(name);
      else this.#bound.set(name, before);
    }
    return false;
  }
}

export const isError = (type: CelType): boolean => type.kind === 'error';
export const isDynOrError = (type: CelType): boolean => isDyn(type) || isError(type);

/** As declared types relate, without parameters being bound. */
export function isAssignableType(wanted: CelType, given: CelType): boolean {
  if (wanted.nullable === true) return given.kind === 'null' || isAssignableType({ ...wanted, nullable: false }, given);
  if (wanted === given || isDyn(wanted) || wanted.kind === 'param') return true;
  if (wanted.kind !== given.kind || wanted.name !== given.name || wanted.parameters.length !== given.parameters.length) return false;
  return wanted.parameters.every((one, index) => isAssignableType(one, given.parameters[index]!));
}
const takesNull = (type: CelType): boolean =>
  ['opaque', 'struct', 'any', 'duration', 'timestamp'].includes(type.kind) || isAssignableType(type, types.nullType);

function isAssignable(bindings: Bindings, a: CelType, b: CelType): boolean {
  if (b.kind === 'param') {
    const { valid, bound } = substitutes(bindings, a, b);
    if (valid) return true;
    if (bound) return false;
  }
  if (a.kind === 'param') return substitutes(bindings, b, a).valid;
  if (isDynOrError(a) || isDynOrError(b)) return true;
  if (a.kind === 'null') return takesNull(b);
  if (b.kind === 'null') return takesNull(a);
  switch (a.kind) {
    case 'type':
      return b.kind === 'type';
    case 'opaque':
    case 'list':
    case 'map':
      return a.kind === b.kind && a.name === b.name && allAssignable(bindings, a.parameters, b.parameters);
    default:
      return isAssignableType(b, a);
  }
}
const allAssignable = (bindings: Bindings, a: readonly CelType[], b: readonly CelType[]): boolean =>
  a.length === b.length && a.every((one, index) => isAssignable(bindings, one, b[index]!));

/** Whether the type can be what the parameter stands for. */
function substitutes(bindings: Bindings, type: CelType, parameter: CelType): { valid: boolean; bound: boolean } {
  if (type.kind === parameter.kind && sameType(type, parameter)) return { valid: true, bound: true };
  const known = bindings.find(parameter);
  if (known !== undefined) {
    if (type.kind === known.kind && sameType(type, known)) return { valid: true, bound: true };
    if (!isAssignable(bindings, type, known)) return { valid: false, bound: true };
    const general = mostGeneral(type, known);
    if (isFreeOf(bindings, parameter, general)) bindings.add(parameter, general);
    return { valid: true, bound: true };
  }
  if (!isFreeOf(bindings, parameter, type)) return { valid: false, bound: false };
  bindings.add(parameter, type);
  return { valid: true, bound: false };
}

function isEqualOrLessSpecific(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === 'param') return true;
  if (isDyn(b) || b.kind === 'param' || a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'opaque':
    case 'list':
    case 'map':
      if (a.name !== b.name || a.parameters.length !== b.parameters.length) return false;
      return a.parameters.every((one, index) => isEqualOrLessSpecific(one, b.parameters[index]!));
    case 'type':
      return true;
    default:
      return a.name === b.name;
  }
}
export const mostGeneral = (a: CelType, b: CelType): CelType => (isEqualOrLessSpecific(a, b) ? a : b);

function isFreeOf(bindings: Bindings, parameter: CelType, within: CelType): boolean {
  if (sameType(parameter, within)) return false;
  if (within.kind === 'param') {
    const known = bindings.find(within);
    return known === undefined || isFreeOf(bindings, parameter, known);
  }
  return within.parameters.every((one) => isFreeOf(bindings, parameter, one));
}

/** The type with what its parameters stand for; those that stand for nothing stay, or become dyn. */
export function substitute(bindings: Bindings, type: CelType, restToDyn: boolean): CelType {
  const known = bindings.find(type);
  if (known !== undefined) return substitute(bindings, known, restToDyn);
  if (type.kind === 'param') return restToDyn ? types.dyn : type;
  if (type.parameters.length === 0) return type;
  const parameters = type.parameters.map((one) => substitute(bindings, one, restToDyn));
  return parameters.every((one, index) => one === type.parameters[index]) ? type : { ...type, parameters };
}
/** The type with these names replaced. */
export function instantiate(type: CelType, fresh: ReadonlyMap<string, CelType>): CelType {
  if (type.kind === 'param') return fresh.get(type.name) ?? type;
  if (type.parameters.length === 0) return type;
  return { ...type, parameters: type.parameters.map((one) => instantiate(one, fresh)) };
}
export function collectParameters(type: CelType, into: Set<string>): void {
  if (type.kind === 'param') into.add(type.name);
  for (const one of type.parameters) collectParameters(one, into);
}
