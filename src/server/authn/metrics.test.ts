import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { Metrics } from '../../base/metrics.ts';
import { issueCertificate } from '../certs/issue.ts';
import { told } from '../lib/told.ts';
import { MemoryResources } from '../../../test/helpers/memory-resources.ts';
import { CertificateVerifier } from './certificate-verifier.ts';
import { invalidSinceLabel, legacyIssuer } from './legacy-token.ts';
import { certificateLifetimes, KeySetMetrics } from './metrics.ts';
import { createTokens, defaultIssuer } from './tokens.ts';

const day = 86_400_000;
const issue = (name: string, toMs: number) => issueCertificate({ commonName: name, notBeforeMs: 0, notAfterMs: toMs, use: 'client' });

test('how long certificates still last, whether or not they are good', async () => {
  const clock = new VirtualClock();
  const metrics = new Metrics();
  const { certificatePem } = await issue('me', clock.now() + 3 * day);
  const verifier = new CertificateVerifier([], clock);
  const lifetimes = certificateLifetimes(metrics);
  const shown = [new X509Certificate(certificatePem).raw];
  for (const passed of [0, 3 * day - 1000, 2000]) {
    await clock.advance(passed);
    assert.throws(() => verifier.verify(shown, lifetimes), /unknown authority/);
  }
  const text = await metrics.text();
  const name = 'apiserver_client_certificate_expiration_seconds';
  assert.equal(told(text, `${name}_count`)[''], 3);
  assert.deepEqual(
    [0, 1800, 172_800, 345_600].map((bound) => told(text, `${name}_bucket`)[`{le="${bound}"}`]),
    [1, 2, 2, 3],
  );
});

test('service account tokens are counted by their sort', async () => {
  const clock = new VirtualClock();
  const metrics = new Metrics();
  const resources = new MemoryResources();
  const { privateKeyPem: keyPem } = await issue('key', 1);
  const tokens = createTokens({ keyPem, resources, clock, metrics, issuers: [defaultIssuer, legacyIssuer] });
  const account = resources.add('', 'ServiceAccount', { metadata: { name: 'a', namespace: 'n' }, secrets: [{ name: 'auto' }] } as never);
  const nowSeconds = Math.floor(clock.now() / 1000);
  const bound = tokens.issue({
    sub: 'system:serviceaccount:n:a',
    aud: [defaultIssuer],
    exp: nowSeconds + 7200,
    'kubernetes.io': { namespace: 'n', serviceaccount: { name: 'a', uid: account.metadata.uid }, warnafter: nowSeconds + 3600 },
  });
  const legacy = (secret: string, labels: Record<string, string> = {}) => {
    const token = tokens.issue({
      iss: legacyIssuer,
      sub: 'system:serviceaccount:n:a',
      'kubernetes.io/serviceaccount/namespace': 'n',
      'kubernetes.io/serviceaccount/secret.name': secret,
      'kubernetes.io/serviceaccount/service-account.name': 'a',
      'kubernetes.io/serviceaccount/service-account.uid': account.metadata.uid,
    });
    resources.add('', 'Secret', {
      metadata: { name: secret, namespace: 'n', labels },
      data: { token: Buffer.from(token).toString('base64') },
    } as never);
    return token;
  };
  await tokens.authenticate(bound, [defaultIssuer]);
  await clock.advance(3_601_000);
  await tokens.authenticate(bound, [defaultIssuer]);
  for (const name of ['auto', 'manual']) await tokens.authenticate(legacy(name), [defaultIssuer]);
  await assert.rejects(tokens.authenticate(legacy('old', { [invalidSinceLabel]: '2026-01-01' }), [defaultIssuer]), /marked invalid/);
  const text = await metrics.text();
  const count = (name: string) => told(text, `serviceaccount_${name}`)[''];
  assert.deepEqual([count('valid_tokens_total'), count('stale_tokens_total'), count('legacy_tokens_total')], [1, 1, 3]);
  assert.deepEqual(
    ['legacy_manual_token_uses_total', 'legacy_auto_token_uses_total', 'invalid_legacy_auto_token_uses_total'].map(count),
    [1, 1, 1],
  );
});

test('keys of issuers: when they were fetched, and which they were; nothing of an issuer that is gone', async () => {
  const metrics = new Metrics();
  const keys = new KeySetMetrics(metrics, new VirtualClock(), '');
  for (const document of ['{}', '{"keys":[]}', undefined]) keys.fetched('', document);
  const name = 'apiserver_authentication_jwt_authenticator_jwks_fetch_last_';
  const text = await metrics.text();
  assert.deepEqual(
    Object.keys(told(text, `${name}timestamp_seconds`)),
    ['success', 'failure'].map((result) => `{result="${result}",jwt_issuer_hash="",apiserver_id_hash=""}`),
  );
  assert.match(Object.keys(told(text, `${name}key_set_info`)).join(), /^{jwt_issuer_hash="",apiserver_id_hash="",hash="sha256:\w{64}"}$/);
  keys.forget('');
  assert.deepEqual(told(await metrics.text(), `${name}key_set_info`), {});
});
