import { createHmac } from 'node:crypto';
import { defineController } from '../client/controller.ts';
import { ConfigMap } from '../kinds/core/config-map.ts';
import { Secret } from '../kinds/core/secret.ts';
import { bootstrapToken, bootstrapTokenNamespace, bootstrapTokenType } from '../kinds/core/lib/bootstrap-token.ts';

const clusterInfo = { namespace: 'kube-public', name: 'cluster-info' };
const signed = 'kubeconfig';
const prefix = 'jws-kubeconfig-';

/** A JWS whose content stands elsewhere (RFC 7515, appendix F), by a shared secret. */
function detachedSignature(content: string, id: string, secret: string): string {
  const base64url = (text: string) => Buffer.from(text).toString('base64url');
  const header = base64url(JSON.stringify({ alg: 'HS256', kid: id }));
  const signature = createHmac('sha256', secret)
    .update(`${header}.${base64url(content)}`)
    .digest('base64url');
  return `${header}..${signature}`;
}

/** Signs what nodes read before they trust anybody, kube-public/cluster-info, once for each bootstrap token that may sign. */
export const bootstrapSigner = defineController<ConfigMap>({
  name: 'bootstrap-signer',
  for: ConfigMap,
  watches: [
    {
      kind: Secret,
      map: ({ metadata, type }: Secret) =>
        type === bootstrapTokenType && metadata.namespace === bootstrapTokenNamespace ? [clusterInfo] : [],
    },
  ],
  can: [],
  async reconcile({ namespace, name }, { cache, client, clock }) {
    if (namespace !== clusterInfo.namespace || name !== clusterInfo.name) return;
    const present = cache(ConfigMap).get(clusterInfo);
    const content = present?.data?.[signed];
    if (present === undefined || content === undefined) return;
    const tokens = cache(Secret)
      .list(bootstrapTokenNamespace)
      .flatMap((secret) => bootstrapToken(secret, 'signing', clock.now()) ?? []);
    const signatures = new Map(tokens.map(({ id, secret }) => [prefix + id, detachedSignature(content, id, secret)]));
    const others = Object.entries(present.data ?? {}).filter(([key]) => !key.startsWith(prefix));
    const data = Object.fromEntries([...others, ...signatures]);
    const isSame = Object.keys(data).length === Object.keys(present.data ?? {}).length;
    if (isSame && Object.entries(data).every(([key, value]) => present.data?.[key] === value)) return;
    await client.update(ConfigMap, { ...present, data });
  },
});
