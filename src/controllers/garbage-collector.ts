import type { AnyKind } from '../api/kind.ts';
import type { ApiObject } from '../api/meta.ts';
import { isConflict } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { WorkQueue } from '../client/work-queue.ts';
import { type Consequences, OwnerGraph } from './lib/owner-graph.ts';
import { GarbageWorker } from './lib/garbage-worker.ts';
import { KindFollowers } from './lib/kind-followers.ts';
import { allKinds } from './lib/all-kinds.ts';

const workers = 20;
/** How often new kinds are looked for. */
const discoveryMs = 30_000;
/** A kind that can't be listed holds the others up no longer than this. */
const syncMs = 30_000;

/** Events have no owners, and are many. */
const isFollowed = (kind: AnyKind) =>
  kind.kind !== 'Event' && (['list', 'watch', 'delete'] as const).every((verb) => kind.verbs.includes(verb)) && kind.storedAs === undefined;

/** Takes keys until the queue ends; failed ones come again with growing delays. */
async function drain(queue: WorkQueue, context: ControllerContext, act: (uid: string) => Promise<void>): Promise<void> {
  for (let uid = await queue.get(); uid !== undefined; uid = await queue.get()) {
    try {
      await act(uid);
      queue.forget(uid);
    } catch (error) {
      if (context.signal.aborted) return;
      if (!isConflict(error)) context.log.debug('garbage not collected; trying again', { uid, error });
      queue.addRateLimited(uid);
    } finally {
      queue.done(uid);
    }
  }
}

async function run(context: ControllerContext): Promise<void> {
  const { clock, signal, informers, cluster, client } = context;
  const graph = new OwnerGraph();
  const toCheck = new WorkQueue(clock);
  const toOrphan = new WorkQueue(clock);
  const worker = new GarbageWorker(
    client,
    () => allKinds(cluster),
    graph,
    (uid) => toCheck.add(uid),
  );
  const follow = ({ check, orphan, misplaced }: Consequences) => {
    for (const uid of check) toCheck.add(uid);
    for (const uid of orphan) toOrphan.add(uid);
    for (const { identity } of misplaced) context.log.debug('an owner reference names another object', { ...identity });
  };
  const deleted = ({ metadata }: ApiObject) => {
    const node = graph.get(metadata.uid);
    if (node !== undefined && node.dependents.size > 0) worker.gone(node.identity);
    follow(graph.remove(metadata.uid));
  };
  const followed = () => [...allKinds(cluster).filter(isFollowed)];
  const followers = new KindFollowers(informers, (kind) => {
    const put = (object: ApiObject) => follow(graph.put(kind, object));
    return { added: put, updated: put, deleted };
  });
  followers.update(followed());
  await Promise.race([followers.synced(), clock.sleep(syncMs, signal)]);

  const check = async (uid: string) => {
    const node = graph.get(uid);
    if (node !== undefined && (await worker.collect(node)) === 'absent') follow(graph.remove(uid));
  };
  const orphan = async (uid: string) => {
    const node = graph.get(uid);
    if (node !== undefined) await worker.orphan(node);
  };
  const end = () => {
    toCheck.shutDown();
    toOrphan.shutDown();
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const running = Array.from({ length: workers }, () => [drain(toCheck, context, check), drain(toOrphan, context, orphan)]);
    while (!signal.aborted) {
      await clock.sleep(discoveryMs, signal).catch(() => undefined);
      if (!signal.aborted) followers.update(followed());
    }
    await Promise.all(running.flat());
  } finally {
    end();
    followers.close();
  }
}

/**
 * Deletes objects whose owners are all gone, and carries out deletion in the foreground and orphaning.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export const garbageCollector = defineController({
  name: 'generic-garbage-collector',
  can: [{ groups: ['*'], resources: ['*'], verbs: ['delete', 'get', 'list', 'patch', 'update', 'watch'] }],
  background: run,
});
