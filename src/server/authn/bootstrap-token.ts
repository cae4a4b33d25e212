import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { bootstrapToken, bootstrapTokenNamespace, bootstrapTokenPrefix } from '../../kinds/core/lib/bootstrap-token.ts';
import type { Resources, TokenAuthenticator } from '../types.ts';
import { audienceAgnostic } from './audiences.ts';

const form = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;

/** Tokens by which nodes join (--enable-bootstrap-token-auth): a secret in kube-system says which there are and for how long. */
export function createBootstrapTokenAuthenticator(
  resources: Pick<Resources, 'kinds' | 'get'>,
  apiAudiences: readonly string[],
  clock: Clock,
): TokenAuthenticator {
  return audienceAgnostic(apiAudiences, async (token) => {
    const [, id, secret] = form.exec(token) ?? [];
    const kind = resources.kinds.byKind('', 'Secret');
    if (id === undefined || secret === undefined || kind === undefined) return undefined;
    const stored = await resources.get(kind, { namespace: bootstrapTokenNamespace, name: bootstrapTokenPrefix + id });
    const known = stored === undefined ? undefined : bootstrapToken(stored, 'authentication', clock.now());
    if (known === undefined || known.secret.length !== secret.length) return undefined;
    if (!timingSafeEqual(Buffer.from(known.secret), Buffer.from(secret))) return undefined;
    return { user: `system:bootstrap:${id}`, groups: known.groups };
  });
}
