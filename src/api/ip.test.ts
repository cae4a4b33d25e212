import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cidrWarnings, formatIp, isCanonicalCidr, isCanonicalIp, isWithin, parseCidr, parseIp } from './ip.ts';

test('addresses are written as RFC 5952 says', () => {
  const cases = [
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['FE80:0:0:0:0:0:0:0ABC', 'fe80::abc'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:0:0:0:0:0', '1::'],
  ] as const;
  for (const [text, wanted] of cases) assert.equal(formatIp(parseIp(text)!), wanted);
  assert.deepEqual(isCanonicalIp('FE80::1'), ['must be in canonical form ("fe80::1")']);
  assert.deepEqual(isCanonicalIp('::ffff:1.2.3.4'), ['must not be an IPv4-mapped IPv6 address']);
  assert.deepEqual(isCanonicalCidr('fd00:0::/64'), ['must be in canonical form ("fd00::/64")']);
});

test('a range in a range', () => {
  const within = (outer: string, inner: string) => isWithin(parseCidr(outer)!, parseCidr(inner)!);
  assert.ok(within('10.0.0.0/8', '10.1.0.0/16'));
  assert.ok(within('0.0.0.0/0', '10.0.0.0/8'));
  assert.ok(within('10.0.0.0/8', '::ffff:10.0.0.0/104'));
  assert.ok(within('::ffff:10.0.0.0/104', '::ffff:10.1.0.0/112'));
  assert.ok(!within('::ffff:10.0.0.0/104', '10.1.0.0/16'));
  for (const other of ['10.0.0.0/8', '11.0.0.0/16', '10.0.0.0/7', '::/64']) assert.ok(!within('10.0.0.0/8', other), other);
});

test('ranges that are read in more than one way', () => {
  assert.deepEqual(cidrWarnings('p', '10.0.0.0/8'), []);
  assert.deepEqual(cidrWarnings('p', 'fd00::0/64'), [
    'p: IPv6 CIDR value "fd00::0/64" should be in RFC 5952 canonical format ("fd00::/64")',
  ]);
  assert.deepEqual(cidrWarnings('p', '::ffff:1.2.3.0/120'), [
    'p: non-standard CIDR value "::ffff:1.2.3.0/120" is invalid: use "1.2.3.0/24"',
  ]);
});
