import { noteOf } from './bearer-token.ts';
import type { AuthenticationRequest, Authenticator, TokenAuthenticator } from '../types.ts';
import { headerValues } from './headers.ts';

const prefix = 'base64url.bearer.authorization.k8s.io.';
const utf8 = new TextDecoder('utf8', { fatal: true });

function decoded(text: string): string {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new Error('invalid base64.bearer.authorization token encoding');
  try {
    return utf8.decode(Buffer.from(text, 'base64url'));
  } catch {
    throw new Error('invalid base64.bearer.authorization token');
  }
}

/** Browsers can't set headers of WebSockets: their token comes as a subprotocol, beside one that is spoken. */
export function createWebSocketAuthenticator(authenticate: TokenAuthenticator, apiAudiences: readonly string[]): Authenticator {
  const ask = async (token: string, request: AuthenticationRequest) => {
    const found = await authenticate(token, apiAudiences, noteOf(request));
    if (found === undefined) throw new Error('invalid bearer token');
    return found.identity;
  };
  return (request) => {
    const { headers } = request;
    if (headers['sec-websocket-protocol'] === undefined || String(headers.upgrade ?? '').toLowerCase() !== 'websocket') return undefined;
    const protocols = headerValues(request, 'sec-websocket-protocol')
      .flatMap((value) => value.split(','))
      .map((name) => name.trim());
    const tokens = protocols.filter((name) => name.startsWith(prefix));
    if (tokens.length === 0) return undefined;
    if (tokens.length > 1) throw new Error('multiple base64.bearer.authorization tokens specified');
    const token = decoded(tokens[0]!.slice(prefix.length));
    if (token === '') return undefined;
    if (protocols.length === 1) throw new Error('missing additional subprotocol');
    return ask(token, request);
  };
}
