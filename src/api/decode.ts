import { byBytes } from '../base/byte-order.ts';
import { DecodeError, goName, goType, goTypeOf, sliceType, wrongType } from './decode-error.ts';
import { faultOf } from './decode-fault.ts';
import { type Decoder, type Notes, scalars, textOf } from './decode-scalars.ts';
import { apiVersionOf, type AnyKind, type Draft } from './kind.ts';
import { isJsonObject, type KeyPositions } from './json.ts';
import { objectMeta, type ApiObject } from './meta.ts';
import type { Field, Fields, FieldsOf, Forms, Shape } from './schema.ts';
import { badRequest, StatusError } from './status.ts';
import { unknownFields } from './unknown-fields.ts';

/** From JSON that anybody may have sent to objects of a kind: typed, pruned, presence rules applied. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

type JsonObject = Readonly<Record<string, unknown>>;

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
    if (!(error instanceof DecodeError)) throw error;
    return { error: (toldFirst(shape, json, { sawUnknown: false }) ?? error).text };
  }
}
/** What is wrong with it, as Go tells that reads it member by member. */
const toldFirst = (shape: Shape, json: unknown, notes: Notes) => faultOf(shape, json, (field, value) => decoderOf(field)(value, notes));

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
    const told = (isValue ? undefined : toldFirst(rootShape(kind), json, notes)) ?? error;
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
