import { controllerOf, keyText, parseKey } from '../../api/meta.ts';
import { isNotFound } from '../../api/status.ts';
import type { ControllerContext } from '../../client/controller.ts';
import type { Cache } from '../../client/informer.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { Job } from '../../kinds/batch/job.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { isTracked, untrackPatch } from './job-pods.ts';
import { isFinished, isManagedElsewhere } from './job-state.ts';
import { ownedBy } from './owned.ts';

/** A pod that no Job will count any more: its Job is gone or over, or it has lost its owner. */
function isOrphan(pod: Pod, context: ControllerContext): boolean {
  const owner = controllerOf(pod);
  if (owner === undefined) return true;
  if (owner.kind !== Job.kind || owner.apiVersion !== 'batch/v1') return false;
  const job = context.cache(Job).get({ namespace: pod.metadata.namespace, name: owner.name });
  if (job === undefined || job.metadata.uid !== owner.uid) return true;
  return !isManagedElsewhere(job) && isFinished(job);
}

/** Takes the tracking finalizer off pods that would wait for it forever. Runs until the context's signal aborts. */
export async function releaseOrphans(context: ControllerContext, pods: Cache<Pod>): Promise<void> {
  const queue = new WorkQueue(context.clock);
  const look = (pod: Pod) => {
    if (isTracked(pod) && isOrphan(pod, context)) queue.add(keyText(pod.metadata));
  };
  const lookAll = (job: Job) => {
    for (const pod of ownedBy(pods, job)) look(pod);
  };
  const stops = [
    context.informers.of(Pod).subscribe({ added: look, updated: look }),
    context.informers.of(Job).subscribe({ updated: lookAll, deleted: lookAll }),
  ];
  context.signal.addEventListener('abort', () => queue.shutDown(), { once: true });
  if (context.signal.aborted) queue.shutDown();
  try {
    for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
      const pod = pods.get(parseKey(key));
      try {
        if (pod !== undefined && isTracked(pod) && isOrphan(pod, context))
          await context.client.patch(Pod, pod.metadata, 'strategic', untrackPatch);
        queue.forget(key);
      } catch (error) {
        if (!isNotFound(error)) queue.addRateLimited(key);
      } finally {
        queue.done(key);
      }
    }
  } finally {
    for (const stop of stops) stop();
  }
}
