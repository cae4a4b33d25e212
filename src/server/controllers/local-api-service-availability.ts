import { formatTime } from '../../api/gotime.ts';
import { isConflict, isNotFound } from '../../api/status.ts';
import { defineController } from '../../client/controller.ts';
import { APIService } from '../../kinds/apiregistration/api-service.ts';
import { type Availability, withAvailability } from './lib/availability.ts';

const local: Availability = { status: 'True', reason: 'Local', message: 'Local APIServices are always available' };

/** What this server serves itself is always available (k8s.io/kube-aggregator controllers/status/local). */
export const localApiServiceAvailability = defineController({
  name: 'apiservice-registration-local-availability',
  for: APIService,
  can: [],
  async reconcile({ name }, { cache, client, clock }) {
    const service = cache(APIService).get({ name });
    if (service === undefined || service.spec.service !== undefined) return;
    const updated = withAvailability(service, local, formatTime(clock.now()));
    if (updated === service) return;
    await client.updateStatus(APIService, updated).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    });
  },
});
