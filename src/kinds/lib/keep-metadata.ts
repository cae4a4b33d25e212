import type { Draft } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';

/** A write of a subresource that may not touch metadata: what belongs to the main resource is put back (ResetObjectMetaForStatus). */
export function keepMetadata(draft: Draft<ApiObject>, { metadata }: ApiObject): void {
  for (const field of ['deletionTimestamp', 'selfLink', 'labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    if (metadata[field] === undefined) delete draft.metadata[field];
    else draft.metadata[field] = structuredClone(metadata[field]) as never;
  }
}

/** The same, of all metadata but who manages what. */
export function keepAllMetadata(draft: Draft<ApiObject>, { metadata }: ApiObject): void {
  const { managedFields } = draft.metadata;
  draft.metadata = { ...structuredClone(metadata), managedFields } as Draft<ApiObject>['metadata'];
  if (managedFields === undefined) delete draft.metadata.managedFields;
}
