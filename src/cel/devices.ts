/** Selectors of devices (k8s.io/dynamic-resource-allocation/cel, https://kep.k8s.io/4381). */
import type { DeclType, Environment, ExpressionKind, Limits, Program, SizeRange } from './api.ts';
import { environment } from './environment.ts';
import { JsonMap, fromJson } from './json-values.ts';
import { bindingsLibrary } from './library/extensions.ts';
import { quantityType, toQuantity } from './library/quantities.ts';
import { toSemver } from './library/semver.ts';
import { fieldDecl, objectDecl, sizeAt } from './schema-types.ts';
import * as t from './types.ts';
import type { CelType } from './types.ts';
import { CelError, CelMap, type CelValue, EntryMap, OpaqueValue, typeOf } from './values.ts';

export const maxSelectorLength = 10 * 1024;
export const maxSelectorCost = 1_000_000;
const mostAttributes = 32;

const bounded = (celType: CelType, minSerializedSize: number, maxElements: number): DeclType => ({
  celType,
  minSerializedSize,
  maxElements,
});
const domain = bounded(t.string, 2, 63);
const identifier = bounded(t.string, 2, 32);
const attribute = bounded(t.any, 1, 64);
const mapOf = (keyType: DeclType, elemType: DeclType): DeclType => ({
  celType: t.map(keyType.celType, elemType.celType),
  keyType,
  elemType,
  maxElements: mostAttributes,
  minSerializedSize: 2,
});
const fields: Readonly<Record<string, DeclType>> = {
  driver: bounded(t.string, 2, 63),
  allowMultipleAllocations: bounded(t.bool, 4, 1),
  attributes: mapOf(domain, mapOf(identifier, attribute)),
  capacity: mapOf(domain, mapOf(identifier, bounded(quantityType, 8, 0))),
};
const device = objectDecl(
  'kubernetes.DRADevice',
  new Map(Object.entries(fields).map(([name, type]) => [name, fieldDecl(name, type, true)])),
);
const variables = new Map([['device', device]]);
/** Attributes of a domain have one size, whatever their names. */
function sizeOf(path: readonly string[]): SizeRange | undefined {
  if (path[0] !== 'device') return undefined;
  if (path[1] === 'attributes' && path.length > 3) return { min: 0, max: attribute.maxElements };
  return sizeAt(variables, path);
}
const environments = new Map<ExpressionKind, Environment>();
function environmentOf(kind: ExpressionKind): Environment {
  let known = environments.get(kind);
  if (known === undefined) {
    known = environment({ kind, variables: { device }, libraries: [bindingsLibrary], sizeOf });
    environments.set(kind, known);
  }
  return known;
}

export type DeviceSelector =
  | { readonly program: Program; readonly maxCost: number; readonly error?: undefined }
  /** In upstream's words, as field errors quote it. */
  | { readonly program?: undefined; readonly error: string };
export function compileDeviceSelector(expression: string, kind: ExpressionKind = 'stored'): DeviceSelector {
  const { program, failure } = environmentOf(kind).compile(expression);
  if (program === undefined) return { error: `compilation failed: ${failure.text}` };
  const { outputType, instantiationError } = program;
  if (outputType.kind !== 'bool' && outputType.kind !== 'any') {
    return { error: `must evaluate to bool or the unknown type, not ${t.typeText(outputType)}` };
  }
  if (instantiationError !== undefined) return { error: `program instantiation failed: ${instantiationError}` };
  return { program, maxCost: program.estimateCost().max };
}

/** As in a ResourceSlice; one member is set. */
export interface DeviceAttribute {
  readonly int?: number | bigint;
  readonly bool?: boolean;
  readonly string?: string;
  readonly version?: string;
}
export interface Device {
  readonly driver: string;
  readonly allowMultipleAllocations?: boolean;
  /** By name, with a domain ('dra.example.com/model') or in the driver's. */
  readonly attributes?: Readonly<Record<string, DeviceAttribute>>;
  readonly capacity?: Readonly<Record<string, { readonly value: string | number }>>;
}
const nothing = new JsonMap({});
/** By domain: those that the device does not have are empty. */
class Domains extends CelMap {
  readonly #domains = new EntryMap();
  add(name: string, driver: string, value: CelValue): void {
    const slash = name.indexOf('/');
    const key = slash < 0 ? driver : name.slice(0, slash);
    if (!this.#domains.has(key)) this.#domains.set(key, new EntryMap());
    (this.#domains.find(key) as EntryMap).set(name.slice(slash + 1), value);
  }
  get size(): number {
    return this.#domains.size;
  }
  keys(): Iterable<CelValue> {
    return this.#domains.keys();
  }
  find(key: CelValue): CelValue {
    return this.#domains.find(key) ?? nothing;
  }
  override has(key: CelValue): boolean | CelError {
    return this.#domains.has(key);
  }
}
function attributeValue(name: string, given: DeviceAttribute): CelValue {
  const value = given.int ?? given.bool ?? given.string;
  if (value !== undefined) return fromJson(value);
  if (given.version === undefined) return new CelError(`attribute ${name}: unsupported attribute value`);
  const version = toSemver(given.version);
  return version instanceof CelError ? new CelError(`attribute ${name}: parse semantic version: ${version.message}`) : version;
}

/** Whether a device is selected, or why that cannot be told. */
export type Selection =
  | { readonly selected: boolean; readonly cost: number; readonly error?: undefined }
  | { readonly error: string; readonly cost: number };
export function selectsDevice(program: Program, { driver, ...rest }: Device, limits: Limits = {}): Selection {
  const [attributes, capacity] = [new Domains(), new Domains()];
  for (const [name, given] of Object.entries(rest.attributes ?? {})) {
    const value = attributeValue(name, given);
    if (value instanceof CelError) return { error: value.message, cost: 0 };
    attributes.add(name, driver, value);
  }
  for (const [name, { value }] of Object.entries(rest.capacity ?? {})) capacity.add(name, driver, toQuantity(String(value)));
  const given = { driver, allowMultipleAllocations: rest.allowMultipleAllocations ?? false, attributes, capacity };
  const { value, error, cost } = program.evaluate({ device: given }, { costLimit: maxSelectorCost, ...limits });
  if (error !== undefined) return { error: error.message, cost };
  if (typeof value === 'boolean') return { selected: value, cost };
  return { error: `CEL result of type ${typeOf(value).name} could not be converted to bool: ${noBoolean(value)}`, cost };
}
/** As Go's types say it, each in its own words. */
function noBoolean(value: CelValue): string {
  if (typeof value === 'string') return "unsupported native conversion from string to 'bool'";
  const { name } = typeOf(value);
  if (value instanceof OpaqueValue) return `type conversion error from '${name.split('.').at(-1)}' to 'bool'`;
  return `unsupported type conversion from '${name}' to bool`;
}
