import type { AnyKind } from '../../api/kind.ts';
import { type ApiObject, keyText } from '../../api/meta.ts';
import { isNotFound } from '../../api/status.ts';
import type { ControllerContext } from '../../client/controller.ts';
import type { Cache } from '../../client/informer.ts';
import { ControllerRevision } from '../../kinds/apps/controller-revision.ts';
import { controllerReference } from './owned.ts';
import type { OwnWrites } from './own-writes.ts';
import { type HasTemplate, templatePatch } from './revisions.ts';

/** Makes, changes and deletes the revisions of an owner, and remembers it. */
export interface History {
  readonly context: ControllerContext;
  readonly writes: OwnWrites;
  readonly revisions: Cache<ControllerRevision>;
}

interface NewRevision {
  readonly name: string;
  readonly hash: string;
  /** The label that shows the hash. */
  readonly label: string;
  readonly revision: number;
}
/** Throws 409 when one of the name exists. */
export async function createRevision(
  { context, writes, revisions }: History,
  kind: AnyKind,
  owner: HasTemplate,
  { name, hash, label, revision }: NewRevision,
): Promise<ControllerRevision> {
  const { namespace, annotations } = owner.metadata;
  const created = await context.client.create(ControllerRevision, {
    metadata: {
      name,
      namespace,
      labels: { ...owner.spec.template.metadata.labels, [label]: hash },
      annotations,
      ownerReferences: [controllerReference(kind, owner)],
    },
    data: templatePatch(owner) as never,
    revision,
  });
  writes.wrote(keyText(owner.metadata), revisions, created);
  return created;
}
export async function changeRevision(
  { context, writes, revisions }: History,
  owner: ApiObject,
  revision: ControllerRevision,
): Promise<ControllerRevision> {
  const updated = await context.client.update(ControllerRevision, revision);
  writes.wrote(keyText(owner.metadata), revisions, updated);
  return updated;
}
export async function removeRevision(
  { context, writes, revisions }: History,
  owner: ApiObject,
  revision: ControllerRevision,
): Promise<void> {
  await context.client.delete(ControllerRevision, revision.metadata).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  writes.deleted(keyText(owner.metadata), revisions, revision);
}
