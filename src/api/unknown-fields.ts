import type { Field, Shape } from './schema.ts';

/** As many as upstream reports. */
const mostReported = 100;
/** Each may be as long as the document. */
const mostReportedCharacters = 1024 * 1024;

interface Found {
  readonly paths: string[];
  readonly isValue: boolean;
  characters: number;
}
/**
 * Paths of the fields that a shape does not know, in the order of the document: 'spec.foo', 'spec.containers[0].bar'.
 * What stands below an unknown field is not looked at. `isValue`: as upstream tells them of what it put together as a value, without keys of maps.
 */
export function unknownFields(shape: Shape, json: unknown, isValue = false): string[] {
  const found: Found = { paths: [], isValue, characters: 0 };
  walkObject(shape, json, '', found);
  return found.paths;
}

function walkObject(shape: Shape, json: unknown, path: string, found: Found): void {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return;
  for (const [key, value] of Object.entries(json)) {
    if (found.paths.length >= mostReported || found.characters > mostReportedCharacters) return;
    if (value === undefined) continue;
    const at = path === '' ? key : `${path}.${key}`;
    if (Object.hasOwn(shape.fields, key)) walk(shape.fields[key]!, value, at, found);
    else {
      found.paths.push(at);
      found.characters += at.length;
    }
  }
}
function walk(field: Field, json: unknown, path: string, found: Found): void {
  if (field.type === 'object') return walkObject(field.shape!, json, path, found);
  if (field.type === 'list' && Array.isArray(json)) {
    for (const [index, item] of json.entries()) walk(field.of!, item, `${path}[${index}]`, found);
  } else if (field.type === 'map' && typeof json === 'object' && json !== null) {
    for (const [key, item] of Object.entries(json)) walk(field.of!, item, found.isValue ? path : `${path}.${key}`, found);
  }
}
