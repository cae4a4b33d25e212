import { goFloat, goJson } from '../../../api/go-text.ts';
import { humanDuration, parseTime } from '../../../api/gotime.ts';
import { type JsonPath, parseJsonPath } from '../../../api/json-path.ts';
import type { Column } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { nameColumn } from '../../lib/columns.ts';
import type { CustomResourceColumnDefinition } from '../shapes/custom-resource-definition.ts';

/** Tables of custom resources (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#additional-printer-columns). */
type Cell = string | number | boolean | null;

const age: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: 'Time since the object was created',
  jsonPath: '.metadata.creationTimestamp',
};

/** Columns up to the first whose path can't be read. */
export function customColumns(definitions: readonly CustomResourceColumnDefinition[] | undefined): readonly Column<ApiObject>[] {
  const columns: Column<ApiObject>[] = [nameColumn];
  for (const definition of definitions === undefined || definitions.length === 0 ? [age] : definitions) {
    let path: JsonPath;
    try {
      path = parseJsonPath(definition.jsonPath);
    } catch {
      return columns;
    }
    columns.push(columnOf(definition, path));
  }
  return columns;
}

function columnOf(
  { name, type, format, description, priority, jsonPath }: CustomResourceColumnDefinition,
  path: JsonPath,
): Column<ApiObject> {
  return {
    name,
    type: type as 'string',
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    ...(format === undefined ? {} : { format }),
    ...(priority === undefined ? {} : { priority }),
    value(object, nowMs) {
      let found: readonly unknown[];
      try {
        found = path(object);
      } catch {
        return null;
      }
      return found.length === 0 ? null : cellOf(type, found[0], nowMs);
    },
  };
}
function cellOf(type: string, value: unknown, nowMs: number): Cell {
  if (type === 'string') return textOf(value);
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageOf(value, nowMs) : null;
    default:
      return null;
  }
}
/** As Go prints what a path found. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : goFloat(value);
  return typeof value === 'object' ? goJson(value) : String(value);
}
function ageOf(time: string, nowMs: number): string {
  if (time === '' || time === 'null') return '<unknown>';
  const at = parseTime(time);
  return at === undefined ? '<invalid>' : humanDuration(nowMs - at);
}
