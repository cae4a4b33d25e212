import { namedGoType } from './go-type-names.ts';
import { NumberText } from './json.ts';
import type { Field, Shape } from './schema.ts';

/** A value that a field cannot take. The way to it is gathered while the error travels up, so that good objects pay nothing. */
export class DecodeError extends Error {
  readonly #what: string;
  readonly #goType: string;
  /** The type's own name, where it has one. */
  #named: string;
  readonly #valueKind: string;
  #owner = '';
  readonly #path: string[] = [];
  /** With a Go type, and its own name where it has one: what stands there ("string", "number 1.5"); without: the whole message. */
  constructor(what: string, goType = '', valueKind = '', named = '') {
    super(what);
    this.#what = what;
    this.#goType = goType;
    this.#valueKind = valueKind;
    this.#named = named;
  }
  /** In a field of a struct, which stands at `steps` within what is around it. */
  in(shape: Shape, steps: readonly string[]): this {
    if (this.#owner === '') {
      const name = namedGoType(shape.name, steps.at(-1)!);
      if (name !== undefined) this.#named = renamed(this.#goType, name);
    }
    return this.within(shape.name.slice(shape.name.lastIndexOf('.') + 1), steps);
  }
  within(owner: string, steps: readonly string[]): this {
    if (this.#owner === '') this.#owner = owner;
    this.#path.unshift(...steps);
    return this;
  }
  /** Of a value that Go reads by itself: what is around it tells of it as of its own. */
  get ofInner(): this {
    if (this.#goType !== '') this.#owner = '';
    return this;
  }
  /** The same as Go says it when it puts values, rather than JSON, into structs. */
  get ofValue(): string {
    const type = this.#goType;
    const source = this.#valueKind;
    if (this.#what.startsWith('illegal base64')) return `error decoding from json: ${this.#what}`;
    // A type that reads its JSON itself.
    if (source === '') return type === '' ? this.#what : `json: cannot unmarshal ${this.#what} into Go value of type ${type}`;
    if (type.startsWith('[]')) return `cannot restore slice from ${source}`;
    if (type.startsWith('map[')) return `cannot restore map from ${source}`;
    if (!Object.hasOwn(goConversions, type)) return `cannot restore struct from: ${source}`;
    return goConversions[type]?.includes(source) === true
      ? `cannot convert ${source} to ${this.#named || type}`
      : `unrecognized type: ${type}`;
  }
  get text(): string {
    if (this.#goType === '') return this.#what;
    const into = this.#path.length === 0 ? 'value' : `struct field ${this.#owner}.${this.#path.join('.')}`;
    return `json: cannot unmarshal ${this.#what} into Go ${into} of type ${this.#named || this.#goType}`;
  }
}

/** Strings, lists of strings and maps go by their own name. */
const renamed = (type: string, name: string): string =>
  type === 'string' || type.startsWith('map[') ? name : type === '[]string' ? `[]${name}` : type;

/** What a JSON value is in Go when its type is not known before; numbers are of two kinds. */
function valueKindOf(json: unknown): string {
  if (json instanceof NumberText) return /[.eE]/.test(json.text) ? 'float64' : 'int64';
  if (typeof json === 'number') return Number.isInteger(json) ? 'int64' : 'float64';
  return typeof json === 'object' ? (Array.isArray(json) ? 'slice' : 'map') : typeof json === 'boolean' ? 'bool' : typeof json;
}
/** From which types Go could convert, but JSON must not. */
const goConversions: Readonly<Record<string, readonly string[]>> = {
  string: ['int64'],
  bool: [],
  int32: ['float64'],
  int64: ['float64'],
  float64: [],
};

/** What Go calls a JSON value that it cannot put where it should go. */
export const goTypeOf = (json: unknown): string =>
  Array.isArray(json) ? 'array' : json instanceof NumberText ? 'number' : typeof json === 'boolean' ? 'bool' : typeof json;
export const wrongType = (json: unknown, type: string, named?: string): DecodeError =>
  new DecodeError(goTypeOf(json), type, valueKindOf(json), named);
/** A number that an integer's field cannot take. */
export const wrongNumber = (json: number | NumberText, type: string): DecodeError =>
  new DecodeError(`number ${json instanceof NumberText ? json.text : json}`, type, valueKindOf(json));

const goTypes: Readonly<Record<string, string>> = {
  string: 'string',
  bytes: '[]uint8',
  int32: 'int32',
  int64: 'int64',
  double: 'float64',
  bool: 'bool',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  duration: 'v1.Duration',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
  any: 'runtime.RawExtension',
  either: 'interface {}',
};
/** Go's name of a struct: 'v1.ObjectMeta'. */
export function goName(shape: Shape): string {
  const parts = shape.name.split('.');
  return parts.slice(-2).join('.');
}
/** What a list's type is, by whatever name. */
export const sliceType = (field: Field): string => `[]${goType(field.of!)}`;
/** Go's name of a field's type: '[]v1.Container'. */
export function goType(field: Field): string {
  if (field.type === 'object') return goName(field.shape!);
  if (field.type === 'list') return field.goName ?? sliceType(field);
  if (field.type === 'string' && field.goName !== undefined) return field.goName;
  return field.type === 'map' ? `map[string]${goType(field.of!)}` : goTypes[field.type]!;
}
