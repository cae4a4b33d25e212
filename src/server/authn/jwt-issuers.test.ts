import assert from 'node:assert/strict';
import { Metrics } from '../../base/metrics.ts';

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { startHttpsServer } from '../../../test/helpers/https-server.ts';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import { formatYaml } from '../../base/yaml.ts';
import { compileAuthentication, parseAuthenticationConfiguration } from './authentication-configuration.ts';
import { createJwtAuthenticator } from './jwt-issuers.ts';
import { authenticationOptions } from './options.ts';

const root = mkdtempSync(join(tmpdir(), 'issuers-'));
const stop = new AbortController();
const clock = new VirtualClock();
const keys = { one: await generateKeyPair('ES256', { extractable: true }), two: await generateKeyPair('RS256', { extractable: true }) };
let published: (keyof typeof keys)[] = ['one'];
const server = await startHttpsServer(async ({ url = '' }) => {
  if (url === '/keys') {
    const set = await Promise.all(published.map(async (kid) => ({ ...(await exportJWK(keys[kid].publicKey)), kid, use: 'sig' })));
    return { body: { keys: set } };
  }
  if (url === '/groups') return { body: await sign({ groups: ['far', 'away'] }) };
  if (url.startsWith('/.well-known/') || url === '/elsewhere') return { body: { issuer: server.url, jwks_uri: `${server.url}/keys` } };
  return { code: 404, body: 'no such page' };
});
after(async () => {
  stop.abort();
  await server[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

const nowSeconds = () => Math.floor(clock.now() / 1000);
const sign = (claims: object, { kid = 'one' }: { readonly kid?: keyof typeof keys } = {}) =>
  new SignJWT({ iss: server.url, aud: 'kube', sub: 'ann', exp: nowSeconds() + 600, ...claims })
    .setProtectedHeader({ alg: kid === 'one' ? 'ES256' : 'RS256', kid })
    .sign(keys[kid].privateKey);
const issuer = (more: object = {}) => ({
  issuer: { url: server.url, certificateAuthority: server.ca, audiences: ['kube'], ...more },
  claimMappings: { username: { claim: 'sub', prefix: '' } },
});
const written = (jwt: readonly object[], more: object = {}) =>
  formatYaml({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', jwt, ...more });

async function authenticator(jwt: readonly object[], file?: { readonly path: string; readonly text: string }) {
  const authenticate = createJwtAuthenticator({
    configuration: parseAuthenticationConfiguration(written(jwt)),
    file,
    algorithms: ['ES256', 'RS256'],
    apiAudiences: ['api'],
    disallowed: ['https://kubernetes.default.svc'],
    clock,
    random: seededRandom(1),
    log: silentLogger,
    signal: stop.signal,
    metrics: new Metrics(),
    apiServerId: 'a',
  });
  const ask = async (claims: object, options?: Parameters<typeof sign>[1]) =>
    (await authenticate(await sign(claims, options), ['api']))?.identity;
  // Discovery goes over a real connection.
  for (;;) {
    try {
      await authenticate(await sign({}), ['api']);
      return { authenticate, ask };
    } catch (error) {
      if (!(error as Error).message.includes('not initialized')) return { authenticate, ask };
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

test('tokens of an issuer: claims by name, several audiences, keys that change', async () => {
  const { ask, authenticate } = await authenticator([
    {
      ...issuer({ audiences: ['kube', 'other'], audienceMatchPolicy: 'MatchAny' }),
      claimMappings: {
        username: { claim: 'email', prefix: 'x:' },
        groups: { claim: 'groups', prefix: 'g:' },
        uid: { claim: 'sub' },
      },
      claimValidationRules: [{ claim: 'hd', requiredValue: 'example.com' }],
    },
  ]);
  const claims = { email: 'ann@example.com', hd: 'example.com', groups: ['a', 'b'], jti: 'j' };
  assert.deepEqual(await ask({ ...claims, aud: ['z', 'other'] }), {
    user: 'x:ann@example.com',
    uid: 'ann',
    groups: ['g:a', 'g:b'],
    extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j'] },
  });
  assert.deepEqual((await ask({ ...claims, groups: 'only' }))?.groups, ['g:only']);
  const wrong: readonly [object, RegExp][] = [
    [{ hd: 'evil.com' }, /required claim hd value does not match. Got = evil.com, want = example.com/],
    [{ hd: undefined }, /required claim hd not present in ID token/],
    [{ email_verified: false }, /oidc: email not verified/],
    [{ email: undefined }, /oidc: parse username claims "email": claim not present/],
    [{ aud: 'z' }, /oidc: verify token: oidc: expected audience in \["kube" "other"\] got \["z"\]/],
    [{ exp: nowSeconds() - 1 }, /oidc: verify token: oidc: token is expired/],
    [{ nbf: nowSeconds() + 120 }, /before the nbf/],
    [{ groups: 5 }, /oidc: parse groups claim "groups": json: cannot unmarshal number into Go value of type string/],
  ];
  for (const [change, message] of wrong) await assert.rejects(ask({ ...claims, ...change }), message);
  assert.equal(await ask({ ...claims, iss: 'https://elsewhere' }), undefined);
  await assert.rejects(ask(claims, { kid: 'two' }), /failed to verify signature: failed to verify id token signature/);
  published = ['two'];
  assert.equal((await ask(claims, { kid: 'two' }))?.uid, 'ann');
  published = ['one', 'two'];
  const token = await sign(claims);
  const before = server.count;
  await Promise.all(Array.from({ length: 10 }, () => authenticate(token, ['api'])));
  for (let index = 0; index < 10; index++) await authenticate(token, ['api']);
  assert.ok(server.count <= before + 1, 'a token that is known is not asked for again');
  assert.equal(await authenticate(token, ['vault']), undefined);
});

test('claims by expressions: numbers are doubles, names are escaped, rules of claims and user', async () => {
  const { ask } = await authenticator([
    {
      ...issuer({ discoveryURL: `${server.url}/elsewhere` }),
      claimMappings: {
        username: { expression: 'claims.email_verified ? claims.email : "nobody"' },
        groups: { expression: 'dyn(claims.roles).map(r, r.name) + [""]' },
        uid: { expression: 'string(claims.level + 1.0)' },
        extra: [
          { key: 'example.com/tenant', valueExpression: 'claims.foo__dot__bar.a__dash__b' },
          { key: 'example.com/none', valueExpression: '""' },
        ],
      },
      claimValidationRules: [{ expression: 'claims.exp - claims.iat <= 86400.0', message: 'lives too long' }],
      userValidationRules: [{ expression: "!user.username.startsWith('system:')", message: 'is reserved' }],
    },
  ]);
  const claims = {
    email: 'ann',
    email_verified: true,
    roles: [{ name: 'a' }],
    level: 7,
    'foo.bar': { 'a-b': ['t'] },
    iat: nowSeconds(),
  };
  assert.deepEqual(await ask(claims), { user: 'ann', uid: '8', groups: ['a'], extra: { 'example.com/tenant': ['t'] } });
  await assert.rejects(
    ask({ ...claims, email: 'system:admin' }),
    /oidc: error evaluating user info validation rule: validation expression '!user.username.startsWith\('system:'\)' failed: is reserved/,
  );
  await assert.rejects(
    ask({ ...claims, iat: 0 }),
    /error evaluating claim validation expression: validation expression .* failed: lives too long/,
  );
  await assert.rejects(ask({ ...claims, roles: 'x' }), /oidc: error evaluating group claim expression: expression 'dyn/);
});

test('groups that stand elsewhere are fetched', async () => {
  const { ask } = await authenticator([
    { ...issuer(), claimMappings: { username: { claim: 'sub', prefix: '' }, groups: { claim: 'groups', prefix: '' } } },
  ]);
  const claims = { _claim_names: { groups: 'src' }, _claim_sources: { src: { endpoint: `${server.url}/groups`, access_token: 'x' } } };
  // The issuer of the claim is looked for when it is first met.
  await assert.rejects(ask(claims), /verifier not initialized for issuer/);
  let found: readonly string[] | undefined;
  while (found === undefined) {
    found = (await ask({ ...claims, n: Math.random() }).catch(() => undefined))?.groups;
  }
  assert.deepEqual(found, ['far', 'away']);
});

test('a new file takes over once its issuers can be reached; a bad one changes nothing', async () => {
  const path = join(root, 'authentication.yaml');
  const text = written([issuer()]);
  writeFileSync(path, text);
  const { ask } = await authenticator([issuer()], { path, text });
  assert.equal((await ask({}))?.user, 'ann');
  const until = async (test: () => Promise<boolean>) => {
    while (!(await test())) {
      await clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  writeFileSync(path, 'kind: Nonsense');
  await clock.advance(6_000);
  assert.equal((await ask({ n: 1 }))?.user, 'ann');
  writeFileSync(path, written([{ ...issuer(), claimMappings: { username: { claim: 'sub', prefix: 'new:' } } }]));
  let tries = 0;
  await until(async () => (await ask({ n: 2, tries: tries++ }))?.user === 'new:ann');
});

test('what a configuration gets wrong is said by field, in the words of upstream', () => {
  const errors = (jwt: readonly object[], more: object = {}) =>
    compileAuthentication(parseAuthenticationConfiguration(written(jwt, more)), ['https://kubernetes.default.svc']).errors.map(
      ({ path, text }) => `${path}: ${text}`,
    );
  const one = (config: object) => errors([{ ...issuer(), ...config }]);
  const url = 'https://a.example';
  const plain = { url, audiences: ['x'] };
  const table: readonly [readonly string[], string][] = [
    [one({ issuer: { ...plain, url: '' } }), 'jwt[0].issuer.url: Required value'],
    [one({ issuer: { ...plain, url: 'http://a' } }), 'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https'],
    [
      one({ issuer: { ...plain, url: 'https://kubernetes.default.svc' } }),
      'jwt[0].issuer.url: Invalid value: "https://kubernetes.default.svc": URL must not overlap with disallowed issuers: [https://kubernetes.default.svc]',
    ],
    [
      one({ issuer: { ...plain, discoveryURL: `${url}/` } }),
      `jwt[0].issuer.discoveryURL: Invalid value: "${url}/": discoveryURL must be different from URL`,
    ],
    [one({ issuer: { url, audiences: [] } }), 'jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required'],
    [
      one({ issuer: { url, audiences: ['x', 'y'] } }),
      'jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
    ],
    [one({ claimMappings: {} }), 'jwt[0].claimMappings.username: Required value: claim or expression is required'],
    [
      one({ claimMappings: { username: { claim: 'sub' } } }),
      'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    ],
    [
      one({ claimMappings: { username: { expression: 'claims.email' } } }),
      'jwt[0].claimMappings.username.expression: Invalid value: "claims.email": claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
    ],
    [
      one({ claimMappings: { username: { claim: 's', prefix: '' }, extra: [{ key: 'x.k8s.io/y', valueExpression: '"a"' }] } }),
      'jwt[0].claimMappings.extra[0].key: Invalid value: "x.k8s.io/y": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
    ],
    [
      one({ claimValidationRules: [{ expression: '1' }] }),
      'jwt[0].claimValidationRules[0].expression: Invalid value: "1": must evaluate to bool',
    ],
    [one({ userValidationRules: [{ expression: '' }] }), 'jwt[0].userValidationRules[0].expression: Required value'],
    [errors([issuer(), issuer()]), `jwt[1].issuer.url: Duplicate value: "${server.url}"`],
    [
      errors([], { anonymous: { enabled: false, conditions: [{ path: '/x' }] } }),
      'anonymous.conditions: Invalid value: [{"path":"/x"}]: enabled should be set to true when conditions are defined',
    ],
  ];
  for (const [found, wanted] of table) assert.deepEqual(found, [wanted]);
  assert.throws(
    () => parseAuthenticationConfiguration(written([{ ...issuer(), extra: 1 }])),
    /strict decoding error: unknown field "jwt\[0\].extra"/,
  );
});

test('flags make a configuration of one issuer; those that do not go together are refused', () => {
  const flags = { 'oidc-issuer-url': 'https://a', 'oidc-client-id': 'kube', 'oidc-required-claim': { hd: 'x' } };
  const { configuration, algorithms } = authenticationOptions(flags, '', '');
  assert.deepEqual(algorithms, ['RS256']);
  assert.deepEqual(configuration.jwt, [
    {
      issuer: { url: 'https://a', audiences: ['kube'] },
      claimMappings: { username: { claim: 'sub', prefix: 'https://a#' }, groups: {}, uid: {} },
      claimValidationRules: [{ claim: 'hd', requiredValue: 'x' }],
    },
  ]);
  const file = join(root, 'anonymous.yaml');
  writeFileSync(file, written([], { anonymous: { enabled: true, conditions: [{ path: '/livez' }] } }));
  assert.deepEqual(authenticationOptions({ 'authentication-config': file }, '', '').anonymous.conditions, [{ path: '/livez' }]);
  for (const [given, message] of [
    [{ 'oidc-client-id': 'x' }, /must be specified together/],
    [{ ...flags, 'authentication-config': file }, /mutually exclusive/],
    [{ 'authentication-config': file, 'anonymous-auth': true }, /--anonymous-auth flag cannot be set/],
    [{ 'authentication-config': join(root, 'none') }, /failed to load authentication configuration from file|no such file/],
  ] as const)
    assert.throws(() => authenticationOptions(given, '', ''), message);
});
