import { isAlreadyExists } from '../../api/status.ts';
import { sameJson } from '../../base/equal.ts';
import { ControllerRevision } from '../../kinds/apps/controller-revision.ts';
import { StatefulSet } from '../../kinds/apps/stateful-set.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { changeRevision, createRevision, type History, removeRevision } from './revision-control.ts';
import { atRevision, byRevision, holdsTemplateOf, revisionHash, revisionHashLabel, revisionName, templatePatch } from './revisions.ts';

/** Pods carry the name of their revision under `revisionHashLabel`; the revisions themselves show their hash here. */
const hashLabel = 'controller.kubernetes.io/hash';

export interface Revisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly collisionCount: number;
}

/** A revision of before a field had its default now means the same template. */
function restoresSame(set: StatefulSet, revision: ControllerRevision): boolean {
  const restored = structuredClone(atRevision(set, revision));
  StatefulSet.strategy.defaults?.(restored as never);
  return sameJson(restored.spec.template, set.spec.template);
}

async function create(history: History, set: StatefulSet, revision: number) {
  const data = templatePatch(set);
  let collisionCount = set.status.collisionCount ?? 0;
  const hash = revisionHash(data, collisionCount);
  for (;;) {
    const name = revisionName(set.metadata.name, revisionHash(data, collisionCount));
    try {
      return { update: await createRevision(history, StatefulSet, set, { name, hash, label: hashLabel, revision }), collisionCount };
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const found = await history.context.client.get(ControllerRevision, { namespace: set.metadata.namespace, name });
      if (holdsTemplateOf(found, set)) return { update: found, collisionCount };
      collisionCount++;
    }
  }
}

/** The revision pods have now, and that of the set's template, which is found, made the newest again, or made. */
export async function revisionsOf(history: History, set: StatefulSet, owned: readonly ControllerRevision[]): Promise<Revisions> {
  const sorted = [...owned].sort(byRevision);
  const latest = sorted.at(-1);
  const next = (latest?.revision ?? 0) + 1;
  const found = sorted.findLast((revision) => holdsTemplateOf(revision, set));
  let { collisionCount = 0 } = set.status;
  let update: ControllerRevision;
  if (found !== undefined) update = found === latest ? found : await changeRevision(history, set, { ...found, revision: next });
  else if (latest !== undefined && restoresSame(set, latest)) update = latest;
  else ({ update, collisionCount } = await create(history, set, next));
  const current = sorted.find(({ metadata }) => metadata.name === set.status.currentRevision) ?? update;
  return { current, update, collisionCount };
}

/** Removes the oldest revisions beyond the limit that no pod is of; a negative limit keeps all. */
export async function trimHistory(
  history: History,
  set: StatefulSet,
  owned: readonly ControllerRevision[],
  used: Revisions | undefined,
  pods: readonly Pod[],
): Promise<void> {
  const { revisionHistoryLimit: limit = 10 } = set.spec;
  const live = new Set([
    used?.current.metadata.name,
    used?.update.metadata.name,
    ...pods.map(({ metadata }) => metadata.labels?.[revisionHashLabel]),
  ]);
  if (limit < 0) return;
  const old = [...owned].sort(byRevision).filter(({ metadata }) => !live.has(metadata.name));
  for (const revision of old.slice(0, Math.max(0, old.length - limit))) await removeRevision(history, set, revision);
}
