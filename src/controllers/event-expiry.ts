import { isConflict, isNotFound } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { Event } from '../kinds/core/event.ts';
import { forAll } from './lib/batches.ts';
import { timeMs } from './lib/times.ts';

/** Upstream's default --event-ttl, counted from the last write. */
const lifetimeMs = 3_600_000;
const periodMs = 300_000;
const pageSize = 500;
const deletesAtOnce = 10;
/** Between two pages, so that a flood of events is cleared away at a measured pace. */
const pauseMs = 20;

const lastTimeMs = ({ metadata, lastTimestamp, eventTime, series }: Event): number =>
  Math.max(timeMs(metadata.creationTimestamp), timeMs(lastTimestamp), timeMs(eventTime), timeMs(series?.lastObservedTime));

async function sweep({ client, clock, signal }: ControllerContext): Promise<void> {
  let token: string | undefined;
  do {
    const page = await client.list(Event, { limit: pageSize, ...(token ? { continue: token } : {}), signal });
    const expired = page.items.filter((event) => lastTimeMs(event) + lifetimeMs < clock.now());
    await forAll(expired, deletesAtOnce, async ({ metadata }) => {
      const { uid, resourceVersion } = metadata;
      await client.delete(Event, metadata, { preconditions: { uid, resourceVersion } }).catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      });
    });
    token = page.metadata.continue;
    if (token) await clock.sleep(pauseMs, signal);
  } while (token);
}

/** Deletes events an hour after they were last written: here they are kept like any object, with no time to live in the store. */
export const eventExpiry = defineController({
  name: 'event-expiry-controller',
  can: [{ groups: [''], resources: ['events'], verbs: ['delete', 'list'] }],
  async background(context) {
    while (!context.signal.aborted) {
      await sweep(context).catch((error: unknown) => {
        if (!context.signal.aborted) context.log.warn('clearing away old events failed; trying again', { error });
      });
      await context.clock.sleep(periodMs, context.signal).catch(() => undefined);
    }
  },
});
