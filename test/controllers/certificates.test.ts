import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { ClusterRoleBinding } from '../../src/kinds/rbac/cluster-role-binding.ts';
import { CertificateSigningRequest } from '../../src/kinds/certificates/certificate-signing-request.ts';
import type { Client } from '../../src/client/client.ts';
import { requestFor } from '../helpers/certificate-request.ts';
import { authority, TestControlPlane } from '../helpers/control-plane.ts';

const signers = {
  client: 'kubernetes.io/kube-apiserver-client',
  kubelet: 'kubernetes.io/kube-apiserver-client-kubelet',
  serving: 'kubernetes.io/kubelet-serving',
};
const clientUsages = ['digital signature', 'client auth'];
const nodeName = { O: 'system:nodes', CN: 'system:node:n1' };

async function ask(
  client: Client,
  name: string,
  signerName: string,
  usages: string[],
  subject: object,
  names: object = {},
  more: object = {},
) {
  const request = btoa(await requestFor(subject, names));
  return await client.create(CertificateSigningRequest, { metadata: { name }, spec: { signerName, usages, request, ...more } });
}
async function approve(client: Client, name: string) {
  const request = await client.get(CertificateSigningRequest, { name });
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Fine', message: 'By hand' }];
  await client.updateSubresource(CertificateSigningRequest, 'approval', { ...request, status: { conditions } });
}
const signed = (plane: TestControlPlane, name: string) =>
  plane.until(`the certificate of ${name}`, async () => {
    const { status } = await plane.client.get(CertificateSigningRequest, { name });
    return status.certificate && new X509Certificate(atob(status.certificate));
  });

test('approved requests are signed: the name, the key, the use and the time that were asked for', async () => {
  await using plane = await TestControlPlane.start('app');
  const { client } = plane;
  await ask(client, 'alice', signers.client, clientUsages, { O: 'dev', CN: 'alice' }, {}, { expirationSeconds: 3600 });
  await approve(client, 'alice');
  const certificate = await signed(plane, 'alice');
  assert.deepEqual(certificate.subject.split('\n'), ['O=dev', 'CN=alice']);
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  const ca = new X509Certificate((await authority).certificatePem);
  assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey) && !certificate.ca);
  assert.equal(certificate.validToDate.getTime() - certificate.validFromDate.getTime(), 3_900_000);

  await ask(client, 'serving', signers.serving, ['digital signature', 'server auth'], nodeName, { dns: ['n1'], ip: ['192.0.2.4'] });
  await approve(client, 'serving');
  assert.equal((await signed(plane, 'serving')).subjectAltName, 'DNS:n1, IP Address:192.0.2.4');

  await ask(client, 'wrong', signers.client, ['server auth'], { CN: 'bob' });
  await approve(client, 'wrong');
  const failed = await plane.until('the failure', async () => {
    const { status } = await client.get(CertificateSigningRequest, { name: 'wrong' });
    return status.conditions?.find(({ type }) => type === 'Failed');
  });
  assert.deepEqual([failed.reason, failed.message], ['SignerValidationFailure', 'invalid usage for client certificate: server auth']);
  await assert.rejects(ask(client, 'root', signers.client, clientUsages, { O: 'system:masters', CN: 'root' }), {
    code: 403,
    message:
      'certificatesigningrequests.certificates.k8s.io "root" is forbidden: ' +
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  });
});

test('a kubelet gets its client certificate by itself when it may', async () => {
  await using plane = await TestControlPlane.start('app');
  const { client } = plane;
  const kubelet = (name: string) => plane.as({ user: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] });
  await ask(kubelet('n1'), 'renewal', signers.kubelet, clientUsages, nodeName);
  await ask(kubelet('n2'), 'other', signers.kubelet, clientUsages, nodeName);
  await client.create(ClusterRoleBinding, {
    metadata: { name: 'renewals' },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:nodes' }],
  });
  await signed(plane, 'renewal');
  const { status } = await client.get(CertificateSigningRequest, { name: 'renewal' });
  assert.equal((await client.get(CertificateSigningRequest, { name: 'other' })).status.conditions, undefined);
  assert.equal(status.conditions?.[0]?.message, 'Auto approving self kubelet client certificate after SubjectAccessReview.');
});

test('who approves or signs must be allowed to, for that signer', async () => {
  await using plane = await TestControlPlane.start('app');
  const { client } = plane;
  const eve = plane.as({ user: 'eve', groups: ['system:authenticated'] });
  await client.create(ClusterRoleBinding, {
    metadata: { name: 'eve' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:controller:certificate-controller' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'eve' }],
  });
  await ask(client, 'foreign', 'example.com/signer', clientUsages, { CN: 'x' });
  await plane.until('her rights', () => eve.get(CertificateSigningRequest, { name: 'foreign' }).catch(() => undefined));
  const refused = (what: string) => ({
    code: 403,
    message: new RegExp(`user not permitted to ${what} requests with signerName "example.com/signer"`),
  });
  await assert.rejects(approve(eve, 'foreign'), refused('approve'));
  await approve(client, 'foreign');
  const request = await client.get(CertificateSigningRequest, { name: 'foreign' });
  const { certificatePem } = await authority;
  const status = { ...request.status, certificate: btoa(certificatePem) };
  await assert.rejects(eve.updateStatus(CertificateSigningRequest, { ...request, status }), refused('sign'));
  await client.updateStatus(CertificateSigningRequest, { ...request, status });
});
