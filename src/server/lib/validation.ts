import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { FieldError } from '../../api/status.ts';
import { validateObjectMeta } from '../../api/validate-meta.ts';
import { looksAtNamesAgain } from '../kind-rules.ts';
import { cryptography } from '../certs/cryptography.ts';

/** What is wrong with an object that is only posted, beside its metadata. */
export const validatePosted = (kind: AnyKind, object: ApiObject, found?: readonly FieldError[]): readonly FieldError[] => [
  ...(kind.strategy.validate?.(object, { subresource: '', cryptography, found }) ?? []),
];

/** What is wrong with a new object; metadata first, as upstream's validation of nearly every kind. */
export function validateCreate(kind: AnyKind, object: ApiObject): readonly FieldError[] {
  const metadata = [...validateObjectMeta(kind, object.metadata)];
  const own = validatePosted(kind, object, metadata);
  // Events of this group are looked at as what they were before, then their metadata.
  if (kind.kind === 'Event' && kind.group === 'events.k8s.io') return together(own, metadata);
  return kind.checksMetadataLast && own.length > 0 ? own : together(metadata, own);
}
/** What is wrong with an update. */
export function validateUpdate(
  kind: AnyKind,
  object: ApiObject,
  old: ApiObject,
  subresource: string,
  warn: (text: string) => void,
): readonly FieldError[] {
  const namesAgain = subresource === '' && looksAtNamesAgain(kind);
  const found = [...validateObjectMeta(kind, object.metadata, { old: old.metadata, namesAgain })];
  return together(found, [...(kind.strategy.validate?.(object, { old, subresource, cryptography, warn, found }) ?? [])]);
}
/**
 * A kind that checks its metadata itself says nothing of it twice; one that repeats all that was found, or all that is wrong with generated
 * names, says where it stands.
 */
function together(metadata: readonly FieldError[], own: readonly FieldError[]): readonly FieldError[] {
  if (metadata.length === 0) return own;
  const wordsOf = ({ path, text }: FieldError) => `${path}: ${text}`;
  const repeated = new Set(own.map(wordsOf));
  if (metadata.every((error) => repeated.has(wordsOf(error)))) return own;
  const ownNames = metadata.some((error) => isOfName(error) && repeated.has(wordsOf(error)));
  const first = ownNames ? metadata.filter((error) => !isOfName(error)) : metadata;
  const said = new Set(first.map(wordsOf));
  return [...first, ...own.filter((error) => !said.has(wordsOf(error)))];
}
const isOfName = ({ path }: FieldError): boolean => path === 'metadata.generateName';
