import { isAlreadyExists, isConflict, isNotFound } from '../../api/status.ts';
import { defineController } from '../../client/controller.ts';
import { ConfigMap } from '../../kinds/core/config-map.ts';
import { dayOf } from '../authn/legacy-token.ts';

const key = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' };
const periodMs = 12 * 3_600_000;
function unlessGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
const tolerate = (error: unknown) => {
  if (!isAlreadyExists(error) && !isNotFound(error) && !isConflict(error)) throw error;
};

/** Says since when uses of tokens in secrets are noted (pkg/controlplane/controller/legacytokentracking). */
export const legacyTokenTracking = defineController({
  name: 'legacy_token_tracking_controller',
  can: [],
  async background({ client, clock, log, signal }) {
    while (!signal.aborted) {
      const since = dayOf(clock.now());
      try {
        const present = await client.get(ConfigMap, key).catch(unlessGone);
        if (present === undefined) await client.create(ConfigMap, { metadata: key, data: { since } }).catch(tolerate);
        else if (Number.isNaN(Date.parse(present.data?.since ?? '')))
          await client.update(ConfigMap, { ...present, data: { ...present.data, since } }).catch(tolerate);
      } catch (error) {
        if (!signal.aborted) log.warn('cannot say since when uses of tokens are noted', { error });
      }
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  },
});
