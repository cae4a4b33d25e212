import type { Authenticator, Tokens } from '../types.ts';

/** `Authorization: Bearer ...`. A token that nobody knows is an error, not anonymity. */
export function createBearerAuthenticator(tokens: Tokens): Authenticator {
  return async ({ headers }) => {
    const header = headers.authorization;
    const [scheme, token] = (typeof header === 'string' ? header : (header?.[0] ?? '')).trim().split(' ');
    if (scheme?.toLowerCase() !== 'bearer' || token === undefined || token === '') return undefined;
    const authenticated = await tokens.authenticate(token);
    if (authenticated === undefined) throw new Error('invalid bearer token');
    return authenticated.identity;
  };
}
