import {
  bindingsLibrary,
  CelError,
  CelMap,
  type CelValue,
  type DeclType,
  EntryMap,
  type Environment,
  environment,
  type ExpressionKind,
  fieldDecl,
  fromJson,
  objectDecl,
  type Program,
  quantityType,
  sameType,
  toQuantity,
  toSemver,
  types,
  typeText,
} from '../../../cel/index.ts';
import type { Device } from '../shapes/resource-slice.ts';

/** Largest cost of a selector, estimated and real. */
export const mostSelectorCost = 1_000_000;

const sized = (celType: DeclType['celType'], maxElements: number): DeclType => ({ celType, maxElements, minSerializedSize: 2 });
const mostEntries = 32;
const domain = sized(types.string, 63);
const identifier = sized(types.string, 32);
const mapOf = (keyType: DeclType, elemType: DeclType): DeclType => ({
  celType: types.map(types.string, elemType.celType),
  keyType,
  elemType,
  maxElements: mostEntries,
  minSerializedSize: 2,
});
/** A value of unknown type, whose size is known. */
const attribute = sized(types.any, 64);
const fields = [
  fieldDecl('driver', sized(types.string, 63), true),
  fieldDecl('allowMultipleAllocations', sized(types.bool, 1), true),
  fieldDecl('attributes', mapOf(domain, mapOf(identifier, attribute)), true),
  fieldDecl('capacity', mapOf(domain, mapOf(identifier, sized(quantityType, 0))), true),
];
const deviceType = objectDecl('kubernetes.DRADevice', new Map(fields.map((field) => [field.name, field])));

/** Sizes by path: all attributes of a domain have the same, whatever their names. */
function sizeOf(path: readonly string[]) {
  if (path[0] !== 'device') return undefined;
  let type: DeclType | undefined = deviceType;
  for (const part of path.slice(1)) {
    if (part === '@items' || part === '@values') type = type.elemType;
    else if (part === '@keys') type = type.keyType;
    else type = type.fields?.get(part)?.type ?? (type.elemType === attribute ? attribute : undefined);
    if (type === undefined) return undefined;
  }
  return { min: 0, max: type.maxElements };
}

const environments = new Map<ExpressionKind, Environment>();
function environmentFor(kind: ExpressionKind): Environment {
  const known = environments.get(kind);
  const made = known ?? environment({ kind, variables: { device: deviceType }, libraries: [bindingsLibrary], sizeOf });
  environments.set(kind, made);
  return made;
}

/** An expression that tells whether a device will do. `error` is why it cannot be used. */
export type CompiledSelector =
  | { readonly program: Program; readonly error?: undefined }
  | { readonly program?: undefined; readonly error: string };

/**
 * Compiles the expression of a selector: `device` is its only variable, and it gives a boolean, or an attribute that may be one.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#selectors
 */
export function compileSelector(expression: string, kind: ExpressionKind): CompiledSelector {
  const { program, failure } = environmentFor(kind).compile(expression);
  if (failure !== undefined) return { error: `compilation failed: ${failure.text}` };
  const { outputType, instantiationError } = program;
  if (!sameType(outputType, types.bool) && !sameType(outputType, types.any)) {
    return { error: `must evaluate to bool or the unknown type, not ${typeText(outputType)}` };
  }
  return instantiationError === undefined ? { program } : { error: `program instantiation failed: ${instantiationError}` };
}

const compiled = new Map<string, CompiledSelector>();
const mostCompiled = 256;

/** As `compileSelector` of a stored one; those used last are kept. */
export function compiledSelector(expression: string): CompiledSelector {
  const known = compiled.get(expression) ?? compileSelector(expression, 'stored');
  compiled.delete(expression);
  compiled.set(expression, known);
  if (compiled.size > mostCompiled) compiled.delete(compiled.keys().next().value!);
  return known;
}

/** Domains by name; one that the device knows nothing of is an empty one. */
class Domains extends CelMap {
  readonly #domains = new Map<string, EntryMap>();
  readonly #none = new EntryMap();

  /** `name`: 'domain/identifier', or an identifier of the driver's own domain. */
  add(name: string, driver: string, value: CelValue): void {
    const slash = name.indexOf('/');
    const domainName = slash < 0 ? driver : name.slice(0, slash);
    const found = this.#domains.get(domainName) ?? new EntryMap();
    found.set(name.slice(slash + 1), value);
    this.#domains.set(domainName, found);
  }
  get size(): number {
    return this.#domains.size;
  }
  find(key: CelValue): CelValue | undefined {
    return (typeof key === 'string' ? this.#domains.get(key) : undefined) ?? this.#none;
  }
  override has(key: CelValue): boolean {
    return typeof key === 'string' && this.#domains.has(key);
  }
  keys(): Iterable<CelValue> {
    return this.#domains.keys();
  }
}

function attributeValue(name: string, { int, bool, string, version }: NonNullable<Device['attributes']>[string]): CelValue {
  if (int !== undefined) return fromJson(int);
  if (bool !== undefined) return bool;
  if (string !== undefined) return string;
  if (version === undefined) throw new Error(`attribute ${name}: unsupported attribute value`);
  const found = toSemver(version);
  if (found instanceof CelError) throw new Error(`attribute ${name}: parse semantic version: ${found.message}`);
  return found;
}

/** The variable `device` of a driver's device. Throws Error when an attribute cannot be read. */
function deviceValue(driver: string, { allowMultipleAllocations = false, attributes = {}, capacity = {} }: Device): object {
  const ofAttributes = new Domains();
  for (const [name, value] of Object.entries(attributes)) ofAttributes.add(name, driver, attributeValue(name, value));
  const ofCapacity = new Domains();
  for (const [name, { value }] of Object.entries(capacity)) ofCapacity.add(name, driver, toQuantity(value));
  return { driver, allowMultipleAllocations, attributes: ofAttributes, capacity: ofCapacity };
}

/** Whether a device will do. Throws Error when the expression fails. */
export function selects(program: Program, driver: string, device: Device): boolean {
  const { value, error } = program.evaluate({ device: deviceValue(driver, device) }, { costLimit: mostSelectorCost });
  if (error !== undefined) throw new Error(error.message);
  if (typeof value === 'boolean') return value;
  const type = typeText(program.outputType);
  throw new Error(`CEL result of type ${type} could not be converted to bool`);
}
