import { keyText } from '../../api/meta.ts';
import { isAlreadyExists } from '../../api/status.ts';
import { ControllerRevision } from '../../kinds/apps/controller-revision.ts';
import { DaemonSet } from '../../kinds/apps/daemon-set.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { templateHash } from './hash.ts';
import { changeRevision, createRevision, type History, removeRevision } from './revision-control.ts';
import { byRevision, holdsTemplateOf, revisionHashLabel } from './revisions.ts';

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
  const hash = templateHash(set.spec.template, set.status.collisionCount);
  const name = `${set.metadata.name}-${hash}`;
  try {
    return await createRevision(history, DaemonSet, set, { name, hash, label: revisionHashLabel, revision });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const found = await history.context.client.get(ControllerRevision, { namespace: set.metadata.namespace, name });
    return holdsTemplateOf(found, set) ? found : await settleCollision(history, set, error);
  }
}

/** Of several revisions with the current template the newest stays; pods of the others count as its own. */
async function deduplicate(history: History, set: DaemonSet, same: readonly ControllerRevision[], pods: readonly Pod[]) {
  const kept = same.reduce((best, each) => (each.revision >= best.revision ? each : best));
  const hash = hashOf(kept);
  for (const pod of same.length > 1 ? pods : []) {
    if (pod.metadata.labels?.[revisionHashLabel] !== hash)
      await history.context.client.patch(Pod, pod.metadata, 'merge', { metadata: { labels: { [revisionHashLabel]: hash } } });
  }
  for (const each of same) if (each !== kept) await removeRevision(history, set, each);
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
      labelled.push(await changeRevision(history, set, { ...revision, metadata: { ...revision.metadata, labels } }));
    }
  }
  const same = labelled.filter((revision) => holdsTemplateOf(revision, set));
  const old = labelled.filter((revision) => !same.includes(revision));
  const number = Math.max(0, ...old.map(({ revision }) => revision)) + 1;
  if (same.length === 0) return { revision: await snapshot(history, set, number), old };
  const kept = await deduplicate(history, set, same, pods);
  return { revision: kept.revision < number ? await changeRevision(history, set, { ...kept, revision: number }) : kept, old };
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
    await removeRevision(history, set, revision);
    surplus--;
  }
}
