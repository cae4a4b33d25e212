import { defineController } from '../../client/controller.ts';
import { ensureFlowControl } from './lib/flow-control.ts';

const periodMs = 60_000;

/** Keeps the priority levels and flow schemas that the server makes by itself. */
export const flowControlBootstrap = defineController({
  name: 'priority-and-fairness-config-producer',
  can: [],
  async background({ client, clock, log, signal }) {
    while (!signal.aborted) {
      await clock.sleep(periodMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      await ensureFlowControl(client).catch((error: unknown) => {
        if (!signal.aborted) log.warn('cannot keep the configuration of priority and fairness', { error });
      });
    }
  },
});
