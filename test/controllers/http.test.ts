import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusError } from '../../src/api/status.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { createClient } from '../../src/client/client.ts';
import { connectHttp } from '../../src/client/http.node.ts';
import { createInformerFactory } from '../../src/client/informer-factory.ts';
import { ConfigMap } from '../../src/kinds/core/config-map.ts';
import { issueCertificate } from '../../src/server/certs/issue.ts';
import { authority, TestControlPlane } from '../helpers/control-plane.ts';

const namespace = 'wire';
const dayMs = 86_400_000;

test('patches that race are all applied, unless one names the version it is for', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  const { metadata } = await client.create(ConfigMap, { metadata: { name: 'busy', namespace } });
  const key = { namespace, name: 'busy' };
  for (const type of ['merge', 'strategic'] as const) {
    await Promise.all([1, 2, 3, 4].map((number) => client.patch(ConfigMap, key, type, { data: { [`${type}-${number}`]: 'x' } })));
  }
  await Promise.all(
    [1, 2, 3].map((number) =>
      client.patch(
        ConfigMap,
        key,
        'apply',
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'busy' }, data: { [`own-${number}`]: 'x' } },
        { fieldManager: `manager-${number}` },
      ),
    ),
  );
  assert.equal(Object.keys((await client.get(ConfigMap, key)).data ?? {}).length, 11);
  await assert.rejects(
    client.patch(ConfigMap, key, 'merge', { metadata: { resourceVersion: metadata.resourceVersion }, data: { late: 'x' } }),
    (error: StatusError) => error.reason === 'Conflict',
  );
});

test('a client over HTTP/2 with a certificate reads, writes and follows', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const issuer = await authority;
  const life = { issuer, notBeforeMs: systemClock.now() - dayMs, notAfterMs: systemClock.now() + dayMs };
  const own = await issueCertificate({ ...life, commonName: 'server', use: 'server', ips: ['127.0.0.1'] });
  const user = await issueCertificate({ ...life, commonName: 'admin', organizations: ['system:masters'], use: 'client' });
  const tls = { cert: own.certificatePem, key: own.privateKeyPem };
  const { port } = await plane.server.listen({ host: '127.0.0.1', port: 0, tls });
  const connection = connectHttp({
    server: `https://127.0.0.1:${port}`,
    ca: issuer.certificatePem,
    cert: user.certificatePem,
    key: user.privateKeyPem,
    clock: systemClock,
  });
  const stop = new AbortController();
  try {
    const client = createClient(connection.transport);
    const informers = createInformerFactory(client, systemClock, silentLogger, stop.signal);
    const { cache } = informers.of(ConfigMap, { namespace });
    await informers.synced();
    const created = await client.create(ConfigMap, { metadata: { name: 'one', namespace }, data: { a: 'ä' } });
    assert.deepEqual(created.data, { a: 'ä' });
    await plane.until('the informer to see it', () => cache.get({ namespace, name: 'one' }));
    await assert.rejects(
      client.create(ConfigMap, { metadata: { name: 'one', namespace } }),
      (error: StatusError) => error.reason === 'AlreadyExists',
    );
    const patched = await client.patch(ConfigMap, { namespace, name: 'one' }, 'merge', { data: { b: '2' } });
    assert.deepEqual(patched.data, { a: 'ä', b: '2' });
    const { items } = await client.list(ConfigMap, { namespace });
    assert.ok(items.every(({ kind }) => kind === 'ConfigMap'));
    await plane.client.update(ConfigMap, { ...patched, metadata: { ...patched.metadata, finalizers: ['example.org/wait'] } });
    // DeleteOptions travel in the body.
    await assert.rejects(
      client.delete(ConfigMap, { namespace, name: 'one' }, { preconditions: { uid: 'another' } }),
      (error: StatusError) => error.reason === 'Conflict',
    );
    await client.delete(ConfigMap, { namespace, name: 'one' }, { propagationPolicy: 'Orphan' });
    const { metadata } = await client.get(ConfigMap, { namespace, name: 'one' });
    assert.ok(metadata.deletionTimestamp);
    await client.patch(ConfigMap, { namespace, name: 'one' }, 'merge', { metadata: { finalizers: null } });
    await plane.until('the informer to forget it', () => cache.get({ namespace, name: 'one' }) === undefined);
    const version = await connection.request({ method: 'GET', path: '/version' });
    assert.equal(version.status, 200);
    for await (const _ of version.body);
  } finally {
    stop.abort();
    connection.close();
  }
});
