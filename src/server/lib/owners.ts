import type { Draft } from '../../api/kind.ts';
import type { ApiObject, OwnerReference } from '../../api/meta.ts';

const duplicateOwners = (when: string) =>
  `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, ` +
  'and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed:';

/** Keeps the first of owner references that say the same, and warns, as upstream does on every write. */
export function dropDuplicateOwners(
  draft: Draft<ApiObject>,
  warn: (text: string) => void,
  when: '' | ' after mutating admission happens' = '',
): void {
  const owners = draft.metadata.ownerReferences as OwnerReference[] | undefined;
  if (owners === undefined || owners.length < 2) return;
  const seen = new Set<string>();
  const kept: OwnerReference[] = [];
  const dropped: string[] = [];
  for (const owner of owners) {
    const text = JSON.stringify([
      owner.apiVersion,
      owner.kind,
      owner.name,
      owner.uid,
      owner.controller ?? null,
      owner.blockOwnerDeletion ?? null,
    ]);
    if (seen.has(text)) dropped.push(owner.uid);
    else {
      seen.add(text);
      kept.push(owner);
    }
  }
  if (dropped.length === 0) return;
  draft.metadata.ownerReferences = kept as never;
  warn(`${duplicateOwners(when)} ${dropped.join(', ')}`);
}
