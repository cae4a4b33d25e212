import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { ensureCertificates } from './certificates.ts';

const root = mkdtempSync(join(tmpdir(), 'certificates-'));
after(() => rmSync(root, { recursive: true, force: true }));
const dayMs = 24 * 3_600_000;

test('issues a chain that serves every name, and keeps it', async () => {
  const clock = new VirtualClock();
  const dir = join(root, 'a');
  const first = await ensureCertificates(dir, { clock, hosts: ['box'], ips: ['192.0.2.7'] });
  const serving = new X509Certificate(first.serving.certificatePem);
  const authority = new X509Certificate(first.clusterCa.certificatePem);
  assert.ok(authority.ca);
  assert.ok(serving.verify(authority.publicKey) && serving.checkIssued(authority));
  for (const host of ['kubernetes', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost', 'box'])
    assert.equal(serving.checkHost(host), host);
  for (const ip of ['10.96.0.1', '127.0.0.1', '192.0.2.7']) assert.equal(serving.checkIP(ip), ip);
  const admin = new X509Certificate(first.admin.certificatePem);
  assert.deepEqual(admin.subject.split('\n').sort(), ['CN=kubernetes-admin', 'O=system:masters']);
  assert.deepEqual(admin.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  for (const file of ['ca.key', 'ca.crt', 'apiserver.key', 'sa.key', 'admin.key'])
    assert.equal(statSync(join(dir, file)).mode & 0o777, 0o600);

  const again = await ensureCertificates(dir, { clock, hosts: ['box'], ips: ['192.0.2.7'] });
  assert.equal(again.serving.certificatePem, first.serving.certificatePem);
  assert.equal(again.renewAtMs, first.renewAtMs);
});

test('renews leaves at two thirds of their life and when a name is missing, but keeps authorities and the token key', async () => {
  const clock = new VirtualClock();
  const dir = join(root, 'b');
  const first = await ensureCertificates(dir, { clock });
  const named = await ensureCertificates(dir, { clock, hosts: ['other'] });
  assert.notEqual(named.serving.certificatePem, first.serving.certificatePem);
  assert.equal(named.admin.certificatePem, first.admin.certificatePem);
  await clock.advance(250 * dayMs);
  const later = await ensureCertificates(dir, { clock, hosts: ['other'] });
  assert.notEqual(later.serving.certificatePem, named.serving.certificatePem);
  assert.notEqual(later.admin.certificatePem, named.admin.certificatePem);
  assert.equal(later.clusterCa.certificatePem, first.clusterCa.certificatePem);
  assert.equal(later.serviceAccountKeyPem, first.serviceAccountKeyPem);
});

test('names cannot smuggle in further names', async () => {
  const clock = new VirtualClock();
  const certificates = await ensureCertificates(join(root, 'c'), { clock });
  const pair = await certificates.signClientCertificate('a,O=system:masters', ['dev+O=system:masters']);
  const subject = new X509Certificate(pair.certificatePem).subject;
  assert.ok(!subject.split('\n').includes('O=system:masters'), subject);
  const node = new X509Certificate((await certificates.signNodeCertificate('n1', ['10.0.0.4'])).certificatePem);
  assert.equal(node.checkIP('10.0.0.4'), '10.0.0.4');
});
