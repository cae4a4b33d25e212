import type { AuthenticationRequest, Authenticator, NoteCredential, TokenAuthenticator } from '../types.ts';
import { joinErrors } from '../lib/configuration.ts';

const unknown = 'invalid bearer token';

/** Asks one after the other; the first that knows the token decides. Throws Error with every reason when none does and some refused it. */
export function unionTokens(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return async (token, audiences, note) => {
    let reasons: string[] | undefined;
    for (const authenticate of authenticators) {
      try {
        const found = await authenticate(token, audiences, note);
        if (found !== undefined) return found;
      } catch (error) {
        reasons ??= [unknown];
        reasons.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (reasons !== undefined) throw new Error(joinErrors(reasons));
    return undefined;
  };
}

/** Adds to what is told of a request's credentials. */
export const noteOf =
  (request: AuthenticationRequest): NoteCredential =>
  (note) => {
    request.notes = [...(request.notes ?? []), note];
  };

/** The token of an `Authorization: Bearer` header; undefined when it holds none. */
export function bearerTokenOf(header: string): string | undefined {
  const [scheme, token] = header.trim().split(' ', 2);
  return scheme?.toLowerCase() === 'bearer' && token !== '' ? token : undefined;
}

/** `Authorization: Bearer ...`. A token that nobody knows is an error, not anonymity. */
export function createBearerAuthenticator(authenticate: TokenAuthenticator, apiAudiences: readonly string[]): Authenticator {
  const ask = async (token: string, request: AuthenticationRequest) => {
    const found = await authenticate(token, apiAudiences, noteOf(request));
    if (found === undefined) throw new Error(unknown);
    return found.identity;
  };
  return (request) => {
    const { authorization } = request.headers;
    if (authorization === undefined) return undefined;
    // Node keeps one, however many there are.
    const token = bearerTokenOf(typeof authorization === 'string' ? authorization : (authorization[0] ?? ''));
    return token === undefined ? undefined : ask(token, request);
  };
}
