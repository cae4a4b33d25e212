import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigMap } from '../../src/kinds/core/config-map.ts';
import { Node } from '../../src/kinds/core/node.ts';
import { Secret } from '../../src/kinds/core/secret.ts';
import { ServiceAccount } from '../../src/kinds/core/service-account.ts';
import { TokenReview } from '../../src/kinds/authentication/token-review.ts';
import { TestControlPlane } from '../helpers/control-plane.ts';

const namespace = 'app';
const key = { namespace, name: 'robot-token' };
const account = { namespace, name: 'robot' };
const annotations = { 'kubernetes.io/service-account.name': 'robot' };
const type = 'kubernetes.io/service-account-token';

test('a secret that asks for a token of a service account gets one, and goes with the account', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  const found = () => client.get(Secret, key).catch(() => undefined);
  const { metadata } = await client.create(ServiceAccount, { metadata: account, secrets: [{ name: key.name }, { name: 'other' }] });
  await client.create(Secret, { metadata: { ...key, annotations }, type });
  const secret = await plane.until('the token', async () => {
    const present = await found();
    return present?.data?.token && present;
  });
  assert.equal(secret.metadata.annotations?.['kubernetes.io/service-account.uid'], metadata.uid);
  assert.equal(atob(secret.data!.namespace!), namespace);
  assert.match(atob(secret.data!['ca.crt']!), /BEGIN CERTIFICATE/);
  const token = atob(secret.data!.token!);
  const { status } = await client.create(TokenReview, { spec: { token } });
  assert.deepEqual(
    [status.authenticated, status.user?.username, status.user?.uid],
    [true, 'system:serviceaccount:app:robot', metadata.uid],
  );
  const used = await found();
  assert.match(used?.metadata.labels?.['kubernetes.io/legacy-token-last-used'] ?? '', /^\d{4}-\d\d-\d\d$/);

  await client.patch(Secret, key, 'merge', { data: { 'ca.crt': null, namespace: null } });
  const refilled = await plane.until('the rest', async () => {
    const present = await found();
    return present?.data?.['ca.crt'] && present.data;
  });
  assert.deepEqual(refilled, secret.data);
  await client.patch(Secret, key, 'merge', { metadata: { labels: { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' } } });
  const refused = await client.create(TokenReview, { spec: { token } });
  assert.match(refused.status.error ?? '', /the token in secret app\/robot-token for service account app\/robot has been marked invalid/);

  await client.delete(Secret, key);
  await plane.until('the account to forget it', async () => {
    const { secrets } = await client.get(ServiceAccount, account);
    return secrets?.length === 1 && secrets[0]?.name === 'other';
  });
  await client.create(Secret, { metadata: { ...key, annotations }, type });
  await plane.until('another token', async () => (await found())?.data?.token);
  await client.delete(ServiceAccount, account);
  await plane.until('the token to go', async () => (await found()) === undefined);
  await client.create(Secret, { metadata: { ...key, annotations }, type });
  await plane.until('a token of nobody to go', async () => (await found()) === undefined);
});

test('uses of old tokens are noted since today, and kubelets are told how long to trust what they read', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  const tracking = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' };
  const { data } = await plane.until('the day', () => client.get(ConfigMap, tracking).catch(() => undefined));
  assert.match(data?.since ?? '', /^\d{4}-\d\d-\d\d$/);
  await plane.until('the annotation', async () => {
    const node = await client.get(Node, { name: 'node-1' });
    return node.metadata.annotations?.['node.alpha.kubernetes.io/ttl'] === '0';
  });
});
