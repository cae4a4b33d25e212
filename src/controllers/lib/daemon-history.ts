import { keyText } from '../../api/meta.ts';
import { isAlreadyExists, isNotFound } from '../../api/status.ts';
import type { ControllerContext } from '../../client/controller.ts';
import type { Cache } from '../../client/informer.ts';
import { ControllerRevision } from '../../kinds/apps/controller-revision.ts';
import { DaemonSet } from '../../kinds/apps/daemon-set.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { templateHash } from './hash.ts';
import { controllerReference } from './owned.ts';
import type { OwnWrites } from './own-writes.ts';
import { byRevision, holdsTemplateOf, revisionHashLabel, templatePatch } from './revisions.ts';

interface History {
  readonly context: ControllerContext;
  readonly writes: OwnWrites;
  readonly revisions: Cache<ControllerRevision>;
}
export interface Current {
  readonly revision: ControllerRevision;
  readonly old: readonly ControllerRevision[];
}

const hashOf = (revision: ControllerRevision): string | undefined => revision.metadata.labels?.[revisionHashLabel];

/** Another template has the name that this one's hash gives: the next look uses another hash. Throws `error` then. */
async function settleCollision({ context, writes }: History, set: DaemonSet, error: unknown): Promise<never> {
  const fresh = await context.client.get(DaemonSet, set.metadata);
  if (fresh.status.collisionCount === set.status.collisionCount) {
    const status = { ...fresh.status, collisionCount: (fresh.status.collisionCount ?? 0) + 1 };
    writes.wrote(keyText(set.metadata), context.cache(DaemonSet), await context.client.updateStatus(DaemonSet, { ...fresh, status }));
  }
  throw error;
}

async function snapshot(history: History, set: DaemonSet, revision: number): Promise<ControllerRevision> {
  const { context, writes, revisions } = history;
  const { name, namespace, annotations } = set.metadata;
  const hash = templateHash(set.spec.template, set.status.collisionCount);
  const key = { namespace, name: `${name}-${hash}` };
  try {
    const created = await context.client.create(ControllerRevision, {
      metadata: {
        ...key,
        labels: { ...set.spec.template.metadata.labels, [revisionHashLabel]: hash },
        annotations,
        ownerReferences: [controllerReference(DaemonSet, set)],
      },
      data: templatePatch(set) as never,
      revision,
    });
    writes.wrote(keyText(set.metadata), revisions, created);
    return created;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const found = await context.client.get(ControllerRevision, key);
    return holdsTemplateOf(found, set) ? found : await settleCollision(history, set, error);
  }
}

async function changed(history: History, set: DaemonSet, revision: ControllerRevision): Promise<ControllerRevision> {
  const updated = await history.context.client.update(ControllerRevision, revision);
  history.writes.wrote(keyText(set.metadata), history.revisions, updated);
  return updated;
}
async function removed({ context, writes, revisions }: History, set: DaemonSet, revision: ControllerRevision): Promise<void> {
  await context.client.delete(ControllerRevision, revision.metadata).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  writes.deleted(keyText(set.metadata), revisions, revision);
}

/** Of several revisions with the current template the newest stays; pods of the others count as its own. */
async function deduplicate(history: History, set: DaemonSet, same: readonly ControllerRevision[], pods: readonly Pod[]) {
  const kept = same.reduce((best, each) => (each.revision >= best.revision ? each : best));
  const hash = hashOf(kept);
  for (const pod of same.length > 1 ? pods : []) {
    if (pod.metadata.labels?.[revisionHashLabel] !== hash)
      await history.context.client.patch(Pod, pod.metadata, 'merge', { metadata: { labels: { [revisionHashLabel]: hash } } });
  }
  for (const each of same) if (each !== kept) await removed(history, set, each);
  return kept;
}

/** Finds or makes the revision of the set's template, and makes it the newest. */
export async function currentRevision(
  history: History,
  set: DaemonSet,
  owned: readonly ControllerRevision[],
  pods: readonly Pod[],
): Promise<Current> {
  const labelled: ControllerRevision[] = [];
  for (const revision of owned) {
    if (hashOf(revision) !== undefined) labelled.push(revision);
    else {
      const labels = { ...revision.metadata.labels, [revisionHashLabel]: revision.metadata.name };
      labelled.push(await changed(history, set, { ...revision, metadata: { ...revision.metadata, labels } }));
    }
  }
  const same = labelled.filter((revision) => holdsTemplateOf(revision, set));
  const old = labelled.filter((revision) => !same.includes(revision));
  const number = Math.max(0, ...old.map(({ revision }) => revision)) + 1;
  if (same.length === 0) return { revision: await snapshot(history, set, number), old };
  const kept = await deduplicate(history, set, same, pods);
  return { revision: kept.revision < number ? await changed(history, set, { ...kept, revision: number }) : kept, old };
}

/** Removes the oldest revisions beyond the limit that no pod is of. */
export async function trimHistory(
  history: History,
  set: DaemonSet,
  old: readonly ControllerRevision[],
  pods: readonly Pod[],
): Promise<void> {
  const live = new Set(pods.map(({ metadata }) => metadata.labels?.[revisionHashLabel]));
  let surplus = old.length - (set.spec.revisionHistoryLimit ?? 10);
  for (const revision of [...old].sort(byRevision)) {
    if (surplus <= 0) return;
    if (live.has(hashOf(revision))) continue;
    await removed(history, set, revision);
    surplus--;
  }
}
