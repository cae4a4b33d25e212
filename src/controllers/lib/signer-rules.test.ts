import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signerRules } from './signer-rules.ts';

const node = { commonName: 'system:node:a', organizations: ['system:nodes'], dnsNames: [], emails: [], ips: [], uris: [] };
const fault = (signer: string, more: object, ...usages: string[]) =>
  signerRules[`kubernetes.io/${signer}`]!({ ...node, ...more } as never, usages);
const client = ['digital signature', 'client auth'];
const server = ['digital signature', 'server auth'];

test('a kubelet as a client', () => {
  const of = (more: object, ...usages: string[]) => fault('kube-apiserver-client-kubelet', more, ...usages);
  assert.equal(of({}, ...client), undefined);
  assert.equal(of({}, ...client, 'key encipherment'), undefined);
  assert.equal(of({}, ...server), 'usages did not match [client auth digital signature key encipherment]');
  assert.equal(of({ organizations: ['system:nodes', 'x'] }, ...client), 'subject organization is not system:nodes');
  assert.equal(of({ commonName: 'a' }, ...client), 'subject common name does not begin with system:node:');
  assert.equal(of({ dnsNames: ['a'] }, ...client), 'DNS subjectAltNames are not allowed');
  assert.equal(of({ ips: [1] }, ...client), 'IP subjectAltNames are not allowed');
});

test('a kubelet as a server', () => {
  const of = (more: object, ...usages: string[]) => fault('kubelet-serving', more, ...usages);
  assert.equal(of({ dnsNames: ['a'] }, ...server), undefined);
  assert.equal(of({}, ...server), 'DNS or IP subjectAltName is required');
  assert.equal(of({ ips: [1], emails: ['a@b'] }, ...server), 'Email subjectAltNames are not allowed');
  assert.equal(of({ ips: [1], uris: ['a:b'] }, ...server), 'URI subjectAltNames are not allowed');
  assert.equal(of({ ips: [1] }, ...client), 'usages did not match [digital signature key encipherment server auth]');
});

test('clients of the API, and what nobody knows', () => {
  assert.equal(fault('kube-apiserver-client', {}, ...client), undefined);
  assert.equal(fault('kube-apiserver-client', {}, 'server auth'), 'invalid usage for client certificate: server auth');
  assert.equal(fault('kube-apiserver-client', {}, 'digital signature'), 'missing required usage for client certificate: client auth');
  assert.equal(fault('legacy-unknown', {}, 'any'), undefined);
});
