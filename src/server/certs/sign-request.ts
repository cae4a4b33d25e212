import { elementAt, nameAttributes } from '../../base/der.ts';
import { parseRequest } from '../../kinds/certificates/lib/request.ts';
import type { SigningOrder } from '../../client/controller.ts';
import { cryptography } from './cryptography.ts';
import { encodeName, extensions, issuerOf, type KeyPair, type NamePart, signCertificate } from './certificate.ts';

/** Certificates hold a little before now, so that clocks may differ. */
const backdateMs = 5 * 60_000;
/** Of shorter ones the end is not brought forward by that too. */
const shortMs = 8 * 3_600_000;

/** Bits of the key usage extension (RFC 5280 4.2.1.3). */
const keyUsages: Readonly<Record<string, number>> = {
  signing: 1,
  'digital signature': 1,
  'content commitment': 2,
  'key encipherment': 4,
  'data encipherment': 8,
  'key agreement': 16,
  'cert sign': 32,
  'crl sign': 64,
  'encipher only': 128,
  'decipher only': 256,
};
const purpose = '1.3.6.1.5.5.7.3';
/** Purposes, in the order in which they are written. */
const extendedUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': `${purpose}.1`,
  'client auth': `${purpose}.2`,
  'code signing': `${purpose}.3`,
  'email protection': `${purpose}.4`,
  's/mime': `${purpose}.4`,
  'ipsec end system': `${purpose}.5`,
  'ipsec tunnel': `${purpose}.6`,
  'ipsec user': `${purpose}.7`,
  timestamping: `${purpose}.8`,
  'ocsp signing': `${purpose}.9`,
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};
/** What a certificate takes over from the name that was asked for, in the order in which it is written: hex and text of identifiers. */
const nameParts = [
  ['550406', '2.5.4.6'],
  ['55040a', '2.5.4.10'],
  ['55040b', '2.5.4.11'],
  ['550407', '2.5.4.7'],
  ['550408', '2.5.4.8'],
  ['550409', '2.5.4.9'],
  ['550411', '2.5.4.17'],
  ['550403', '2.5.4.3'],
  ['550405', '2.5.4.5'],
] as const;
/** Common name and serial number: of these the last one counts. */
const singleParts: ReadonlySet<string> = new Set(['2.5.4.3', '2.5.4.5']);

function nameOf(subject: Uint8Array): readonly NamePart[] {
  const attributes = nameAttributes(elementAt(subject));
  return nameParts.flatMap(([oid, key]) => {
    const texts = attributes.filter((attribute) => attribute.oid === oid).map(({ text }) => text);
    if (texts.length === 0) return [];
    return [[key, singleParts.has(key) ? texts.slice(-1) : texts] as const];
  });
}

function usesOf(usages: readonly string[]) {
  const unknown = usages.filter((usage) => keyUsages[usage] === undefined && extendedUsages[usage] === undefined);
  if (unknown.length > 0) throw new Error(`unrecognized usage values: [${unknown.map((usage) => JSON.stringify(usage)).join(' ')}]`);
  const purposes = Object.entries(extendedUsages).flatMap(([usage, oid]) => (usages.includes(usage) ? [oid] : []));
  return { key: usages.reduce((bits, usage) => bits | (keyUsages[usage] ?? 0), 0), purposes: [...new Set(purposes)] };
}

function timesOf(ttlMs: number, nowMs: number, endMs: number) {
  if (nowMs >= endMs) throw new Error(`refusing to sign a certificate that expired in the past: NotAfter=${new Date(endMs).toISOString()}`);
  const notAfterMs = nowMs + ttlMs - (ttlMs < shortMs ? 0 : backdateMs);
  return { notBeforeMs: nowMs - backdateMs, notAfterMs: Math.min(notAfterMs, endMs) };
}

/**
 * A certificate for what a request asks for: its name, alternative names and key, and nothing else of it. Never an authority,
 * and it never outlives `issuer`. Throws Error when the request is not signed by its own key. (pkg/controller/certificates/authority)
 */
export async function signRequest(issuer: KeyPair, order: SigningOrder, nowMs: number): Promise<string> {
  const request = parseRequest(order.pem);
  const fault = cryptography.signature(request);
  if (fault !== undefined) throw new Error(`unable to verify certificate request signature: ${fault}`);
  const uses = usesOf(order.usages);
  const authority = issuerOf(issuer);
  const subject = nameOf(request.subject);
  const names = { dns: request.dnsNames, emails: request.emails, ips: request.ips, uris: request.uris };
  return signCertificate({
    issuer: authority.issuer,
    issuerKeyPem: authority.issuerKeyPem,
    subject: encodeName(subject),
    ...timesOf(order.ttlMs, nowMs, authority.certificate.validToDate.getTime()),
    publicKeyInfo: request.publicKeyInfo,
    extensions: [
      ...(uses.key === 0 ? [] : [extensions.keyUsage(uses.key)]),
      ...(uses.purposes.length === 0 ? [] : [extensions.extendedKeyUsage(uses.purposes)]),
      extensions.basicConstraints(false),
      extensions.authorityKeyIdentifier(authority.publicKeyInfo),
      ...extensions.alternativeNames(names, subject.length === 0),
    ],
  });
}
