import { setLatest } from '../base/latest.ts';
import type { Clock } from '../base/clock.ts';
import { isNotFound } from '../api/status.ts';
import type { Client } from '../client/client.ts';
import type { InformerFactory } from '../client/informer.ts';
import { ConfigMap } from '../kinds/core/config-map.ts';
import { PersistentVolume } from '../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import { Secret } from '../kinds/core/secret.ts';
import { Service } from '../kinds/core/service.ts';
import { ServiceAccount } from '../kinds/core/service-account.ts';
import { ResourceClaim } from '../kinds/resource/resource-claim.ts';
import type { ObjectReader } from './context.ts';

const orUndefined = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};
/** Tokens are renewed when a fifth of their life is left, as upstream does, or after a day. */
const renewFraction = 0.8;
const dayMs = 86_400_000;
const skewMs = 30_000;
const maxTokens = 10_000;

/** Reads what pods refer to from the API: always fresh, except services, which are followed, and tokens, which are kept for most of their life. */
export function createObjectReader(deps: {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
}): ObjectReader {
  const { client, informers, clock } = deps;
  const services = informers.of(Service);
  const tokens = new Map<string, { token: string; expiresAtMs: number; fromMs: number; renewAtMs: number }>();
  return {
    async configMap(namespace, name) {
      const found = await orUndefined(client.get(ConfigMap, { namespace, name }));
      return found && { data: found.data ?? {}, binary: found.binaryData ?? {} };
    },
    async secret(namespace, name) {
      const found = await orUndefined(client.get(Secret, { namespace, name }));
      return found && { type: found.type ?? '', data: found.data ?? {} };
    },
    async token(pod, audience, expirationSeconds) {
      const key = `${pod.metadata.uid} ${audience} ${expirationSeconds}`;
      const known = tokens.get(key);
      // Where the clock was set back, the server takes it for a token of the future.
      if (known !== undefined && known.fromMs - skewMs < clock.now() && clock.now() < known.renewAtMs) return known;
      const body = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          audiences: audience === '' ? [] : [audience],
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid },
        },
      };
      const account = { namespace: pod.metadata.namespace, name: pod.spec?.serviceAccountName || 'default' };
      const reply = (await client.createSubresource(ServiceAccount, account, 'token', body)) as unknown as {
        status: { token: string; expirationTimestamp: string };
      };
      const expiresAtMs = Date.parse(reply.status.expirationTimestamp);
      const fromMs = clock.now();
      const made = {
        token: reply.status.token,
        expiresAtMs,
        fromMs,
        renewAtMs: fromMs + Math.min((expiresAtMs - fromMs) * renewFraction, dayMs),
      };
      setLatest(tokens, key, made, maxTokens);
      return made;
    },
    claim: (namespace, name) => orUndefined(client.get(PersistentVolumeClaim, { namespace, name })),
    resourceClaim: (namespace, name) => orUndefined(client.get(ResourceClaim, { namespace, name })),
    persistentVolume: (name) => orUndefined(client.get(PersistentVolume, { name })),
    async runtimeHandler(className) {
      const call = { verb: 'get' as const, group: 'node.k8s.io', version: 'v1', resource: 'runtimeclasses', name: className, options: {} };
      const reply = await orUndefined(client.transport(call));
      if (reply?.type !== 'object') throw new Error(`failed to get sandbox runtime: RuntimeClass "${className}" not found`);
      return (reply.object as { readonly handler?: string }).handler ?? '';
    },
    services: () =>
      services.cache.list().map((one) => ({
        name: one.metadata.name,
        namespace: one.metadata.namespace ?? '',
        clusterIp: one.spec?.clusterIP ?? '',
        ports: (one.spec?.ports ?? []).map((port) => ({ name: port.name ?? '', port: port.port, protocol: port.protocol ?? '' })),
      })),
  };
}
