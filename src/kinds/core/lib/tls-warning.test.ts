import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyPairProblem } from './tls-warning.ts';

const block = (type: string) => `-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`;

test('pairs of a certificate and its key that are none are told in the words of Go', () => {
  const certificate = block('CERTIFICATE');
  const key = block('EC PRIVATE KEY');
  assert.equal(keyPairProblem(certificate + certificate, block('EC PARAMETERS') + key), undefined);
  assert.equal(keyPairProblem('', key), 'tls: failed to find any PEM data in certificate input');
  assert.match(keyPairProblem(key, certificate)!, /PEM inputs may have been switched$/);
  assert.match(keyPairProblem(block('A') + block('B'), key)!, /of the following types: \[A B\]$/);
  assert.equal(keyPairProblem(certificate, 'x'), 'tls: failed to find any PEM data in key input');
  assert.match(keyPairProblem(certificate, certificate)!, /^tls: found a certificate rather than a key/);
  assert.match(keyPairProblem(certificate, block('A'))!, /"PRIVATE KEY" in key input .*: \[A\]$/);
});
