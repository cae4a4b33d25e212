import { createHash, createPrivateKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import { elementAt, elementsOf } from '../../base/der.ts';
import {
  bitString,
  boolean,
  element,
  integer,
  namedBits,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  text,
  time,
} from '../../base/encode-der.ts';
import { encodePem } from '../../base/pem.ts';

/** A certificate and its private key, as PEM. */
export interface KeyPair {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** X.509 certificates, version 3 (RFC 5280), signed with ECDSA or RSA and SHA-256. */
export interface CertificateFields {
  /** DER of the two names. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** DER of the subject's public key. */
  readonly publicKeyInfo: Uint8Array;
  readonly extensions: readonly Uint8Array[];
  /** PEM of the issuer's key. */
  readonly issuerKeyPem: string;
}

const contextTag = 0x80;
const constructedTag = 0xa0;
const versionThree = element(constructedTag, integer(Uint8Array.of(2)));
const serialBytes = 16;
const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const rsaWithSha256 = sequence(objectIdentifier('1.2.840.113549.1.1.11'), Uint8Array.of(0x05, 0x00));

/** Values of one part of a name, such as the organizations: by the part's identifier. */
export type NamePart = readonly [oid: string, values: readonly string[]];
export const commonNameId = '2.5.4.3';
export const organizationId = '2.5.4.10';

/** Names are given as data, so no name can smuggle in another. */
export const encodeName = (parts: readonly NamePart[]): Uint8Array =>
  sequence(...parts.map(([oid, values]) => setOf(values.map((value) => sequence(objectIdentifier(oid), text(value))))));

const extension = (oid: string, critical: boolean, value: Uint8Array) =>
  sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octetString(value));
const keyIdentifier = (publicKeyInfo: Uint8Array) => {
  const [, key] = elementsOf(elementAt(publicKeyInfo).body);
  return createHash('sha1').update(key!.body.subarray(1)).digest();
};

/** Names that a certificate is for besides its subject. */
export interface AlternativeNames {
  readonly dns?: readonly string[];
  readonly emails?: readonly string[];
  /** 4 or 16 bytes each. */
  readonly ips?: readonly Uint8Array[];
  readonly uris?: readonly string[];
}
const alternativeTags = { emails: 1, dns: 2, uris: 6, ips: 7 } as const;

export const extensions = {
  basicConstraints: (isAuthority: boolean) => extension('2.5.29.19', true, sequence(...(isAuthority ? [boolean(true)] : []))),
  /** Bits of RFC 5280 4.2.1.3. */
  keyUsage: (bits: number) => extension('2.5.29.15', true, namedBits(bits)),
  extendedKeyUsage: (oids: readonly string[]) => extension('2.5.29.37', false, sequence(...oids.map(objectIdentifier))),
  subjectKeyIdentifier: (publicKeyInfo: Uint8Array) => extension('2.5.29.14', false, octetString(keyIdentifier(publicKeyInfo))),
  authorityKeyIdentifier: (publicKeyInfo: Uint8Array) =>
    extension('2.5.29.35', false, sequence(element(contextTag, keyIdentifier(publicKeyInfo)))),
  /** Those of each kind after those of the kind before; none at all when there are no names. */
  alternativeNames(names: AlternativeNames, critical = false): readonly Uint8Array[] {
    const members = (['dns', 'emails', 'ips', 'uris'] as const).flatMap((kind) =>
      (names[kind] ?? []).map((value) => element(contextTag | alternativeTags[kind], Buffer.from(value as string))),
    );
    return members.length === 0 ? [] : [extension('2.5.29.17', critical, sequence(...members))];
  },
};

/** An authority as certificates name it. */
export function issuerOf({ certificatePem, privateKeyPem }: KeyPair) {
  const certificate = new X509Certificate(certificatePem);
  const [toBeSigned] = elementsOf(elementAt(certificate.raw).body);
  const [, , , , , subject, publicKeyInfo] = elementsOf(toBeSigned!.body);
  return { issuer: subject!.whole, publicKeyInfo: publicKeyInfo!.whole, issuerKeyPem: privateKeyPem, certificate };
}

/** The certificate as PEM, with a random serial number. */
export function signCertificate(fields: CertificateFields): string {
  const key = createPrivateKey(fields.issuerKeyPem);
  const algorithm = key.asymmetricKeyType === 'rsa' ? rsaWithSha256 : ecdsaWithSha256;
  const serial = randomBytes(serialBytes);
  serial[0]! &= 0x7f;
  const toBeSigned = sequence(
    versionThree,
    integer(serial),
    algorithm,
    fields.issuer,
    sequence(time(fields.notBeforeMs), time(fields.notAfterMs)),
    fields.subject,
    fields.publicKeyInfo,
    ...(fields.extensions.length === 0 ? [] : [element(constructedTag | 3, sequence(...fields.extensions))]),
  );
  return encodePem('CERTIFICATE', sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, key))));
}
