import { keyText } from '../api/meta.ts';
import { isConflict, isNotFound } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { Secret } from '../kinds/core/secret.ts';
import { ServiceAccount } from '../kinds/core/service-account.ts';
import { perContext } from './lib/per-context.ts';

const tokenType = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';
const indexName = 'tokens/account';

const accountOf = ({ type, metadata }: Secret): string | undefined =>
  type === tokenType ? metadata.annotations?.[nameAnnotation] : undefined;
const isWanted = ({ metadata }: ServiceAccount, secret: Secret): boolean =>
  (secret.metadata.annotations?.[uidAnnotation] || metadata.uid) === metadata.uid;

const memory = perContext((context) => {
  const informer = context.informers.of(Secret);
  informer.index(indexName, (secret) => {
    const name = accountOf(secret);
    return name === undefined ? [] : [keyText({ namespace: secret.metadata.namespace, name })];
  });
  /** Secrets that were seen, and their accounts: these may still refer to them when they are gone. */
  return { secrets: informer.cache, accounts: new Map<string, string>() };
});
const unlessGone = (error: unknown): undefined => {
  if (isNotFound(error) || isConflict(error)) return undefined;
  throw error;
};

async function account(secret: Secret, name: string, { cache, client }: ControllerContext): Promise<ServiceAccount | undefined> {
  const key = { namespace: secret.metadata.namespace, name };
  const cached = cache(ServiceAccount).get(key);
  if (cached !== undefined && isWanted(cached, secret)) return cached;
  const live = await client.get(ServiceAccount, key).catch(unlessGone);
  return live !== undefined && isWanted(live, secret) ? live : undefined;
}

/** The secret with all that it should hold; undefined when it does. */
function filled(secret: Secret, { metadata }: ServiceAccount, { cluster }: ControllerContext): Secret | undefined {
  const { namespace = '', name } = secret.metadata;
  const { data = {} } = secret;
  const ca = btoa(cluster.rootCa);
  const isCaRight = cluster.rootCa === '' || data['ca.crt'] === ca;
  if (isCaRight && data.namespace && data.token) return undefined;
  const token = data.token || btoa(cluster.legacyToken({ namespace, name: metadata.name, uid: metadata.uid }, name));
  const annotations = { ...secret.metadata.annotations, [nameAnnotation]: metadata.name, [uidAnnotation]: metadata.uid };
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations },
    data: { ...data, ...(isCaRight ? {} : { 'ca.crt': ca }), namespace: data.namespace || btoa(namespace), token },
  };
}

async function forget(key: { namespace?: string | undefined; name: string }, accountName: string, { cache, client }: ControllerContext) {
  const found = cache(ServiceAccount).get({ namespace: key.namespace, name: accountName });
  if (found?.secrets?.some(({ name }) => name === key.name) !== true) return;
  await client.update(ServiceAccount, { ...found, secrets: found.secrets.filter(({ name }) => name !== key.name) });
}

/** Fills the secrets that ask for a token of a service account, and removes them with it (pkg/controller/serviceaccount/tokens_controller.go). */
export const serviceAccountTokens = defineController<Secret>({
  name: 'serviceaccount-token-controller',
  asManager: true,
  for: Secret,
  watches: [
    {
      kind: ServiceAccount,
      map: ({ metadata }: ServiceAccount, context) =>
        memory(context)
          .secrets.byIndex(indexName, keyText(metadata))
          .map((secret) => secret.metadata),
    },
  ],
  can: [],
  async reconcile(key, context) {
    const { client } = context;
    const { secrets, accounts } = memory(context);
    const id = keyText(key);
    const secret = secrets.get(key);
    if (secret === undefined) {
      const name = accounts.get(id);
      if (name !== undefined) await forget(key, name, context).catch(unlessGone);
      accounts.delete(id);
      return;
    }
    const name = accountOf(secret);
    if (name === undefined) return;
    accounts.set(id, name);
    const owner = await account(secret, name, context);
    if (owner === undefined) {
      await client.delete(Secret, key, { preconditions: { uid: secret.metadata.uid } }).catch(unlessGone);
      return;
    }
    const update = filled(secret, owner, context);
    if (update !== undefined) await client.update(Secret, update).catch(unlessGone);
  },
});
