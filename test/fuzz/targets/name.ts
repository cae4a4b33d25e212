import {
  isAddressOf,
  isCanonicalCidr,
  isCanonicalIp,
  isCidr,
  isInterfaceAddress,
  isIp,
  isWithin,
  parseCidr,
  parseIp,
} from '../../../src/api/ip.ts';
import { formatIp } from '../../../src/api/ip.ts';
import { parseGoRequestUrl, parseGoUrl } from '../../../src/api/go-url.ts';
import * as names from '../../../src/api/names.ts';
import { formatCheck, isKnownFormat } from '../../../src/api/structural/formats.ts';
import { isMailAddress } from '../../../src/api/structural/mail-address.ts';
import { parseImageName, withDefaultTag } from '../../../src/kubelet/lib/image-name.ts';
import { normalizeReference } from '../../../src/kubelet/images/reference.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

const formats = (
  'bsonobjectid uri email hostname ipv4 ipv6 cidr mac uuid uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn hexcolor rgbcolor byte ' +
  'password date duration datetime date-time k8s-short-name k8s-long-name int32 int64 float double'
)
  .split(' ')
  .filter(isKnownFormat);
const checks = Object.entries(names).filter(([name]) => name.startsWith('is') && name !== 'isPortNumber') as [
  string,
  (text: string) => unknown,
][];

/** Names, addresses, URLs, images and the other short texts that fields hold. */
export const target: Target = {
  samples: () => [
    ...['my-name.example.com', 'example.com/MyName', '*.example.com', 'MY_ENV.x-y', 'http', 'key.txt', 'a%2e'],
    ...[
      '10.0.0.1',
      '2001:db8::1',
      '::ffff:10.1.2.3',
      'fe80::1%eth0',
      '10.0.0.0/8',
      '2001:db8::/32',
      '0:0:0:0:0:0:0:0/0',
      '192.168.001.1/08',
    ],
    ...['https://user:pw@example.com:8443/a/b%20c?x=y#z', 'http://[::1]:80/', 'mailto:a@b', '/healthz?verbose', 'a:b', '//host/x'],
    ...['registry.example.com:5000/a/b:v1@sha256:0123456789abcdef', 'nginx', 'docker.io/library/nginx:1.2', 'localhost/skiff/pause:1'],
    ...[
      '"quoted \\" name"@example.com',
      'Name <a.b+c@example.org> (comment)',
      '00:1b:63:84:45:e6',
      '978-3-16-148410-0',
      '4111 1111 1111 1111',
    ],
    ...[
      '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      '#ff00aa',
      'rgb(1,2,3)',
      '2026-02-30',
      '2026-01-02T03:04:05.678+01:00',
      '3 days',
      'aGVsbG8=',
    ],
  ],
  words: [
    '.',
    '-',
    '/',
    ':',
    '::',
    '%',
    '@',
    '[',
    ']',
    '255',
    '256',
    'ffff',
    'a',
    'A',
    '_',
    'xn--',
    '/33',
    '/129',
    '0x',
    '00',
    'sha256:',
    '(',
    '\\"',
    '<',
  ],
  check(input) {
    const text = textOf(input);
    for (const [, check] of checks) check(text);
    isIp(text), isCidr(text), isCanonicalIp(text), isCanonicalCidr(text), isInterfaceAddress(text);
    const ip = parseIp(text);
    if (ip !== undefined) formatIp(ip);
    const cidr = parseCidr(text);
    if (cidr !== undefined) isWithin(cidr, cidr), isAddressOf(cidr, [10, 0, 0, 1]);
    parseGoUrl(text), parseGoRequestUrl(text), isMailAddress(text);
    for (const format of formats) formatCheck(format)(text);
    for (const read of [parseImageName, withDefaultTag, normalizeReference]) allow(() => read(text), Error);
  },
};
