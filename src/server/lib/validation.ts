import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { FieldError } from '../../api/status.ts';
import { validateObjectMeta } from '../../api/validate-meta.ts';
import { looksAtNamesAgain } from '../kind-rules.ts';
import { cryptography } from '../certs/cryptography.ts';

/** What is wrong with a new object; metadata first, as upstream's validation of nearly every kind. */
export function validateCreate(kind: AnyKind, object: ApiObject): readonly FieldError[] {
  const own = [...(kind.strategy.validate?.(object, { subresource: '', cryptography }) ?? [])];
  if (kind.checksMetadataLast && own.length > 0) return own;
  return together([...validateObjectMeta(kind, object.metadata)], own);
}
/** What is wrong with an update. */
export function validateUpdate(
  kind: AnyKind,
  object: ApiObject,
  old: ApiObject,
  subresource: string,
  warn: (text: string) => void,
): readonly FieldError[] {
  return together(
    [...validateObjectMeta(kind, object.metadata, { old: old.metadata, namesAgain: subresource === '' && looksAtNamesAgain(kind) })],
    [...(kind.strategy.validate?.(object, { old, subresource, cryptography, warn }) ?? [])],
  );
}
/** A kind that checks its metadata itself says nothing of it twice. */
function together(metadata: readonly FieldError[], own: readonly FieldError[]): readonly FieldError[] {
  if (metadata.length === 0) return own;
  const wordsOf = ({ path, text }: FieldError) => `${path}: ${text}`;
  const said = new Set(metadata.map(wordsOf));
  return [...metadata, ...own.filter((error) => !said.has(wordsOf(error)))];
}
