import { isAlreadyExists, isConflict, isNotFound } from '../../api/status.ts';
import { sameJson } from '../../base/equal.ts';
import type { Clock } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import { defineController } from '../../client/controller.ts';
import { ConfigMap } from '../../kinds/core/config-map.ts';
import { trustData } from './lib/authentication-trust.ts';

const key = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
const againMs = 5_000;

async function ensure(client: Client, trust: Readonly<Record<string, string>>, clock: Clock): Promise<void> {
  const present = await client.get(ConfigMap, key).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    return undefined;
  });
  const data = trustData(present?.data ?? {}, trust, clock.now());
  if (present !== undefined && sameJson(present.data ?? {}, data)) return;
  if (present === undefined) await client.create(ConfigMap, { metadata: key, data });
  else await client.update(ConfigMap, { ...present, data });
}

/** Tells extension API servers whom they may believe (pkg/controlplane/controller/clusterauthenticationtrust). */
export const clusterAuthenticationTrust = defineController({
  name: 'cluster_authentication_trust_controller',
  can: [],
  async background({ client, clock, cluster, log, signal }) {
    const { trust } = cluster;
    if (trust === undefined || Object.keys(trust).length === 0) return;
    const only = `metadata.name=${key.name}`;
    while (!signal.aborted) {
      try {
        await ensure(client, trust, clock);
        const { namespace } = key;
        for await (const _ of await client.watch(ConfigMap, { namespace, fieldSelector: only, signal })) await ensure(client, trust, clock);
      } catch (error) {
        if (!signal.aborted && !isConflict(error) && !isAlreadyExists(error))
          log.warn('cannot say whom extension API servers may believe', { error });
      }
      await clock.sleep(againMs, signal).catch(() => undefined);
    }
  },
});
