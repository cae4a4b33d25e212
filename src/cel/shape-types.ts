/** Built-in kinds as types of expressions: their shapes as the schemas that upstream's OpenAPI definitions give them. */
import type { Field, Shape } from '../api/schema.ts';
import type { DeclType } from './api.ts';
import { type Schema, schemaType } from './schema-types.ts';

/** A type within itself is an object without fields there, as upstream resolves references. */
function fieldSchema(field: Field, within: ReadonlySet<Shape>): Schema {
  switch (field.type) {
    case 'object':
      return objectSchema(field.shape!, within);
    case 'list':
      return { type: 'array', items: fieldSchema(field.of!, within) };
    case 'map':
      return { type: 'object', additionalProperties: fieldSchema(field.of!, within) };
    case 'int32':
    case 'int64':
      return { type: 'integer' };
    case 'double':
      return { type: 'number' };
    case 'bool':
      return { type: 'boolean' };
    case 'bytes':
      return { type: 'string', format: 'byte' };
    case 'time':
    case 'microTime':
      return { type: 'string', format: 'date-time' };
    case 'intOrString':
      return { 'x-kubernetes-int-or-string': true };
    case 'any':
      return { type: 'object' };
    case 'quantity':
      // A text or a number: upstream's definition has no type, and so expressions do not see it.
      return {};
    default:
      return { type: 'string' };
  }
}
function objectSchema(shape: Shape, within: ReadonlySet<Shape>): Schema {
  if (within.has(shape)) return { type: 'object' };
  const inside = new Set(within).add(shape);
  const properties = Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, fieldSchema(field, inside)]));
  const required = Object.entries(shape.fields).flatMap(([name, field]) => (field.presence === undefined ? [name] : []));
  return { type: 'object', properties, required };
}

/** The schema of a shape. */
export const shapeSchema = (shape: Shape): Schema => objectSchema(shape, new Set());
/** The type of objects of a kind; `name` is what messages call it. */
export const shapeType = (shape: Shape, name: string): DeclType => schemaType(shapeSchema(shape), true, name)!;
