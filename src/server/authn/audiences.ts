import type { Identity } from '../../client/call.ts';
import type { TokenAuthenticator } from '../types.ts';

/** For tokens that name no audience: they are made for the API itself, and count only where the API is asked for. */
export function audienceAgnostic(
  apiAudiences: readonly string[],
  authenticate: (token: string) => Promise<Identity | undefined>,
): TokenAuthenticator {
  return async (token, asked) => {
    const audiences = asked.filter((audience) => apiAudiences.includes(audience));
    if (audiences.length === 0) return undefined;
    const identity = await authenticate(token);
    return identity === undefined ? undefined : { identity, audiences };
  };
}
