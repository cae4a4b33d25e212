import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { cells, created, made, problems } from '../lib/testing.ts';
import { CertificateSigningRequest } from './certificate-signing-request.ts';
import { parseRequest } from './lib/request.ts';

/** O=system:nodes CN=system:node:a, DNS a, IP 1.2.3.4; made by openssl for this test. */
const pem = `-----BEGIN CERTIFICATE REQUEST-----
MIIBDzCBtgIBADAvMRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxFjAUBgNVBAMMDXN5
c3RlbTpub2RlOmEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATGUeODC2pziwrY
B8861j/P/HBGClOPYIfOJEOD+DsVqsHRDDyjePh+ZUn8KzdPf+JLHNSYtPjMYO6l
6Cngn2oZoCUwIwYJKoZIhvcNAQkOMRYwFDASBgNVHREECzAJggFhhwQBAgMEMAoG
CCqGSM49BAMCA0gAMEUCIAloddvXasb0Xgqn8OCfMwmOcHYO2VAoqsYzDe67JnJK
AiEAnJIlEHpARlpr3k+UNTNkPwAsyIiLPYZwslYJhmvuv4E=
-----END CERTIFICATE REQUEST-----
`;
const request = Buffer.from(pem).toString('base64');
const spec = { request, signerName: 'a.b/c', usages: ['client auth'] };
const of = (more: object = {}) => made(CertificateSigningRequest, { spec: { ...spec, ...more } });
const withStatus = (status: object) => made(CertificateSigningRequest, { spec, status });
const condition = (type: string, status = 'True', more: object = {}) => ({ type, status, reason: 'r', message: 'm', ...more });

test('what a request asks for', () => {
  const parsed = parseRequest(pem);
  assert.deepEqual([parsed.commonName, parsed.organizations], ['system:node:a', ['system:nodes']]);
  assert.deepEqual([parsed.dnsNames, parsed.emails, parsed.uris], [['a'], [], []]);
  assert.deepEqual([...parsed.ips[0]!], [1, 2, 3, 4]);
  assert.throws(() => parseRequest('x'), { message: 'PEM block type must be CERTIFICATE REQUEST' });
});

test('the requester is who asked, and nothing is decided yet', () => {
  const object = made(CertificateSigningRequest, {
    spec: { ...spec, username: 'somebody', groups: ['x'] },
    status: { conditions: [condition('Approved')] },
  });
  CertificateSigningRequest.strategy.prepareForCreate!(object, {
    clock: new VirtualClock(),
    random: seededRandom(1),
    identity: { user: 'joe', groups: ['dev'], extra: { a: ['b'] } },
  });
  assert.deepEqual([object.spec.username, object.spec.groups, object.spec.extra, object.status], ['joe', ['dev'], { a: ['b'] }, {}]);
});

test('requests that cannot be', () => {
  assert.deepEqual(problems(CertificateSigningRequest, of()), []);
  assert.deepEqual(problems(CertificateSigningRequest, of({ usages: ['x', 'any', 'any'], expirationSeconds: 1, signerName: 'a' })), [
    `spec.usages[0]: Unsupported value: "x": supported values: "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping"`,
    'spec.usages[2]: Duplicate value: "any"',
    `spec.signerName: Invalid value: "a": must be a fully qualified domain and path of the form 'example.com/signer-name'`,
    'spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 600 seconds (10 minutes)',
  ]);
  assert.deepEqual(problems(CertificateSigningRequest, of({ signerName: 'kubernetes.io/legacy-unknown' })), [
    'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
  ]);
  const forged = { signature: () => 'x509: ECDSA verification failure', certificate: () => undefined };
  const errors = [...CertificateSigningRequest.strategy.validate!(of(), { subresource: '', cryptography: forged })];
  assert.match(errors[0]!.text, /: x509: ECDSA verification failure$/);
});

test('decisions come through approval, certificates through status', () => {
  const old = created(CertificateSigningRequest, { spec });
  const approved = withStatus({ conditions: [condition('Approved')] });
  assert.deepEqual(problems(CertificateSigningRequest, approved, old, 'approval'), []);
  assert.deepEqual(problems(CertificateSigningRequest, approved, old, 'status'), [
    'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
  ]);
  assert.deepEqual(problems(CertificateSigningRequest, old, approved, 'approval'), [
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  ]);
  const both = withStatus({ conditions: [condition('Approved', 'False'), condition('Denied')] });
  assert.deepEqual(problems(CertificateSigningRequest, both, old, 'approval'), [
    'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
    'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  ]);
  const junk = withStatus({ certificate: Buffer.from('junk').toString('base64') });
  assert.deepEqual(problems(CertificateSigningRequest, junk, old, 'status'), [
    'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
  ]);
  assert.deepEqual(problems(CertificateSigningRequest, old, junk, 'status'), [
    'status.certificate: Forbidden: updates may not modify existing certificate content',
  ]);
});

test('times of conditions are filled in; those of the same status stay', () => {
  const clock = new VirtualClock();
  const old = withStatus({ conditions: [condition('Failed', 'True', { lastTransitionTime: '2020-01-01T00:00:00Z' })] });
  const object = withStatus({ conditions: [condition('Failed'), condition('Approved')] });
  CertificateSigningRequest.strategy.prepareForUpdate!(object, old, { clock, subresource: 'approval' });
  const times = object.status.conditions.map((one: any) => [one.lastUpdateTime, one.lastTransitionTime]);
  const now = '2026-01-01T00:00:00Z';
  assert.deepEqual(times, [
    [now, '2020-01-01T00:00:00Z'],
    [now, now],
  ]);
  const row = cells(CertificateSigningRequest, { ...object, status: { ...object.status, certificate: 'x' } }, 0);
  assert.deepEqual([row.Condition, row.RequestedDuration], ['Approved,Failed,Issued', '<none>']);
});
