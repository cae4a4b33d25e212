import { isObject } from '../../base/objects.ts';
import { goJson } from '../go-text.ts';
import { type AnyKind, apiVersionOf } from '../kind.ts';

import type { JsonValue } from '../schema.ts';
import { undeclared } from './declared.ts';
import { difference, type FieldSet, union } from './field-set.ts';
import { compare, fieldsOf, rootField } from './typed.ts';

/** Objects that kubectl once applied by itself say so in an annotation; from there it moves to server-side apply without conflicts. */
const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
/** Only the manager of this name. */
export const migrates = (manager: string): boolean => manager === 'kubectl';

type Annotated = { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> | undefined } | undefined };
const textOf = (object: object | undefined): string => (object as Annotated | undefined)?.metadata?.annotations?.[annotation] ?? '';

/** The fields that kubectl applied and that still are as it applied them. undefined: the annotation tells nothing. */
export function lastAppliedFields(kind: AnyKind, live: object): FieldSet | undefined {
  let last: JsonValue;
  try {
    last = JSON.parse(textOf(live)) as JsonValue;
  } catch {
    return undefined;
  }
  if (!isObject(last) || (last as { apiVersion?: unknown }).apiVersion !== apiVersionOf(kind)) return undefined;
  const root = rootField(kind);
  if (undeclared(root, last) !== undefined) return undefined;
  const { added, modified, removed } = compare(root, last, live as JsonValue);
  return difference(fieldsOf(root, last), union(union(added, modified), removed));
}

const encoder = new TextEncoder();
const annotationBytesMax = 256 * 1024;
/** The object with the annotation brought up to what was just applied, if it has it. */
export function withLastApplied(object: object, applied: object): object {
  if (textOf(object) === '') return object;
  const { metadata } = object as { metadata: { annotations: Record<string, string> } };
  const { [annotation]: _, ...others } = metadata.annotations;
  const value = `${goJson(withoutAnnotation(applied))}\n`;
  const annotations = { ...others, [annotation]: value };
  const bytes = Object.entries(annotations).reduce((sum, [key, text]) => sum + encoder.encode(key).length + encoder.encode(text).length, 0);
  return { ...object, metadata: { ...metadata, annotations: bytes > annotationBytesMax ? others : annotations } };
}
function withoutAnnotation(applied: object): unknown {
  const { metadata } = applied as Annotated;
  if (metadata?.annotations?.[annotation] === undefined) return applied;
  const { [annotation]: _, ...annotations } = metadata.annotations;
  return { ...applied, metadata: { ...metadata, annotations } };
}
