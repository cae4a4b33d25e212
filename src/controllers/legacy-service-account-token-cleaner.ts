import { isConflict, isNotFound } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { ConfigMap } from '../kinds/core/config-map.ts';
import { Pod } from '../kinds/core/pod.ts';
import { Secret } from '../kinds/core/secret.ts';
import { ServiceAccount } from '../kinds/core/service-account.ts';
import { invalidSinceLabel, staleTokens } from './lib/stale-tokens.ts';

const periodMs = 86_400_000;
const retryMs = 60_000;
const tracking = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' };

/** Whether it could be done: the server begins to track uses of tokens soon after its start. */
async function sweep({ cache, client, clock }: ControllerContext): Promise<boolean> {
  const tracked = await client.get(ConfigMap, tracking).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (tracked === undefined) return false;
  const { toMark, toRemove, today } = staleTokens({
    secrets: cache(Secret).list(),
    accountOf: (key) => cache(ServiceAccount).get(key),
    podsOf: (namespace) => cache(Pod).list(namespace),
    trackedSince: tracked.data?.since,
    nowMs: clock.now(),
  });
  for (const { metadata } of toMark) {
    const { uid } = metadata;
    await client.patch(Secret, metadata, 'merge', { metadata: { uid, labels: { [invalidSinceLabel]: today } } });
  }
  for (const { metadata } of toRemove) {
    const { resourceVersion } = metadata;
    await client.delete(Secret, metadata, { preconditions: { resourceVersion } }).catch((error: unknown) => {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    });
  }
  return true;
}

/**
 * Refuses, and a year later removes, tokens that were made for a service account by itself and that nobody has used for a year.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#legacy-serviceaccount-token-cleaner
 */
export const legacyServiceAccountTokenCleaner = defineController({
  name: 'legacy-service-account-token-cleaner',
  reads: [Secret, ServiceAccount, Pod],
  can: [
    { groups: [''], resources: ['configmaps'], verbs: ['get'], names: [tracking.name] },
    { groups: [''], resources: ['secrets'], verbs: ['delete', 'patch'] },
  ],
  async background(context) {
    const { clock, log, signal } = context;
    while (!signal.aborted) {
      const isDone = await sweep(context).catch((error: unknown) => {
        if (!signal.aborted) log.warn('looking for unused tokens failed', { error });
        return false;
      });
      await clock.sleep(isDone ? periodMs : retryMs, signal).catch(() => undefined);
    }
  },
});
