import { normalizeMicroTime, normalizeTime, parseDuration, formatDuration } from './gotime.ts';
import { apiVersionOf, type AnyKind, type Draft } from './kind.ts';
import { objectMeta, type ApiObject } from './meta.ts';
import { canonicalQuantity, isQuantity, quantityError } from './quantity.ts';
import type { Field, Shape } from './schema.ts';
import { StatusError, badRequest } from './status.ts';

/** From JSON that anybody may have sent to objects of a kind: typed, pruned, presence rules applied. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** A value of the wrong type; `message` is Go's. */
class TypeMismatch extends Error {}

interface Context {
  /** Paths of fields the schema does not know. */
  readonly unknown: string[];
}
type Decoder = (json: unknown, path: Path, context: Context) => unknown;
/** Path as a linked list: made cheaply, turned into text only when something is wrong. */
type Path = { readonly parent: Path; readonly step: string | number } | undefined;

const mostUnknownFields = 20;

function textOf(path: Path): string {
  const steps: (string | number)[] = [];
  for (let at = path; at !== undefined; at = at.parent) steps.unshift(at.step);
  return steps.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`), '');
}
const goKind = (json: unknown): string => {
  if (Array.isArray(json)) return 'array';
  return json === null ? 'null' : typeof json === 'object' ? 'object' : typeof json === 'boolean' ? 'bool' : (typeof json as string);
};
/** Go names the struct that holds the field, then the path from the top. */
function mismatch(json: unknown, path: Path, goType: string, owner = '', what = goKind(json)): TypeMismatch {
  const steps = textOf(path).replaceAll(/\[\d+\]/g, '');
  return new TypeMismatch(`json: cannot unmarshal ${what} into Go ${steps === '' ? 'value' : `struct field ${owner === '' ? '' : `${owner}.`}${steps}`} of type ${goType}`);
}

const zeroes = { string: '', bytes: null, int32: 0, int64: 0, double: 0, bool: false, time: null, microTime: null, duration: '0s', quantity: '0', intOrString: 0, any: null } as const;
const goTypes: Readonly<Record<string, string>> = { string: 'string', bytes: '[]uint8', int32: 'int32', int64: 'int64', double: 'float64', bool: 'bool' };
const ranges = { int32: [-(2 ** 31), 2 ** 31 - 1], int64: [-(2 ** 63), 2 ** 63] } as const;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decodeInteger(type: 'int32' | 'int64', owner: string): Decoder {
  const [low, high] = ranges[type];
  return (json, path) => {
    if (typeof json !== 'number') throw mismatch(json, path, type, owner);
    if (!Number.isInteger(json) || json < low || json > high) throw mismatch(json, path, type, owner, `number ${json}`);
    return json;
  };
}

function decodeText(type: Field['type'], owner: string): Decoder {
  const check: (text: string, path: Path) => string = (() => {
    switch (type) {
      case 'bytes':
        return (text: string) => {
          if (!base64.test(text) || text.length % 4 !== 0) throw new TypeMismatch('illegal base64 data at input byte 0');
          return text;
        };
      case 'time':
      case 'microTime': {
        const normalize = type === 'time' ? normalizeTime : normalizeMicroTime;
        return (text: string) => {
          const normal = normalize(text);
          if (normal === undefined) throw new TypeMismatch(`parsing time ${JSON.stringify(JSON.stringify(text))} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`);
          return normal;
        };
      }
      case 'duration':
        return (text: string) => {
          const ms = parseDuration(text);
          if (ms === undefined) throw new TypeMismatch(`time: invalid duration ${JSON.stringify(text)}`);
          return formatDuration(ms);
        };
      default:
        return (text: string) => text;
    }
  })();
  return (json, path) => {
    if (typeof json !== 'string') throw mismatch(json, path, goTypes[type] ?? 'string', owner);
    return check(json, path);
  };
}

function decodeQuantity(json: unknown): string {
  const text = typeof json === 'number' ? String(json) : json;
  if (typeof text !== 'string' || !isQuantity(text)) throw new TypeMismatch(quantityError);
  return canonicalQuantity(text);
}

function decoderOf(field: Field, owner: string): Decoder {
  switch (field.type) {
    case 'int32':
    case 'int64':
      return decodeInteger(field.type, owner);
    case 'double':
      return (json, path) => {
        if (typeof json !== 'number') throw mismatch(json, path, 'float64', owner);
        return json;
      };
    case 'bool':
      return (json, path) => {
        if (typeof json !== 'boolean') throw mismatch(json, path, 'bool', owner);
        return json;
      };
    case 'quantity':
      return decodeQuantity;
    case 'intOrString':
      return (json, path) => {
        if (typeof json === 'string') return json;
        if (typeof json !== 'number' || !Number.isInteger(json)) throw mismatch(json, path, 'intstr.IntOrString', owner);
        return json;
      };
    case 'any':
      return (json) => json;
    case 'object':
      return (json, path, context) => shapeDecoder(field.shape!)(json, path, context);
    case 'list':
      return listDecoder(field, owner);
    case 'map':
      return mapDecoder(field, owner);
    default:
      return decodeText(field.type, owner);
  }
}

function listDecoder(field: Field, owner: string): Decoder {
  const element = decoderOf(field.of!, owner);
  const blank = blankOf(field.of!);
  const goType = `[]${field.of!.shape === undefined ? (goTypes[field.of!.type] ?? 'string') : goName(field.of!.shape)}`;
  return (json, path, context) => {
    if (!Array.isArray(json)) throw mismatch(json, path, goType, owner);
    return json.map((item, index) => (item === null ? blank(path, context) : element(item, { parent: path, step: index }, context)));
  };
}
function mapDecoder(field: Field, owner: string): Decoder {
  const element = decoderOf(field.of!, owner);
  const blank = blankOf(field.of!);
  const goType = `map[string]${field.of!.shape === undefined ? (goTypes[field.of!.type] ?? 'string') : goName(field.of!.shape)}`;
  return (json, path, context) => {
    if (typeof json !== 'object' || Array.isArray(json)) throw mismatch(json, path, goType, owner);
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(json!)) {
      const item = (json as Record<string, unknown>)[key];
      define(result, key, item === null ? blank(path, context) : element(item, { parent: path, step: key }, context));
    }
    return result;
  };
}
/** `__proto__` and its like are data. */
function define(into: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else into[key] = value;
}

/** What stands for an absent value of a field that is always there. */
function blankOf(field: Field): (path: Path, context: Context) => unknown {
  if (field.type === 'object') return (path, context) => shapeDecoder(field.shape!)({}, path, context);
  if (field.type === 'list') return () => [];
  if (field.type === 'map') return () => ({});
  const zero = zeroes[field.type as keyof typeof zeroes];
  return () => zero;
}
function isZero(value: unknown): boolean {
  if (value === '' || value === 0 || value === false || value === null || value === undefined || value === '0s') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object') return false;
  for (const _ in value as object) return false;
  return true;
}

const goName = (shape: Shape): string => `v1.${shape.name.slice(shape.name.lastIndexOf('.') + 1)}`;
const decoders = new WeakMap<Shape, Decoder>();

interface Member {
  readonly name: string;
  readonly presence: Field['presence'];
  readonly decode: Decoder;
  readonly blank: (path: Path, context: Context) => unknown;
  readonly isObject: boolean;
}

/** One decoder per shape, put together on first use. */
function shapeDecoder(shape: Shape): Decoder {
  let decoder = decoders.get(shape);
  if (decoder === undefined) {
    decoder = buildShapeDecoder(shape);
    decoders.set(shape, decoder);
  }
  return decoder;
}
function buildShapeDecoder(shape: Shape): Decoder {
  const owner = shape.name.slice(shape.name.lastIndexOf('.') + 1);
  let members: Member[] | undefined;
  let names: Set<string>;
  const prepare = () => {
    members = Object.entries(shape.fields).map(([name, field]) => ({ name, presence: field.presence, decode: decoderOf(field, owner), blank: blankOf(field), isObject: field.type === 'object' }));
    names = new Set(members.map((member) => member.name));
    return members;
  };
  return (json, path, context) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) throw mismatch(json, path, goName(shape));
    const source = json as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    let known = 0;
    for (const member of members ?? prepare()) {
      const { name, presence } = member;
      const present = source[name];
      if (present === undefined || present === null || !Object.hasOwn(source, name)) {
        if (present !== undefined && Object.hasOwn(source, name)) known++;
        if (presence === undefined) result[name] = member.blank({ parent: path, step: name }, context);
        continue;
      }
      known++;
      const value = member.decode(present, { parent: path, step: name }, context);
      if (presence === 'opt' && isZero(value)) continue;
      result[name] = value;
    }
    if (known < Object.keys(source).length) noteUnknown(source, names!, path, context);
    return result;
  };
}
function noteUnknown(source: Record<string, unknown>, names: Set<string>, path: Path, context: Context): void {
  for (const key of Object.keys(source)) {
    if (!names.has(key) && context.unknown.length < mostUnknownFields) context.unknown.push(textOf({ parent: path, step: key }));
  }
}

/** A value of any shape. Throws 400 in Go's words; unknown fields are dropped and listed in `unknown`. */
export function decodeShape(shape: Shape, json: unknown, unknown: string[] = []): any {
  try {
    return shapeDecoder(shape)(json, undefined, { unknown });
  } catch (error) {
    if (error instanceof TypeMismatch) throw badRequest(error.message);
    throw error;
  }
}

const rootShapes = new WeakMap<AnyKind, Shape>();
function rootShape(kind: AnyKind): Shape {
  let root = rootShapes.get(kind);
  if (root === undefined) {
    const text: Field = { type: 'string', tag: 0 };
    root = { name: kind.shape.name, fields: { apiVersion: text, kind: text, metadata: { type: 'object', tag: 1, shape: objectMeta }, ...kind.shape.fields } };
    rootShapes.set(kind, root);
  }
  return root;
}

export interface DecodeOptions {
  readonly fieldValidation?: FieldValidation;
  /** Keys that stood twice in the JSON text. */
  readonly duplicates?: readonly string[];
}

/** An object of `kind`, fresh and free to be changed. apiVersion and kind are the kind's. Throws 400. */
export function decodeObject(kind: AnyKind, json: unknown, options: DecodeOptions = {}): { readonly object: Draft<ApiObject>; readonly warnings: readonly string[] } {
  const unknown: string[] = [];
  const apiVersion = apiVersionOf(kind);
  let object: any;
  try {
    object = shapeDecoder(rootShape(kind))(json, undefined, { unknown });
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    throw new StatusError(400, 'BadRequest', `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${error.message}`);
  }
  if ((object.kind !== '' && object.kind !== kind.kind) || (object.apiVersion !== '' && object.apiVersion !== apiVersion)) {
    throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersion})`);
  }
  object.kind = kind.kind;
  object.apiVersion = apiVersion;
  const problems = [...(options.duplicates ?? []).map((path) => `duplicate field ${JSON.stringify(path)}`), ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`)];
  if (problems.length === 0 || options.fieldValidation === 'Ignore') return { object, warnings: [] };
  if (options.fieldValidation === 'Strict') {
    throw badRequest(`${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: strict decoding error: ${problems.join(', ')}`);
  }
  return { object, warnings: problems };
}
