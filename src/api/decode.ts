import { byBytes } from '../base/byte-order.ts';
import { DecodeError, goName, goType, goTypeOf, sliceType, wrongNumber, wrongType } from './decode-error.ts';
import { faultOf } from './decode-fault.ts';
import { canonicalDuration, canonicalMicroTime, canonicalTime } from './gotime.ts';
import { apiVersionOf, type AnyKind, type Draft } from './kind.ts';
import { isJsonObject, type KeyPositions, NumberText, plainNumbers } from './json.ts';
import { inOrder } from './go-text.ts';
import { objectMeta, type ApiObject } from './meta.ts';
import { canonicalQuantity } from './quantity.ts';
import type { Field, Fields, FieldsOf, Forms, Shape } from './schema.ts';
import { badRequest, StatusError } from './status.ts';
import { unknownFields } from './unknown-fields.ts';

/** From JSON that anybody may have sent to objects of a kind: typed, pruned, presence rules applied. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

type JsonObject = Readonly<Record<string, unknown>>;

/** What decoding notes on its way. */
interface Notes {
  sawUnknown: boolean;
  /** It was put together as a value: whole numbers become what Go's casts make of them. */
  readonly isValue?: boolean;
}
type Decoder = (json: unknown, notes: Notes) => unknown;

const integer =
  (low: number, high: number, type: string): Decoder =>
  (given, { isValue = false }) => {
    const json = isValue ? cast(given, type) : given;
    if (json instanceof NumberText) throw wrongNumber(json, type);
    if (typeof json !== 'number') throw wrongType(json, type);
    if (!Number.isInteger(json) || json < low || json > high) throw wrongNumber(json, type);
    return json === 0 ? 0 : json;
  };
/** A whole number as Go converts one of int64 or float64: what has more bits than its type loses those above; one beyond int64 has none below. */
function cast(json: unknown, type: string): unknown {
  if (typeof json !== 'number' && !(json instanceof NumberText)) return json;
  const number = Number(json instanceof NumberText ? json.text : json);
  if (!Number.isInteger(number)) return json;
  if (type !== 'int32' || number === (number | 0)) return number;
  const isExact = json instanceof NumberText && !/[.eE]/.test(json.text);
  const whole = BigInt(isExact ? json.text : number);
  return whole === BigInt.asIntN(64, whole) ? Number(BigInt.asIntN(32, whole)) : 0;
}
const int32 = integer(-(2 ** 31), 2 ** 31 - 1, 'int32');

/** The message of a parser's error is the whole message. */
const parsed =
  (parse: (text: string) => string): Decoder =>
  (json) => {
    if (typeof json !== 'string') throw new DecodeError(goTypeOf(json), 'string');
    try {
      return parse(json);
    } catch (error) {
      throw new DecodeError((error as Error).message);
    }
  };

/** Go's zero time is none. */
const timeless =
  (decode: Decoder): Decoder =>
  (json, notes) => {
    const text = decode(json, notes) as string;
    return text.startsWith('0001-01-01T00:00:00') && /^[0.]*Z$/.test(text.slice(19)) ? null : text;
  };

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** Where Go's base64 reader stops. */
function base64Fault(text: string): number {
  const start = /^[A-Za-z0-9+/]*/.exec(text)![0].length;
  if (start === text.length) return start - (start % 4);
  const inGroup = start % 4;
  if (text[start] !== '=' || inGroup < 2) return start;
  if (inGroup === 2 && text[start + 1] !== '=') return start + 1 < text.length ? start : start + 1;
  return start + 4 - inGroup;
}
/** The bits behind the last byte are dropped, as by who reads the bytes and writes them again. */
const withoutSpareBits = (text: string): string => text.slice(0, -4) + btoa(atob(text.slice(-4)));
const byte = integer(0, 255, 'uint8');
/** Go takes a list of bytes, too. */
function decodeBytes(json: unknown, notes: Notes): string {
  if (Array.isArray(json)) return Uint8Array.from(json, (one: unknown) => (one === null ? 0 : (byte(one, notes) as number))).toBase64();
  if (typeof json !== 'string') throw wrongType(json, '[]uint8');
  const text = json.includes('\n') || json.includes('\r') ? json.replaceAll(/[\r\n]/g, '') : json;
  if (text.length % 4 !== 0 || !base64.test(text)) throw new DecodeError(`illegal base64 data at input byte ${base64Fault(text)}`);
  return text.endsWith('=') ? withoutSpareBits(text) : text;
}

function textOf(goName?: string): Decoder {
  return (json) => {
    if (typeof json !== 'string') throw wrongType(json, 'string', goName);
    return json;
  };
}
const scalars: Readonly<Record<Exclude<Field['type'], 'object' | 'list' | 'map' | 'either'>, Decoder>> = {
  string: textOf(),
  int32,
  int64: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'int64'),
  double: (json) => {
    if (json instanceof NumberText) {
      if (!Number.isFinite(Number(json.text))) throw wrongNumber(json, 'float64');
      return Number(json.text);
    }
    if (typeof json !== 'number') throw wrongType(json, 'float64');
    return json;
  },
  bool: (json) => {
    if (typeof json !== 'boolean') throw wrongType(json, 'bool');
    return json;
  },
  bytes: decodeBytes,
  time: timeless(parsed(canonicalTime)),
  microTime: timeless(parsed(canonicalMicroTime)),
  duration: parsed(canonicalDuration),
  quantity: (json) => {
    try {
      if (json instanceof NumberText) return canonicalQuantity(json.text);
      return canonicalQuantity(typeof json === 'string' ? json.trim() : String(JSON.stringify(json)));
    } catch (error) {
      throw new DecodeError((error as Error).message);
    }
  },
  intOrString: (json, { isValue }) => {
    if (typeof json === 'string') return json;
    // It reads its JSON itself, which says whole numbers as such.
    const number = isValue === true ? plainNumbers(json) : json;
    if (typeof number === 'number' && number === (number | 0)) return number | 0;
    const isNumber = typeof number === 'number' || number instanceof NumberText;
    throw new DecodeError(isNumber ? `number ${number instanceof NumberText ? number.text : number}` : goTypeOf(json), 'int32');
  },
  // What holds a text of its own is written anew, with ordered keys, when it was put together as a value.
  any: (json, { isValue }) => (isValue === true ? inOrder(plainNumbers(json)) : plainNumbers(json)),
};

function decoderOf(field: Field): Decoder {
  if (field.type === 'list') return listDecoder(field);
  if (field.type === 'map') return mapDecoder(field);
  // The shape is looked up when it is first needed: it may contain itself.
  if (field.type === 'object') return (json, notes) => shapeDecoder(field.shape!)(json, notes);
  if (field.type === 'either') return eitherDecoder(field.forms!);
  if (field.type === 'string' && field.goName !== undefined) return textOf(field.goName);
  return scalars[field.type];
}
/** Go reads such a value by itself: nobody notes what is unknown in it. */
function eitherDecoder({ message, toMessage, fromMessage }: Forms): Decoder {
  const members = new Map<string, Decoder>();
  const decodeMember = (name: string, value: unknown): unknown => {
    let decode = members.get(name);
    if (decode === undefined) {
      decode = decoderOf(message().fields[name]!);
      members.set(name, decode);
    }
    return decode(value, { sawUnknown: true });
  };
  return (json) => {
    try {
      const typed = Object.entries(toMessage(json)).map(([name, value]) => [name, decodeMember(name, value)] as const);
      return fromMessage(Object.fromEntries(typed));
    } catch (error) {
      throw error instanceof DecodeError ? error.ofInner : new DecodeError((error as Error).message);
    }
  };
}
const saidEmpty = new WeakSet<object>();
/** Whether a list is empty because somebody said so: for Go it is another than none, until it is stored. */
export const isSaidEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0 && saidEmpty.has(value);
/** A copy of an empty list: of one that was said to be, another such. */
export function copyEmptyList(list: readonly unknown[]): unknown[] {
  const copied: unknown[] = [];
  if (saidEmpty.has(list)) saidEmpty.add(copied);
  return copied;
}
function listDecoder(field: Field): Decoder {
  const type = sliceType(field);
  const element = decoderOf(field.of!);
  const blank = blankOf(field.of!);
  return (json, notes) => {
    if (!Array.isArray(json)) throw wrongType(json, type, field.goName);
    const result = new Array<unknown>(json.length);
    if (json.length === 0) saidEmpty.add(result);
    for (let index = 0; index < json.length; index++) {
      const item: unknown = json[index];
      result[index] = item === null ? blank(notes) : element(item, notes);
    }
    return result;
  };
}
/** A map's keys come out in order, as Go writes them. */
function mapDecoder(field: Field): Decoder {
  const type = goType(field);
  const element = decoderOf(field.of!);
  // Protobuf, in which upstream keeps objects, knows no bytes that are not there.
  const blank = field.of!.type === 'bytes' ? () => '' : blankOf(field.of!);
  return (json, notes) => {
    if (!isJsonObject(json)) throw wrongType(json, type);
    // A spread makes plain data of every key, `__proto__` too; so keys stay what they are when they are written again.
    const result: Record<string, unknown> = { ...json };
    let inOrder = true;
    let before = '';
    for (const key in result) {
      const item = result[key];
      const value = item === null ? blank(notes) : element(item, notes);
      if (value !== item) define(result, key, value);
      if (key < before) inOrder = false;
      before = key;
    }
    return inOrder ? result : Object.fromEntries(Object.entries(result).sort(([a], [b]) => byBytes(a, b)));
  };
}
function define(into: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') into[key] = value;
  else Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

const zeroes = {
  string: '',
  bytes: null,
  int32: 0,
  int64: 0,
  double: 0,
  bool: false,
  time: null,
  microTime: null,
  duration: '0s',
  quantity: '0',
  intOrString: 0,
  any: null,
  either: null,
} as const;
/** What stands for an absent value of a field that is always there. */
function blankOf(field: Field): (notes: Notes) => unknown {
  if (field.type === 'object') return (notes) => shapeDecoder(field.shape!)({}, notes);
  if (field.type === 'list') return () => [];
  if (field.type === 'map') return () => ({});
  const zero = zeroes[field.type];
  return () => zero;
}
/** Go's `omitempty`: it knows no empty structs, so a zero of those types stays when it was said. */
function isEmpty(type: Field['type'], value: unknown): boolean {
  if (typeof value === 'string') return value === '' && type !== 'intOrString';
  if (typeof value === 'number') return value === 0 && type !== 'intOrString';
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return value.length === 0;
  if (type === 'any' || type === 'either') return false;
  for (const _ in value as object) return false;
  return true;
}

interface Member {
  readonly name: string;
  readonly type: Field['type'];
  readonly dropsEmpty: boolean;
  readonly decode: Decoder;
  /** Only for fields that are always there. */
  readonly blank: ((notes: Notes) => unknown) | undefined;
}

const decoders = new WeakMap<Shape, Decoder>();
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
  const type = goName(shape);
  const members = Object.entries(shape.fields).map(
    ([name, field]): Member => ({
      name,
      type: field.type,
      dropsEmpty: field.presence === 'opt',
      decode: decoderOf(field),
      blank: field.presence === undefined ? blankOf(field) : undefined,
    }),
  );
  return (json, notes) => {
    if (!isJsonObject(json)) throw wrongType(json, type);
    const result: Record<string, unknown> = {};
    let known = 0;
    let at = '';
    try {
      for (const member of members) {
        at = member.name;
        const present = json[at];
        if (present === undefined || present === null) {
          if (present === null) known++;
          if (member.blank !== undefined) result[at] = member.blank(notes);
          continue;
        }
        known++;
        const value = member.decode(present, notes);
        if (!member.dropsEmpty || !isEmpty(member.type, value)) result[at] = value;
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const around = shape.fields[at]!.within ?? [];
      throw error.in(shape, [...around.flatMap(({ name }) => (name === '' ? [] : [name])), at]);
    }
    if (!notes.sawUnknown) {
      for (const key in json) if (json[key] !== undefined) known--;
      if (known !== 0) notes.sawUnknown = true;
    }
    return result;
  };
}

/** A value of a shape, as `decodeObject` makes it; unknown fields are dropped. Throws for wrong types. */
export const decodeShape = <F extends Fields>(shape: Shape<F>, json: unknown): FieldsOf<F> =>
  shapeDecoder(shape)(json, { sawUnknown: true }) as FieldsOf<F>;

const rootShapes = new WeakMap<AnyKind, Shape>();
/** The fields of a kind with those that all kinds have. */
export function rootShape(kind: AnyKind): Shape {
  let root = rootShapes.get(kind);
  if (root === undefined) {
    const text: Field = { type: 'string', tag: 0 };
    const metadata: Field = { type: 'object', tag: 1, shape: objectMeta };
    root = { name: kind.shape.name, fields: { kind: text, apiVersion: text, metadata, ...kind.shape.fields } };
    rootShapes.set(kind, root);
  }
  return root;
}

/** As `decodeShape`; instead of throwing, why the value is none, in Go's words. */
export function tryDecodeShape(shape: Shape, json: unknown): { readonly value: Record<string, unknown> } | { readonly error: string } {
  try {
    return { value: decodeShape(shape, json) as Record<string, unknown> };
  } catch (error) {
    if (error instanceof DecodeError) return { error: error.text };
    throw error;
  }
}

export interface DecodeOptions {
  readonly fieldValidation?: FieldValidation;
  /** Keys that stood twice in the JSON text. */
  readonly duplicates?: readonly string[];
  /** Where the keys of such a text stand. */
  readonly positions?: KeyPositions | undefined;
  /** It was put together as a value: what is unknown in it is told in order. */
  readonly isValue?: boolean;
  /** It came to be by a patch. */
  readonly isPatched?: boolean;
  /** What else was wrong with the text, for a strict reader. */
  readonly problems?: readonly string[];
}
/** A body that is no object of the kind. */
export class DecodeFailure extends StatusError {
  /** The reason alone. */
  readonly why: string;
  /** The reason as said of values that are no text. */
  readonly ofValue: string;
  constructor(wanted: AnyKind, why: string, given: { readonly kind: string; readonly version: string } = wanted, ofValue = why) {
    super(400, 'BadRequest', `${given.kind} in version ${JSON.stringify(given.version)} cannot be handled as a ${wanted.kind}: ${why}`);
    this.why = why;
    this.ofValue = ofValue;
  }
}
export interface Decoded {
  readonly object: Draft<ApiObject>;
  /** What `Warning` headers say: 'unknown field "spec.foo"'. */
  readonly warnings: readonly string[];
}

/** A body that is no object fails before its kind is known: in Go's words, what it is instead. */
export const noObjectText = (json: unknown): string => noObject.replace('%s', json === null ? 'null' : goTypeOf(json));
const noObject =
  'couldn\'t get version/kind; json parse error: json: cannot unmarshal %s into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** Why an object of a kind that is known is not taken for one of another. */
export const unknownConversion = (kind: string, version: string, wanted: Pick<AnyKind, 'group' | 'kind'>): string =>
  `converting (${version}.${kind}) to (${wanted.group === '' ? 'core' : wanted.group.split('.')[0]}.${wanted.kind}): unknown conversion`;

/** What is an object and says no other kind or version than this; where it is silent it is as wanted. Throws 400. */
export function identityChecked(kind: AnyKind, json: unknown): JsonObject {
  if (!isJsonObject(json)) throw badRequest(noObjectText(json));
  const wanted = apiVersionOf(kind);
  const apiVersion = typeof json.apiVersion === 'string' && json.apiVersion !== '' ? json.apiVersion : wanted;
  if (typeof json.kind === 'string' && json.kind !== '' && json.kind !== kind.kind) {
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    throw new DecodeFailure(kind, unknownConversion(json.kind, version, kind), { kind: json.kind, version });
  }
  if (apiVersion !== wanted) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`);
  }
  return json;
}

/** An empty list says something, though it is dropped like any that is empty: it means what a list with an empty entry means. */
function resetsManagers({ metadata }: JsonObject): boolean {
  return isJsonObject(metadata) && Array.isArray(metadata.managedFields) && metadata.managedFields.length === 0;
}

/** What YAML complains of in one is told one by one. */
const yamlLines = (problem: string): string[] => {
  const [, lines] = /^(?:error converting YAML to JSON: )?yaml: unmarshal errors:\n(.*)$/s.exec(problem) ?? [];
  return lines === undefined ? [problem] : lines.split('\n').map((line) => line.trim());
};

/**
 * An object of `kind`, fresh and free to be changed; apiVersion and kind are the kind's. `any` values are not copied.
 * Throws 400 for another kind or version, wrong types, and unknown or repeated fields when validation is strict.
 */
export function decodeObject(kind: AnyKind, given: unknown, options: DecodeOptions = {}): Decoded {
  const json = identityChecked(kind, given);
  const { isValue = false } = options;
  const notes: Notes = { sawUnknown: options.fieldValidation === 'Ignore', isValue };
  let object: any;
  try {
    object = shapeDecoder(rootShape(kind))(json, notes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const told = (isValue ? undefined : faultOf(rootShape(kind), json, (field, value) => decoderOf(field)(value, notes))) ?? error;
    throw new DecodeFailure(kind, told.text, kind, told.ofValue);
  }
  object.apiVersion = apiVersionOf(kind);
  object.kind = kind.kind;
  if (resetsManagers(json)) object.metadata.managedFields = [{}];
  const { duplicates = [], positions, problems: textProblems = [] } = options;
  const isFine = !notes.sawUnknown && duplicates.length === 0 && textProblems.length === 0;
  if (options.fieldValidation === 'Ignore' || isFine) return { object, warnings: [] };
  const unknown = notes.sawUnknown ? unknownFields(rootShape(kind), json, isValue) : [];
  if (isValue) unknown.sort(byBytes);
  const found = [
    ...unknown.map((path) => ({ what: 'unknown', path, at: positions?.first.get(path) ?? 0 })),
    ...duplicates
      .filter((path) => !unknown.includes(path))
      .map((path) => ({ what: 'duplicate', path, at: positions?.again.get(path) ?? Number.POSITIVE_INFINITY })),
  ];
  if (positions !== undefined) found.sort((a, b) => a.at - b.at);
  const problems = [...textProblems, ...found.map(({ what, path }) => `${what} field ${JSON.stringify(path)}`)];
  if (options.fieldValidation === 'Strict' && problems.length > 0)
    throw new DecodeFailure(kind, `strict decoding error: ${problems.join(', ')}`);
  return { object, warnings: problems.flatMap(yamlLines) };
}
