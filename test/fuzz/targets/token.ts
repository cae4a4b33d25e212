import { generateKeyPairSync } from 'node:crypto';
import { bearerTokenOf } from '../../../src/server/authn/bearer-token.ts';
import { parseJwt, signJwt, verificationKey, verifyJwt } from '../../../src/server/authn/jwt.ts';
import { createWebSocketAuthenticator } from '../../../src/server/authn/web-socket-token.ts';
import { Impersonation } from '../../../src/server/impersonation.ts';
import { requestInfo } from '../../../src/server/request-info.ts';
import { StatusError } from '../../../src/api/status.ts';
import { allowAsync, type Target, textOf } from '../lib/target.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = verificationKey(privateKey);
const claims = {
  iss: 'https://kubernetes.default.svc',
  sub: 'system:serviceaccount:a:b',
  aud: ['x'],
  exp: 2_000_000_000,
  'kubernetes.io': { namespace: 'a' },
};
const impersonation = new Impersonation(async () => ({ decision: 'allow' }) as never);
const info = requestInfo('GET', '/api/v1/namespaces/a/pods', {});
const socket = createWebSocketAuthenticator(async (token) => ({ identity: { user: token, groups: [] }, audiences: [] }), []);
const prefix = 'base64url.bearer.authorization.k8s.io.';

/** What says who somebody is: headers with tokens, and the tokens. */
export const target: Target = {
  samples: () => [
    signJwt(claims, privateKey, key),
    `Bearer ${signJwt(claims, privateKey, key)}`,
    `${prefix}${Buffer.from('token').toString('base64url')}, v5.channel.k8s.io`,
    'system:serviceaccount:a:b',
  ],
  words: [
    'Bearer ',
    'bearer',
    '.',
    '..',
    'eyJ',
    Buffer.from('{"alg":"none"}').toString('base64url'),
    Buffer.from('null').toString('base64url'),
    '=',
    '-_',
    prefix,
    ',',
  ],
  async check(input) {
    const text = textOf(input);
    const header = encodeURIComponent(text).toLowerCase();
    for (const token of [text, bearerTokenOf(text)]) {
      const jwt = token === undefined ? undefined : parseJwt(token);
      if (jwt !== undefined) verifyJwt(jwt, key);
    }
    const upgrade = { upgrade: 'websocket', 'sec-websocket-protocol': text };
    await allowAsync(
      async () => await socket({ headers: upgrade, rawHeaders: ['sec-websocket-protocol', text] } as never, {} as never),
      Error,
    );
    const headers = { 'impersonate-user': text, 'impersonate-group': text, [`impersonate-extra-${header}`]: text };
    const caller = { user: 'a', groups: [] };
    const rawHeaders = Object.entries(headers).flat();
    await allowAsync(async () => await impersonation.of({ headers, rawHeaders } as never, info, caller), StatusError, URIError);
  },
};
