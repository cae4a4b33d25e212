import { createPrivateKey, type KeyObject } from 'node:crypto';
import { signJwt, verificationKey } from './jwt.ts';

export const legacyIssuer = 'kubernetes/serviceaccount';
/** Says since when a token that nobody used is refused. */
export const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since';
/** Says on which day a token was used last. */
export const lastUsedLabel = 'kubernetes.io/legacy-token-last-used';

export const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);

/** Issues what secrets of type kubernetes.io/service-account-token hold: a token without an end, as good as its secret. */
export function createLegacyTokens(keyPem: string) {
  let keys: readonly [KeyObject, ReturnType<typeof verificationKey>] | undefined;
  return (account: { readonly namespace: string; readonly name: string; readonly uid: string }, secretName: string): string => {
    if (keys === undefined) {
      const privateKey = createPrivateKey(keyPem);
      keys = [privateKey, verificationKey(privateKey)];
    }
    const { namespace, name, uid } = account;
    const claims = {
      iss: legacyIssuer,
      'kubernetes.io/serviceaccount/namespace': namespace,
      'kubernetes.io/serviceaccount/secret.name': secretName,
      'kubernetes.io/serviceaccount/service-account.name': name,
      'kubernetes.io/serviceaccount/service-account.uid': uid,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    return signJwt(claims, ...keys);
  };
}
