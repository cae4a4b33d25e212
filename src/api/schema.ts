/**
 * How a kind says what its objects look like. A field is said once: wire type, protobuf tag, presence, list and patch rules;
 * TypeScript types, decoding, pruning, patching, apply, protobuf and OpenAPI all read this.
 *
 * Presence follows the published Go types, since clients see its effects:
 *   plain field    no `omitempty`: always there; decoding fills in '' 0 false [] {} when it is absent
 *   opt(field)     `omitempty` without pointer: dropped when it is '' 0 false [] {} or null
 *   ptr(field)     `omitempty` with pointer: dropped only when null or absent; an explicit 0, false, '' or {} stays
 *   nullable(field) pointer without `omitempty`: as ptr here, and null in the JSON that clients see
 * An object field without pointer is always written plain (Go's omitempty has no effect on structs).
 */
export type FieldType =
  | 'string'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bool'
  /** base64 text in JSON */
  | 'bytes'
  /** RFC 3339, seconds: "2026-01-02T15:04:05Z" */
  | 'time'
  /** RFC 3339, microseconds: "2026-01-02T15:04:05.000000Z" */
  | 'microTime'
  /** Go duration text, "1m30s" */
  | 'duration'
  /** number or text in JSON, kept as canonical text: "500m" */
  | 'quantity'
  | 'intOrString'
  /** any JSON (RawExtension, JSON, FieldsV1): kept as it is */
  | 'any'
  /** a JSON type or another; protobuf has a message with a member for each (see `Forms`) */
  | 'either'
  | 'object'
  | 'list'
  | 'map';

export interface Embedding {
  readonly tag: number;
  /** Go's name of the struct, which messages about wrong values show. */
  readonly name: string;
}
export interface Field<T = unknown> {
  /** Carries the TypeScript type; never set. */
  readonly phantom?: T;
  readonly type: FieldType;
  readonly tag: number;
  /** The structs around this field, outermost first, that are messages in protobuf and inline in JSON. */
  readonly within?: readonly Embedding[];
  /** undefined: always there; 'opt': dropped when zero; 'ptr': dropped when absent or null only. */
  readonly presence?: 'opt' | 'ptr';
  /** object: its shape */
  readonly shape?: Shape;
  /** any, either: OpenAPI's name of the type, when it has one of its own */
  readonly typeName?: string;
  /** either: the message, and the way to it and back */
  readonly forms?: Forms;
  /** list, map: the element */
  readonly of?: Field;
  /** list: how apply merges it (x-kubernetes-list-type); upstream's default is atomic */
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listKeys?: readonly string[];
  /** list: what stands for a key that an item leaves out */
  readonly keyDefaults?: Readonly<Record<string, JsonValue>>;
  /** object and map: 'atomic' when apply replaces it whole (x-kubernetes-map-type) */
  readonly mapType?: 'atomic' | 'granular';
  /** strategic merge patch (x-kubernetes-patch-strategy, -merge-key) */
  readonly patchStrategy?: 'merge' | 'replace' | 'retainKeys' | 'merge,retainKeys';
  readonly mergeKey?: string;
  /** string, list: Go's name of a type of its own, which messages about wrong values show: 'v1.ExtraValue'. */
  readonly goName?: string;
  readonly enum?: readonly string[];
  /** Null in the JSON that clients see when it is absent. */
  readonly nullable?: true;
  /** OpenAPI: clients must say it, or need not, where presence and type do not tell (see `isRequired`). */
  readonly required?: boolean;
  /** OpenAPI: the default that is published, where it is not the zero of the type. */
  readonly default?: string | number | boolean;
}
/** Whether OpenAPI lists a field as required: what Go always writes, but for structs, unless its declaration says otherwise. */
export const isRequired = ({ required, presence, type }: Field): boolean => required ?? (presence === undefined && type !== 'object');

/** A union of fields of which one is set (x-kubernetes-unions): the field that names it, if any, and the name of each. */
export interface Union {
  readonly discriminator?: string;
  readonly members: Readonly<Record<string, string>>;
}

/** How a value that may be of several JSON types is a message of protobuf. */
export interface Forms {
  /** The shape may contain the field: it is asked for when it is first needed. */
  readonly message: () => Shape;
  /** Throws Error, whose message clients see, for JSON that is none of the types. */
  readonly toMessage: (json: unknown) => object;
  readonly fromMessage: (message: any) => unknown;
}

export type Fields = Readonly<Record<string, Field>>;

/** A named object type; the name is OpenAPI's: 'io.k8s.api.core.v1.PodSpec'. */
export interface Shape<F extends Fields = Fields> {
  readonly name: string;
  readonly fields: F;
  /** 'atomic' when apply replaces values of this type whole wherever they stand. */
  readonly mapType?: 'atomic';
  /** Custom resources: what fields may be that are not named here. */
  readonly additional?: Field;
  readonly unions?: readonly Union[];
}

export type TypeOf<F> = F extends { readonly phantom?: infer T } ? T : never;
type Absent<F extends Fields> = { [K in keyof F]: F[K] extends { readonly presence: 'opt' | 'ptr' } ? K : never }[keyof F];
export type FieldsOf<F extends Fields> = { readonly [K in Exclude<keyof F, Absent<F>>]: TypeOf<F[K]> } & {
  readonly [K in Absent<F>]?: TypeOf<F[K]> | undefined;
};
/** The TypeScript type of a shape: `export interface PodSpec extends ShapeOf<typeof podSpec> {}`. */
export type ShapeOf<S> = S extends Shape<infer F> ? FieldsOf<F> : never;

export type IntOrString = number | string;
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface ListRules {
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listKeys?: readonly string[];
  readonly keyDefaults?: Readonly<Record<string, JsonValue>>;
  readonly patchStrategy?: Field['patchStrategy'];
  readonly mergeKey?: string;
  readonly goName?: string;
}
export interface ObjectRules {
  readonly mapType?: 'atomic' | 'granular';
  readonly patchStrategy?: Field['patchStrategy'];
}

export const shape = <const F extends Fields>(
  name: string,
  fields: F,
  rules?: { mapType?: 'atomic'; unions?: readonly Union[] },
): Shape<F> => ({
  name,
  fields,
  ...rules,
});

export const string = <const E extends string = string>(tag: number, rules?: { enum?: readonly E[]; goName?: string }): Field<string> => ({
  type: 'string',
  tag,
  ...rules,
});
export const int32 = (tag: number): Field<number> => ({ type: 'int32', tag });
/** Whole numbers beyond 2^53 lose precision; no served field of Kubernetes needs them. */
export const int64 = (tag: number): Field<number> => ({ type: 'int64', tag });
export const double = (tag: number): Field<number> => ({ type: 'double', tag });
export const bool = (tag: number): Field<boolean> => ({ type: 'bool', tag });
export const bytes = (tag: number, rules?: Pick<ListRules, 'listType'>): Field<string> => ({ type: 'bytes', tag, ...rules });
export const time = (tag: number): Field<string> => ({ type: 'time', tag });
export const microTime = (tag: number): Field<string> => ({ type: 'microTime', tag });
export const duration = (tag: number): Field<string> => ({ type: 'duration', tag });
export const quantity = (tag: number): Field<string> => ({ type: 'quantity', tag });
export const intOrString = (tag: number): Field<IntOrString> => ({ type: 'intOrString', tag });
/** `typeName`: OpenAPI's name of it, where it is not RawExtension. */
export const any = (tag: number, typeName?: string): Field<JsonValue> => ({
  type: 'any',
  tag,
  ...(typeName === undefined ? {} : { typeName }),
});
export const either = <T>(tag: number, typeName: string, forms: Forms): Field<T> => ({ type: 'either', tag, typeName, forms });
export const object = <F extends Fields>(tag: number, of: Shape<F>, rules?: ObjectRules): Field<FieldsOf<F>> => ({
  type: 'object',
  tag,
  shape: of,
  ...rules,
});
/** An object type that contains itself: the shape is asked for when it is first needed. */
export const recursive = <T>(tag: number, of: () => Shape, rules?: ObjectRules): Field<T> => ({
  type: 'object',
  tag,
  get shape() {
    return of();
  },
  ...rules,
});
export const list = <T>(tag: number, of: Field<T>, rules?: ListRules): Field<readonly T[]> => ({ type: 'list', tag, of, ...rules });
export const map = <T>(tag: number, of: Field<T>, rules?: ObjectRules): Field<Readonly<Record<string, T>>> => ({
  type: 'map',
  tag,
  of,
  ...rules,
});
/** The element of a list or map: `list(2, of(container))`. */
export const of = <F extends Fields>(element: Shape<F>): Field<FieldsOf<F>> => object(0, element);

type Described<T, P extends 'opt' | 'ptr'> = Field<T> & { readonly presence: P };
/** A copy with further properties; getters stay getters. */
const withRules = (field: Field, rules: Partial<Field>): Field =>
  Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(field), ...Object.getOwnPropertyDescriptors(rules) }) as Field;
export const opt = <T>(field: Field<T>) => withRules(field, { presence: 'opt' }) as Described<T, 'opt'>;
export const ptr = <T>(field: Field<T>) => withRules(field, { presence: 'ptr' }) as Described<T, 'ptr'>;
export const nullable = <T>(field: Field<T>) => withRules(field, { presence: 'ptr', nullable: true }) as Described<T, 'ptr'>;
/** For OpenAPI only, around the other rules: `required(object(1, spec))`, `optional(list(2, string(0)))`, `byDefault('TCP', opt(string(3)))`. */
export const required = <F extends Field>(field: F): F => withRules(field, { required: true }) as F;
export const optional = <F extends Field>(field: F): F => withRules(field, { required: false }) as F;
export const byDefault = <F extends Field>(value: string | number | boolean, field: F): F => withRules(field, { default: value }) as F;
/** The fields of a struct that Go embeds in another: inline in JSON, one message at `tag` in protobuf. */
export const embedded = <const F extends Fields>(tag: number, fields: F, name = ''): F =>
  Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [key, withRules(field, { within: [{ tag, name }, ...(field.within ?? [])] })]),
  ) as F;
