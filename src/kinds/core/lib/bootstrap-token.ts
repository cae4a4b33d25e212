import { parseTime } from '../../../api/gotime.ts';
import type { ApiObject } from '../../../api/meta.ts';

/** Secrets of type bootstrap.kubernetes.io/token in kube-system: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/ */
export const bootstrapTokenType = 'bootstrap.kubernetes.io/token';
export const bootstrapTokenNamespace = 'kube-system';
export const bootstrapTokenPrefix = 'bootstrap-token-';
/** Everybody with such a token is in it. */
const defaultGroup = 'system:bootstrappers';
const groupName = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

interface SecretLike extends ApiObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}
const textOf = (secret: SecretLike, key: string): string => {
  const base64 = secret.data?.[key];
  return base64 === undefined ? '' : new TextDecoder().decode(Uint8Array.fromBase64(base64));
};

/** When the token ends, in milliseconds since the epoch; Infinity when it says nothing, 0 when what it says can't be read. */
export function bootstrapTokenEnd(secret: ApiObject): number {
  const text = textOf(secret, 'expiration');
  return text === '' ? Number.POSITIVE_INFINITY : (parseTime(text) ?? 0);
}

export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
  readonly groups: readonly string[];
}
/** The token that a secret holds for a use, or undefined when it is none that counts now. */
export function bootstrapToken(object: ApiObject, use: 'authentication' | 'signing', nowMs: number): BootstrapToken | undefined {
  const held: SecretLike = object;
  const { name, deletionTimestamp } = held.metadata;
  const [id, secret] = [textOf(held, 'token-id'), textOf(held, 'token-secret')];
  if (deletionTimestamp || held.type !== bootstrapTokenType || secret === '' || name !== bootstrapTokenPrefix + id) return undefined;
  if (nowMs >= bootstrapTokenEnd(held) || textOf(held, `usage-bootstrap-${use}`) !== 'true') return undefined;
  const more = textOf(held, 'auth-extra-groups');
  const groups = more === '' ? [] : more.split(',');
  if (!groups.every((group) => groupName.test(group))) return undefined;
  return { id, secret, groups: [...new Set([defaultGroup, ...groups])].sort() };
}
