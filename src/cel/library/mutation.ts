/** What mutating policies construct: `Object{spec: Object.spec{replicas: 1}}` and `JSONPatch{op: 'add', ...}` (apiserver/pkg/cel/mutation). */
import type { ConstructibleType, TypeResolver } from '../api.ts';
import { toJson } from '../json-values.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import { CelError, CelList, CelMap, type CelValue, OpaqueValue, equal, typeOf } from '../values.ts';

export const jsonPatchType: CelType = t.object('JSONPatch');
export const objectType: CelType = t.object('Object');

/** A part of an object, to be applied to the one at hand. */
export class ObjectValue extends OpaqueValue {
  readonly type: CelType;
  readonly fields: ReadonlyMap<string, CelValue>;
  constructor(type: CelType, fields: ReadonlyMap<string, CelValue>) {
    super();
    this.type = type;
    this.fields = fields;
  }
  equals(other: CelValue): boolean {
    if (!(other instanceof ObjectValue) || this.type.name !== other.type.name || this.fields.size !== other.fields.size) return false;
    return [...this.fields].every(([name, value]) => other.fields.has(name) && equal(value, other.fields.get(name)!) === true);
  }
  override field(name: string, test: boolean): CelValue | undefined {
    const value = this.fields.get(name);
    return value === undefined && !test ? null : value;
  }
  /** Throws RangeError for values that JSON does not have. */
  override json(): unknown {
    return Object.fromEntries([...this.fields].map(([name, value]) => [name, toJson(value)]));
  }
}
/** What is wrong with names of types: each must be the path to where the object stands. */
export function misplacedObjects(value: CelValue, path: readonly string[] = ['Object']): readonly string[] {
  if (value instanceof CelList) return [...value].flatMap((element) => misplacedObjects(element, path));
  if (value instanceof CelMap) return [...value.keys()].flatMap((key) => misplacedObjects(value.find(key)!, path));
  if (!(value instanceof ObjectValue)) return [];
  const wanted = path.join('.');
  const inside = [...value.fields].flatMap(([name, one]) => misplacedObjects(one, [...path, name]));
  if (value.type.name === wanted) return inside;
  return [
    `unexpected type name "${value.type.name}", expected "${wanted}", which matches field name path from root Object type`,
    ...inside,
  ];
}

export class JsonPatchValue extends OpaqueValue {
  readonly type = jsonPatchType;
  readonly op: string;
  readonly from: string;
  readonly path: string;
  readonly value: CelValue | undefined;
  constructor(fields: ReadonlyMap<string, CelValue>) {
    super();
    const text = (name: string) => (fields.get(name) as string | undefined) ?? '';
    this.op = text('op');
    this.from = text('from');
    this.path = text('path');
    this.value = fields.get('value');
  }
  equals(other: CelValue): boolean | CelError {
    if (!(other instanceof JsonPatchValue)) return false;
    if (this.op !== other.op || this.from !== other.from || this.path !== other.path) return false;
    if (this.value === undefined || other.value === undefined) return this.value === other.value;
    return equal(this.value, other.value);
  }
  override field(name: string, test: boolean): CelValue | undefined {
    switch (name) {
      case 'op':
      case 'from':
      case 'path':
        return test && this[name] === '' ? undefined : this[name];
      case 'value':
        return this.value === undefined && !test ? null : this.value;
    }
    return new CelError(`unsupported ${test ? 'field' : 'indexer'}: ${name}`);
  }
  /** One operation of a JSON patch. */
  override json(): unknown {
    const { op, path, from, value } = this;
    return { op, path, ...(from === '' ? {} : { from }), ...(value === undefined ? {} : { value: toJson(value) }) };
  }
}
const textFields = new Set(['op', 'from', 'path']);
/** Of the checker only: upstream knows no type for other fields. */
const unspecified = t.opaque('');
const jsonPatch: ConstructibleType = {
  name: 'JSONPatch',
  field: (name) => (textFields.has(name) ? t.string : name === 'value' ? t.dyn : unspecified),
  construct: (fields) => {
    for (const [name, value] of fields) {
      if (name !== 'value' && !textFields.has(name)) return new CelError(`unexpected JSONPatchType field: ${name}`);
      if (name === 'value' || typeof value === 'string') continue;
      return new CelError(`unexpected type ${typeOf(value).name} for JSONPatchType '${name}' field`);
    }
    return new JsonPatchValue(fields);
  },
};

/** For `typeResolver` of an environment. */
export const mutationTypes: TypeResolver = {
  resolve: (name) => {
    if (name === 'JSONPatch') return jsonPatch;
    if (name !== 'Object' && !name.startsWith('Object.')) return undefined;
    return { name, field: () => t.dyn, construct: (fields) => new ObjectValue(t.object(name), fields) };
  },
};
