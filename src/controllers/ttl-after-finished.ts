import { isNotFound } from '../api/status.ts';
import { defineController } from '../client/controller.ts';
import { Job } from '../kinds/batch/job.ts';
import { timeMs } from './lib/times.ts';

/** Milliseconds that a finished Job has left to live; undefined: it lives on. */
function leftMs(job: Job, nowMs: number): number | undefined {
  const seconds = job.spec.ttlSecondsAfterFinished;
  if (seconds === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  const end = job.status.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  return end === undefined ? undefined : timeMs(end.lastTransitionTime) + seconds * 1000 - nowMs;
}

/**
 * Deletes Jobs a while after they ended, with all that belongs to them.
 * https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/
 */
export const ttlAfterFinished = defineController<Job>({
  name: 'ttl-after-finished-controller',
  for: Job,
  can: [
    { groups: ['batch'], resources: ['jobs'], verbs: ['delete', 'get', 'list', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, { cache, client, clock }) {
    const cached = cache(Job).get(key);
    const soonMs = cached && leftMs(cached, clock.now());
    if (soonMs === undefined) return;
    if (soonMs > 0) return { afterMs: soonMs };
    try {
      // Its time may have been prolonged meanwhile, and deletion can't be undone.
      const fresh = await client.get(Job, key);
      const afterMs = leftMs(fresh, clock.now());
      if (afterMs === undefined) return;
      if (afterMs > 0) return { afterMs };
      await client.delete(Job, key, { propagationPolicy: 'Foreground', preconditions: { uid: fresh.metadata.uid } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  },
});
