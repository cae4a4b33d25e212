import { isAlreadyExists, isNotFound, StatusError } from '../api/status.ts';
import { defineController } from '../client/controller.ts';
import { Namespace } from '../kinds/core/namespace.ts';
import { ServiceAccount } from '../kinds/core/service-account.ts';

const accountName = 'default';

/** Makes sure that every namespace has the service account that pods use when they name none. */
export const serviceAccount = defineController<Namespace>({
  name: 'service-account-controller',
  for: Namespace,
  watches: [
    {
      kind: ServiceAccount,
      map: ({ metadata }: ServiceAccount) => (metadata.name === accountName && metadata.namespace ? [{ name: metadata.namespace }] : []),
    },
  ],
  can: [{ groups: [''], resources: ['serviceaccounts'], verbs: ['create'] }],
  async reconcile({ name: namespace }, context) {
    const current = context.cache(Namespace).get({ name: namespace });
    if (current === undefined || current.status.phase === 'Terminating' || current.metadata.deletionTimestamp !== undefined) return;
    if (context.cache(ServiceAccount).get({ namespace, name: accountName }) !== undefined) return;
    try {
      await context.client.create(ServiceAccount, { metadata: { name: accountName, namespace } });
    } catch (error) {
      const ending = error instanceof StatusError && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating');
      if (!isAlreadyExists(error) && !isNotFound(error) && !ending) throw error;
    }
  },
});
