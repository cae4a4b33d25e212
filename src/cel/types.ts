/** Types of CEL as the checker knows them (cel-go common/types). Types are immutable and may be shared. */

export type Kind =
  | 'dyn'
  | 'any'
  | 'error'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'list'
  | 'map'
  | 'struct'
  | 'opaque'
  | 'type'
  | 'param';

export interface CelType {
  readonly kind: Kind;
  /** As it is named at run time: 'int', 'google.protobuf.Timestamp', 'kubernetes.Quantity', 'optional_type'. */
  readonly name: string;
  readonly parameters: readonly CelType[];
  /** A wrapper: null may stand for it ('wrapper(int)'). */
  readonly nullable?: boolean;
}

const simple = (kind: Kind, name: string): CelType => ({ kind, name, parameters: [] });
export const dyn = simple('dyn', 'dyn');
export const any = simple('any', 'google.protobuf.Any');
export const errorType = simple('error', '*error*');
export const nullType = simple('null', 'null_type');
export const bool = simple('bool', 'bool');
export const int = simple('int', 'int');
export const uint = simple('uint', 'uint');
export const double = simple('double', 'double');
export const string = simple('string', 'string');
export const bytes = simple('bytes', 'bytes');
export const timestamp = simple('timestamp', 'google.protobuf.Timestamp');
export const duration = simple('duration', 'google.protobuf.Duration');

export const list = (element: CelType): CelType => ({ kind: 'list', name: 'list', parameters: [element] });
export const map = (key: CelType, value: CelType): CelType => ({ kind: 'map', name: 'map', parameters: [key, value] });
export const object = (name: string): CelType => ({ kind: 'struct', name, parameters: [] });
export const opaque = (name: string, ...parameters: CelType[]): CelType => ({ kind: 'opaque', name, parameters });
export const optional = (value: CelType): CelType => opaque('optional_type', value);
export const param = (name: string): CelType => ({ kind: 'param', name, parameters: [] });
/** The type of a type, as of the expression `int`. */
export const typeOfType = (of?: CelType): CelType => ({ kind: 'type', name: 'type', parameters: of === undefined ? [] : [of] });
export const wrapper = (of: CelType): CelType => ({ ...of, nullable: true });

export const isDyn = (type: CelType): boolean => type.kind === 'dyn' || type.kind === 'any';
export const isOptional = (type: CelType): boolean => type.kind === 'opaque' && type.name === 'optional_type';

/** Whether both are the same type, parameters included. */
export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.parameters.length !== b.parameters.length || a.nullable !== b.nullable) return false;
  return a.parameters.every((one, index) => sameType(one, b.parameters[index]!));
}

/** The name that a type has in declarations and messages, without its parameters. */
const declaredName = (type: CelType): string => (type.nullable === true ? `wrapper(${type.name})` : type.name);

/** As cel-go's checker names types in messages. */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case 'any':
    case 'duration':
    case 'timestamp':
    case 'null':
      return type.kind;
    case 'error':
      return '!error!';
    case 'param':
      return type.name;
  }
  if (type.parameters.length === 0) return declaredName(type);
  return `${type.name}(${type.parameters.map(formatType).join(', ')})`;
}
/** As cel-go's Type.String does: 'list(int)', 'google.protobuf.Timestamp', 'wrapper(int)'. */
export function typeText(type: CelType): string {
  if (type.parameters.length === 0) return declaredName(type);
  return `${declaredName(type)}(${type.parameters.map(typeText).join(', ')})`;
}
