import { generateKeyPairSync, sign } from 'node:crypto';
import { bitString, element, integer, objectIdentifier, sequence, setOf } from '../../src/base/encode-der.ts';
import { encodePem } from '../../src/base/pem.ts';
import { encodeName, extensions } from '../../src/server/certs/certificate.ts';
import { parseIp } from '../../src/api/ip.ts';

const parts: Readonly<Record<string, string>> = { CN: '2.5.4.3', O: '2.5.4.10', OU: '2.5.4.11' };
const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const extensionRequest = objectIdentifier('1.2.840.113549.1.9.14');

/** PEM of a request (RFC 2986) for a certificate with this name, for a key that nobody keeps. */
export function requestFor(subject: object, names: { readonly dns?: readonly string[]; readonly ip?: readonly string[] } = {}): string {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'der' } });
  const wanted = extensions.alternativeNames({ dns: names.dns ?? [], ips: (names.ip ?? []).map((ip) => Uint8Array.from(parseIp(ip)!)) });
  const toBeSigned = sequence(
    integer(Uint8Array.of(0)),
    encodeName(Object.entries(subject).map(([key, text]) => [parts[key]!, [text as string]] as const)),
    keys.publicKey,
    element(0xa0, ...(wanted.length === 0 ? [] : [sequence(extensionRequest, setOf([sequence(...wanted)]))])),
  );
  return encodePem('CERTIFICATE REQUEST', sequence(toBeSigned, ecdsaWithSha256, bitString(sign('sha256', toBeSigned, keys.privateKey))));
}
