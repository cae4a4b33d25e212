import { formatTime } from '../../api/gotime.ts';
import { isConflict, isNotFound } from '../../api/status.ts';
import { defineController } from '../../client/controller.ts';
import { APIService } from '../../kinds/apiregistration/api-service.ts';

/** What this server serves itself is always available (k8s.io/kube-aggregator controllers/status/local). */
export const localApiServiceAvailability = defineController({
  name: 'apiservice-registration-local-availability',
  for: APIService,
  can: [],
  async reconcile({ name }, { cache, client, clock }) {
    const service = cache(APIService).get({ name });
    if (service === undefined || service.spec.service !== undefined) return;
    const conditions = service.status.conditions ?? [];
    const index = conditions.findIndex(({ type }) => type === 'Available');
    const message = 'Local APIServices are always available';
    const present = conditions[index];
    if (present?.status === 'True' && present.reason === 'Local' && present.message === message) return;
    const lastTransitionTime = present?.status === 'True' ? present.lastTransitionTime : formatTime(clock.now());
    const condition = { type: 'Available', status: 'True', lastTransitionTime, reason: 'Local', message };
    const others = index < 0 ? [...conditions, condition] : conditions.with(index, condition);
    await client.updateStatus(APIService, { ...service, status: { conditions: others } }).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    });
  },
});
