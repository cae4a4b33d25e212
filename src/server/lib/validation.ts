import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { FieldError } from '../../api/status.ts';
import { validateObjectMeta } from '../../api/validate-meta.ts';

/** What is wrong with a new object; metadata first, as upstream's validation of nearly every kind. */
export function validateCreate(kind: AnyKind, object: ApiObject): readonly FieldError[] {
  return distinct([...validateObjectMeta(kind, object.metadata), ...(kind.strategy.validate?.(object, { subresource: '' }) ?? [])]);
}
/** What is wrong with an update. */
export function validateUpdate(
  kind: AnyKind,
  object: ApiObject,
  old: ApiObject,
  subresource: string,
  warn: (text: string) => void,
): readonly FieldError[] {
  return distinct([
    ...validateObjectMeta(kind, object.metadata, { old: old.metadata }),
    ...(kind.strategy.validate?.(object, { old, subresource, warn }) ?? []),
  ]);
}
/** A kind that checks its metadata itself says nothing twice. */
function distinct(errors: readonly FieldError[]): readonly FieldError[] {
  if (errors.length < 2) return errors;
  const seen = new Set<string>();
  return errors.filter((error) => {
    const text = `${error.path}\n${error.text}`;
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}
