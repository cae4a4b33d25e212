import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MemoryResources } from '../../../test/helpers/memory-resources.ts';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { ensureCertificates } from '../certs/certificates.ts';
import { unionTokens } from './bearer-token.ts';
import { CertificateVerifier } from './certificate-verifier.ts';
import { openIdDocuments } from './openid.ts';
import { createAuthenticator } from './order.ts';
import { createTokenFileAuthenticator, parseTokenFile } from './token-file.ts';
import { createTokens, defaultIssuer } from './tokens.ts';

const root = mkdtempSync(join(tmpdir(), 'authn-'));
after(() => rmSync(root, { recursive: true, force: true }));
const clock = new VirtualClock();
const nowSeconds = () => Math.floor(clock.now() / 1000);
const certificates = await ensureCertificates(join(root, 'ours'), { clock });
const others = await ensureCertificates(join(root, 'others'), { clock });
const der = (pem: string) => new X509Certificate(pem).raw;

const resources = new MemoryResources();
const account = resources.add('', 'ServiceAccount', { metadata: { name: 'default', namespace: 'shop' } });
const pod = resources.add('', 'Pod', { metadata: { name: 'web', namespace: 'shop' } });
const tokens = createTokens({ keyPem: certificates.serviceAccountKeyPem, resources, clock });
const tokenFile = parseTokenFile('sesame,ali,u1,"thieves,cave"\n', 'tokens.csv', silentLogger);
const authenticate = createAuthenticator({
  frontProxy: {
    verifier: new CertificateVerifier([certificates.frontProxyCa.certificatePem], clock),
    userHeaders: ['X-Remote-User'],
    uidHeaders: ['X-Remote-Uid'],
    groupHeaders: ['X-Remote-Group'],
    extraHeaderPrefixes: ['X-Remote-Extra-'],
    allowedNames: ['front-proxy-client'],
  },
  clients: new CertificateVerifier([certificates.clusterCa.certificatePem], clock),
  tokens: unionTokens([createTokenFileAuthenticator(tokenFile, [defaultIssuer]), tokens.authenticate]),
  apiAudiences: [defaultIssuer],
  log: silentLogger,
  anonymous: { enabled: true },
});
const claims = (more: object = {}, bound: object = {}) => ({
  sub: 'system:serviceaccount:shop:default',
  aud: [defaultIssuer],
  iat: nowSeconds(),
  nbf: nowSeconds(),
  exp: nowSeconds() + 3600,
  jti: 'one',
  'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'default', uid: account.metadata.uid }, ...bound },
  ...more,
});
const bearer = (token: string) => authenticate({ headers: { authorization: `Bearer ${token}` } });
const refused = { code: 401, message: 'Unauthorized' };

test('who shows nothing is anonymous', async () => {
  assert.deepEqual(await authenticate({ headers: {} }), { user: 'system:anonymous', groups: ['system:unauthenticated'] });
  assert.equal((await authenticate({ headers: { authorization: 'Basic eDp5' } }))?.user, 'system:anonymous');
});

test('client certificates: CN is the user, O the groups; strangers and server certificates are refused', async () => {
  const identity = await authenticate({ headers: {}, peerCertificates: [der(certificates.admin.certificatePem)] });
  assert.equal(identity?.user, 'kubernetes-admin');
  assert.deepEqual(identity?.groups, ['system:masters', 'system:authenticated']);
  assert.match(identity?.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '', /^X509SHA256=[0-9a-f]{64}$/);
  for (const pem of [others.admin.certificatePem, certificates.serving.certificatePem, certificates.frontProxyClient.certificatePem])
    await assert.rejects(authenticate({ headers: {}, peerCertificates: [der(pem)] }), refused);
  const odd = await certificates.signClientCertificate('a\nO=system:masters', ['x,O=system:masters', 'ünï']);
  const seen = await authenticate({ headers: {}, peerCertificates: [der(odd.certificatePem)] });
  assert.deepEqual([seen?.user, seen?.groups], ['a\nO=system:masters', ['x,O=system:masters', 'ünï', 'system:authenticated']]);
});

test('a front proxy speaks for others, by headers as they were sent', async () => {
  const peerCertificates = [der(certificates.frontProxyClient.certificatePem)];
  const rawHeaders = [
    ...['X-Remote-User', 'eve', 'X-Remote-Uid', '77', 'X-Remote-Group', 'a,b', 'X-Remote-Group', 'c'],
    ...['X-Remote-Extra-Foo%2Fbar', 'x, y', 'X-Remote-Extra-Foo%2Fbar', 'z'],
  ];
  const headers: Record<string, string> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    headers[name] = headers[name] === undefined ? rawHeaders[at + 1]! : `${headers[name]}, ${rawHeaders[at + 1]}`;
  }
  const seen = await authenticate({ headers, rawHeaders, peerCertificates });
  assert.deepEqual(
    { ...seen, extra: { ...seen.extra } },
    {
      user: 'eve',
      uid: '77',
      groups: ['a,b', 'c', 'system:authenticated'],
      extra: { 'foo/bar': ['x, y', 'z'] },
    },
  );
  // Others' headers say nothing, and the proxy's certificate alone names nobody.
  const own = await authenticate({ headers, rawHeaders, peerCertificates: [der(certificates.admin.certificatePem)] });
  assert.equal(own.user, 'kubernetes-admin');
  await assert.rejects(authenticate({ headers: {}, peerCertificates }), refused);
});

test('a token may come as the subprotocol of a WebSocket, beside one that is spoken', async () => {
  const protocol = (token: string) => `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;
  const ask = (...names: string[]) => authenticate({ headers: { upgrade: 'websocket', 'sec-websocket-protocol': names.join(', ') } });
  assert.equal((await ask('v5.channel.k8s.io', protocol('sesame'))).user, 'ali');
  assert.equal((await ask('v5.channel.k8s.io')).user, 'system:anonymous');
  for (const names of [[protocol('sesame')], ['v5.channel.k8s.io', protocol('bogus')], ['a', protocol('sesame'), protocol('x')]])
    await assert.rejects(ask(...names), refused);
});

test('an expired certificate is refused though it was seen before; a token beside it still counts', async () => {
  const short = await certificates.signClientCertificate('short', [], 60_000);
  const peerCertificates = [der(short.certificatePem)];
  assert.equal((await authenticate({ headers: {}, peerCertificates }))?.user, 'short');
  await clock.advance(120_000);
  await assert.rejects(authenticate({ headers: {}, peerCertificates }), refused);
  assert.equal((await authenticate({ headers: { authorization: 'Bearer sesame' }, peerCertificates }))?.user, 'ali');
});

test('bound service account tokens', async (t) => {
  const identity = await bearer(tokens.issue(claims({}, { pod: { name: 'web', uid: pod.metadata.uid }, node: { name: 'n1', uid: 'u' } })));
  assert.deepEqual(identity, {
    user: 'system:serviceaccount:shop:default',
    uid: account.metadata.uid,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
    extra: {
      'authentication.kubernetes.io/credential-id': ['JTI=one'],
      'authentication.kubernetes.io/node-name': ['n1'],
      'authentication.kubernetes.io/node-uid': ['u'],
      'authentication.kubernetes.io/pod-name': ['web'],
      'authentication.kubernetes.io/pod-uid': [pod.metadata.uid],
    },
  });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const foreign = createTokens({ keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, resources, clock });
  const good = tokens.issue(claims());
  const [, payload, signature] = good.split('.');
  const wrong: Record<string, string> = {
    expired: tokens.issue(claims({ exp: nowSeconds() - 61 })),
    'not yet valid': tokens.issue(claims({ nbf: nowSeconds() + 120 })),
    'other audience': tokens.issue(claims({ aud: ['vault'] })),
    'other issuer': tokens.issue(claims({ iss: 'https://elsewhere' })),
    'other key': foreign.issue(claims()),
    'alg none': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`,
    'changed header': `${Buffer.from(JSON.stringify({ alg: 'RS256', kid: tokens.keys[0]!.id })).toString('base64url')}.${payload}.${signature}`,
    'other account uid': tokens.issue(claims({ 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'default', uid: 'x' } } })),
    'unknown account': tokens.issue(claims({ 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'no', uid: 'x' } } })),
    'pod of another uid': tokens.issue(claims({}, { pod: { name: 'web', uid: 'x' } })),
    'pod that is gone': tokens.issue(claims({}, { pod: { name: 'gone', uid: 'x' } })),
    'secret that is gone': tokens.issue(claims({}, { secret: { name: 'gone', uid: 'x' } })),
    'node that is gone': tokens.issue(claims({}, { node: { name: 'gone', uid: 'x' } })),
    'not a token': 'x.y.z',
    huge: 'a'.repeat(100_000),
  };
  for (const [name, token] of Object.entries(wrong)) await t.test(name, () => assert.rejects(bearer(token), refused));
});

test('a token dies with its pod', async () => {
  const gone = resources.add('', 'Pod', { metadata: { name: 'brief', namespace: 'shop' } });
  const token = tokens.issue(claims({}, { pod: { name: 'brief', uid: gone.metadata.uid } }));
  await bearer(token);
  await resources.delete(resources.kinds.byKind('', 'Pod')!, { namespace: 'shop', name: 'brief' });
  await assert.rejects(bearer(token), refused);
});

test('discovery documents let others check a token', async () => {
  const { configuration, keySet } = openIdDocuments(tokens, '192.0.2.1:6443')!;
  assert.equal(JSON.parse(configuration).jwks_uri, 'https://192.0.2.1:6443/openid/v1/jwks');
  const jose = await import('jose');
  const verified = await jose.jwtVerify(tokens.issue(claims()), jose.createLocalJWKSet(JSON.parse(keySet)), {
    issuer: defaultIssuer,
    audience: defaultIssuer,
    currentDate: new Date(clock.now()),
  });
  assert.equal(verified.payload.sub, 'system:serviceaccount:shop:default');
});
