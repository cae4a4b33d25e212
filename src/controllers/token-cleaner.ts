import { isConflict, isNotFound } from '../api/status.ts';
import { defineController } from '../client/controller.ts';
import { Secret } from '../kinds/core/secret.ts';
import { bootstrapTokenEnd, bootstrapTokenNamespace, bootstrapTokenType } from '../kinds/core/lib/bootstrap-token.ts';

/** Removes bootstrap tokens whose time is over: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/ */
export const tokenCleaner = defineController<Secret>({
  name: 'token-cleaner',
  for: Secret,
  can: [],
  async reconcile(key, { cache, client, clock }) {
    const secret = cache(Secret).get(key);
    if (secret?.type !== bootstrapTokenType || key.namespace !== bootstrapTokenNamespace) return;
    const leftMs = bootstrapTokenEnd(secret) - clock.now();
    if (leftMs > 0) return leftMs === Number.POSITIVE_INFINITY ? undefined : { afterMs: leftMs };
    await client.delete(Secret, key, { preconditions: { uid: secret.metadata.uid } }).catch((error: unknown) => {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    });
  },
});
