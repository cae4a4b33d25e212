import { defineController } from '../../client/controller.ts';
import { ensureServiceCidr, serviceCidrController } from './lib/service-cidr.ts';

const periodMs = 10_000;

/** Keeps the ServiceCIDR "kubernetes", whose ranges are the server's own (pkg/controlplane/controller/defaultservicecidr). */
export const defaultServiceCidr = defineController({
  name: serviceCidrController,
  can: [],
  async background({ client, clock, cluster, events, log, signal }) {
    const told = new Set<string>();
    while (!signal.aborted) {
      try {
        const oddity = await ensureServiceCidr(client, [cluster.serviceCidr], clock);
        if (oddity !== undefined && !told.has(oddity.reason)) {
          told.add(oddity.reason);
          events.event(oddity.about, 'Warning', oddity.reason, oddity.message);
        }
      } catch (error) {
        if (!signal.aborted) log.warn('cannot keep the default ServiceCIDR', { error });
      }
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  },
});
