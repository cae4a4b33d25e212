import assert from 'node:assert/strict';
import { Metrics } from '../../base/metrics.ts';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type HttpsAnswer, startHttpsServer } from '../../../test/helpers/https-server.ts';
import { MemoryResources } from '../../../test/helpers/memory-resources.ts';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import { formatYaml } from '../../base/yaml.ts';
import { type ApiServerFlags, parseFlags } from '../flags.ts';
import { createAuthentication } from './authentication.ts';
import { parseJwt } from './jwt.ts';

const root = mkdtempSync(join(tmpdir(), 'authentication-'));
const stop = new AbortController();
const clock = new VirtualClock();
after(() => {
  stop.abort();
  rmSync(root, { recursive: true, force: true });
});
const file = (name: string, text: string) => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: ReturnType<typeof newKey>) => key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const [own, older] = [newKey(), newKey()];

function authentication(flags: ApiServerFlags, resources = new MemoryResources()) {
  const common = { clock, random: seededRandom(1), log: silentLogger, signal: stop.signal, metrics: new Metrics(), apiServerId: 'a' };
  return createAuthentication({ flags, clientCa: '', frontProxyCa: '', serviceAccountKeyPem: pem(own), resources, ...common });
}
const kubeconfig = (url: string, ca: string, user: object = {}) =>
  formatYaml({
    clusters: [{ name: 'it', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'us', user }],
    contexts: [{ name: 'c', context: { cluster: 'it', user: 'us' } }],
    'current-context': 'c',
  });

test('a webhook is asked whose a token is, once per time to live, and again after a moment when it is overloaded', async () => {
  const asked: { readonly token: string; readonly apiVersion: string; readonly authorization: string | undefined }[] = [];
  const overloaded: HttpsAnswer[] = [{ code: 429, headers: { 'retry-after': '1' }, body: 'slowly' }];
  await using server = await startHttpsServer((request, body) => {
    const { apiVersion, spec } = JSON.parse(body) as { apiVersion: string; spec: { token: string; audiences: string[] } };
    asked.push({ token: spec.token, apiVersion, authorization: request.headers.authorization });
    const busy = overloaded.shift();
    if (busy !== undefined) return busy;
    if (spec.token === 'broken') return { code: 400, body: 'what?' };
    if (spec.token === 'wrong') return { body: { apiVersion, kind: 'TokenReview', status: { authenticated: false, error: 'it is old' } } };
    const user = { username: 'ann', uid: '1', groups: ['a'], extra: { x: ['y'] } };
    const audiences = spec.token === 'far' ? ['elsewhere'] : spec.token === 'near' ? spec.audiences : undefined;
    return { body: { apiVersion, kind: 'TokenReview', status: { authenticated: spec.token !== 'unknown', user, audiences } } };
  });
  const { tokens } = authentication({
    'authentication-token-webhook-config-file': file('webhook.yaml', kubeconfig(server.url, server.ca, { token: 'hello' })),
    'authentication-token-webhook-version': 'v1',
    'api-audiences': ['api'],
  });
  const first = tokens.authenticate('near', ['api', 'vault']);
  while (asked.length < 1) await new Promise((resolve) => setImmediate(resolve));
  while ((await Promise.race([first.then(() => true), clock.advance(500).then(() => false)])) === false)
    await new Promise((resolve) => setImmediate(resolve));
  const identity = { user: 'ann', uid: '1', groups: ['a'], extra: { x: ['y'] } };
  assert.deepEqual(await first, { identity, audiences: ['api', 'vault'] });
  assert.deepEqual(asked.at(-1), { token: 'near', apiVersion: 'authentication.k8s.io/v1', authorization: 'Bearer hello' });
  assert.equal(await tokens.authenticate('far', ['api']), undefined);
  assert.equal(await tokens.authenticate('unknown', ['api']), undefined);
  const before = asked.length;
  await Promise.all([tokens.authenticate('near', ['api', 'vault']), tokens.authenticate('unknown', ['api'])]);
  assert.equal(asked.length, before, 'what is known is not asked for again');
  await clock.advance(120_000);
  await tokens.authenticate('near', ['api', 'vault']);
  assert.equal(asked.length, before + 1);
  for (const [token, reason] of [
    ['wrong', '[invalid bearer token, it is old]'],
    ['broken', '[invalid bearer token, the server rejected our request for an unknown reason]'],
  ] as const) {
    const count = asked.length;
    for (let index = 0; index < 2; index++) await assert.rejects(tokens.authenticate(token, ['api']), { message: reason });
    assert.equal(asked.length, count + 2, 'reasons to refuse are not remembered');
  }
});

test('service account tokens: issuers and keys of before count, and the longest life is kept', async () => {
  const resources = new MemoryResources();
  const account = resources.add('', 'ServiceAccount', { metadata: { name: 'default', namespace: 'shop' } });
  const claims = {
    exp: clock.now() / 1000 + 600,
    'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'default', uid: account.metadata.uid } },
  };
  const before = authentication(
    { 'service-account-signing-key-file': file('older.key', pem(older)), 'service-account-issuer': ['old'] },
    resources,
  );
  const token = before.tokens.issue({ ...claims, aud: ['api'] });
  assert.deepEqual(Object.keys(parseJwt(token)!.claims), ['aud', 'exp', 'iss', 'kubernetes.io']);
  const flags = parseFlags(
    [
      'service-account-issuer=https://new',
      'service-account-issuer=old',
      `service-account-key-file=${file('older.pub', older.publicKey.export({ type: 'spki', format: 'pem' }) as string)}`,
      'service-account-max-token-expiration=2h',
      'service-account-extend-token-expiration=false',
      'api-audiences=api',
    ],
    '/',
  );
  const { tokens, serviceAccounts } = authentication(flags, resources);
  assert.equal((await tokens.authenticate(token, ['api']))?.identity.user, 'system:serviceaccount:shop:default');
  assert.equal(serviceAccounts.issuer, 'https://new');
  assert.equal(serviceAccounts.keys.length, 2);
  assert.deepEqual([tokens.maxExpirationSeconds, tokens.extendsExpiration], [7200, false]);
  await assert.rejects(
    authentication({ 'api-audiences': ['api'], 'service-account-issuer': ['old'] }, resources).tokens.authenticate(token, ['api']),
    {
      message: '[invalid bearer token, invalid signature, no keys found]',
    },
  );
});

test('tokens of secrets count for themselves when they are not looked up', async () => {
  const { tokens } = authentication({ 'service-account-lookup': false, 'api-audiences': ['api'] });
  const claim = (name: string) => `kubernetes.io/serviceaccount/${name}`;
  const legacy = {
    iss: 'kubernetes/serviceaccount',
    sub: 'system:serviceaccount:shop:default',
    [claim('namespace')]: 'shop',
    [claim('secret.name')]: 's',
    [claim('service-account.name')]: 'default',
    [claim('service-account.uid')]: 'u',
  };
  assert.equal((await tokens.authenticate(tokens.issue(legacy), ['api']))?.identity.uid, 'u');
  await assert.rejects(
    tokens.authenticate(tokens.issue({ ...legacy, [claim('secret.name')]: '' }), ['api']),
    /secretName claim is missing/,
  );
});

test('anonymity: off, or for some paths only', async () => {
  const who = async (flags: ApiServerFlags, path: string) =>
    (await (async () => authentication(flags).authenticator({ headers: {} }, path))().catch(() => undefined))?.user;
  assert.equal(await who({}, '/api'), 'system:anonymous');
  assert.equal(await who({ 'anonymous-auth': false }, '/livez'), undefined);
  const config = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: [],
    anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
  };
  const flags = { 'authentication-config': file('anonymous.yaml', formatYaml(config)) };
  assert.equal(await who(flags, '/livez'), 'system:anonymous');
  assert.equal(await who(flags, '/api'), undefined);
});

test('flags that are wrong stop the start, and say why', () => {
  const wrong: readonly [ApiServerFlags, RegExp][] = [
    [{ 'token-auth-file': join(root, 'none') }, /open .*none: no such file or directory/],
    [{ 'token-auth-file': file('bad.csv', 'a,b') }, /must have at least 3 columns/],
    [{ 'service-account-max-token-expiration': 60_000 }, /must be between 1 hour and 2\^32 seconds/],
    [{ 'service-account-issuer': ['a', 'a'] }, /service-account-issuer "a" is already specified/],
    [{ 'service-account-key-file': [file('empty.pub', '')] }, /does not contain any valid RSA or ECDSA public keys/],
    [
      {
        'authentication-token-webhook-config-file': file('w.yaml', kubeconfig('https://a', '')),
        'authentication-token-webhook-version': 'v2',
      },
      /unsupported authentication webhook version "v2"/,
    ],
    [
      { 'authentication-token-webhook-config-file': file('exec.yaml', kubeconfig('https://a', '', { exec: {} })) },
      /command must be specified for us to use exec authentication plugin/,
    ],
  ];
  for (const [flags, message] of wrong) assert.throws(() => authentication(flags), message);
});
