import { controllerOf, type Key, keyText } from '../api/meta.ts';
import { type ControllerContext, defineController, type Result } from '../client/controller.ts';
import { Job } from '../kinds/batch/job.ts';
import { Pod } from '../kinds/core/pod.ts';
import { releaseOrphans } from './lib/job-orphans.ts';
import { type Backoff, noBackoff, trackingFinalizer } from './lib/job-pods.ts';
import { isFinished, isManagedElsewhere, jobState } from './lib/job-state.ts';
import { JobSync } from './lib/job-sync.ts';
import { selectorMatcher } from './lib/labels.ts';
import { claim, orphansIn, ownedBy, ownedCache } from './lib/owned.ts';
import { OwnWrites } from './lib/own-writes.ts';
import { perContext } from './lib/per-context.ts';

const recheckMs = 5_000;

const memory = perContext((context) => ({
  writes: new OwnWrites(context.clock),
  pods: ownedCache(context, Pod),
  /** By key of the Job. */
  backoffs: new Map<string, Backoff>(),
  looks: new Map<string, Look>(),
}));

interface Look {
  /** Of the Job that was looked at. */
  readonly generation: number | undefined;
  /** Time of the monotonic clock until which changes of pods are gathered. */
  readonly restsUntilMs: number;
}
const restPerPodMs = 10;
const longestRestMs = 1_000;

function wantedBy(pod: Pod, context: ControllerContext): readonly Key[] {
  if (controllerOf(pod) !== undefined) return [];
  return context
    .cache(Job)
    .list(pod.metadata.namespace)
    .filter(({ spec }) => selectorMatcher(spec.selector)(pod.metadata.labels))
    .map(({ metadata }) => metadata);
}

async function sync(job: Job, context: ControllerContext): Promise<Result> {
  const { writes, pods, backoffs, looks } = memory(context);
  const id = keyText(job.metadata);
  const mine = await claim([...ownedBy(pods, job), ...orphansIn(pods, job.metadata.namespace)], {
    context,
    ownerKind: Job,
    owner: job,
    kind: Pod,
    matches: selectorMatcher(job.spec.selector),
    wrote: (pod) => writes.wrote(id, pods, pod),
    finalizers: [trackingFinalizer],
  });
  const restMs = Math.min(longestRestMs, mine.length * restPerPodMs);
  looks.set(id, { generation: job.metadata.generation, restsUntilMs: context.clock.monotonic() + restMs });
  const state = jobState(job, mine, backoffs.get(id) ?? noBackoff, context.clock.now());
  const look = new JobSync(state, { context, writes, pods });
  await look.track(await look.manage(), () => backoffs.set(id, state.backoff));
  if (look.error !== undefined) throw look.error;
  return look.waits.length === 0 ? undefined : { afterMs: Math.max(0, Math.min(...look.waits)) };
}

/**
 * Runs pods until enough of them succeed, counts them, and says how it ended.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
export const job = defineController<Job>({
  name: 'job-controller',
  for: Job,
  owns: [Pod],
  watches: [{ kind: Pod, map: wantedBy }],
  can: [
    { groups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'patch', 'update', 'watch'] },
    { groups: ['batch'], resources: ['jobs/status'], verbs: ['update'] },
    { groups: ['batch'], resources: ['jobs/finalizers'], verbs: ['update'] },
    { groups: [''], resources: ['pods'], verbs: ['create', 'delete', 'list', 'patch', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const { writes, backoffs, looks } = memory(context);
    const id = keyText(key);
    const current = context.cache(Job).get(key);
    if (current === undefined || isFinished(current)) {
      backoffs.delete(id);
      looks.delete(id);
      return current === undefined ? writes.forget(id) : undefined;
    }
    if (isManagedElsewhere(current)) return;
    if (!writes.settled(id)) return { afterMs: recheckMs };
    const last = looks.get(id);
    const restMs = last?.generation === current.metadata.generation ? last!.restsUntilMs - context.clock.monotonic() : 0;
    return restMs > 0 ? { afterMs: restMs } : await sync(current, context);
  },
  background: (context) => releaseOrphans(context, memory(context).pods),
});
