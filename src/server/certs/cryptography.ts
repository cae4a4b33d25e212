import { createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { Cryptography } from '../../api/kind.ts';
import { elementAt, elementsOf, hexOf } from '../../base/der.ts';

interface Algorithm {
  readonly name: string;
  readonly key: 'RSA' | 'ECDSA' | 'Ed25519';
  readonly hash: string | undefined;
}
/** Object identifiers of signatures; MD2 and MD5 count as unknown or insecure, as in Go. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  '2a864886f70d010104': { name: 'MD5-RSA', key: 'RSA', hash: 'md5' },
  '2a864886f70d010105': { name: 'SHA1-RSA', key: 'RSA', hash: 'sha1' },
  '2a864886f70d01010b': { name: 'SHA256-RSA', key: 'RSA', hash: 'sha256' },
  '2a864886f70d01010c': { name: 'SHA384-RSA', key: 'RSA', hash: 'sha384' },
  '2a864886f70d01010d': { name: 'SHA512-RSA', key: 'RSA', hash: 'sha512' },
  '2a8648ce3d0401': { name: 'ECDSA-SHA1', key: 'ECDSA', hash: 'sha1' },
  '2a8648ce3d040302': { name: 'ECDSA-SHA256', key: 'ECDSA', hash: 'sha256' },
  '2a8648ce3d040303': { name: 'ECDSA-SHA384', key: 'ECDSA', hash: 'sha384' },
  '2a8648ce3d040304': { name: 'ECDSA-SHA512', key: 'ECDSA', hash: 'sha512' },
  '2b6570': { name: 'Ed25519', key: 'Ed25519', hash: undefined },
};
const keyTypes: Readonly<Record<string, readonly [Algorithm['key'], string]>> = {
  rsa: ['RSA', '*rsa.PublicKey'],
  ec: ['ECDSA', '*ecdsa.PublicKey'],
  ed25519: ['Ed25519', 'ed25519.PublicKey'],
};
const failures = {
  RSA: 'crypto/rsa: verification error',
  ECDSA: 'x509: ECDSA verification failure',
  Ed25519: 'x509: Ed25519 verification failure',
} as const;
const smallestRsaBits = 1024;

function keyOf(publicKeyInfo: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** What validation asks of cryptography, by Node's own. */
export const cryptography: Cryptography = {
  signature({ toBeSigned, publicKeyInfo, algorithm, signature }) {
    const [identifier] = elementsOf(elementAt(algorithm).body);
    const known = identifier === undefined ? undefined : algorithms[hexOf(identifier.body)];
    const key = keyOf(publicKeyInfo);
    if (known === undefined || key === undefined) return 'x509: cannot verify signature: algorithm unimplemented';
    if (known.hash === 'md5') return `x509: cannot verify signature: insecure algorithm ${known.name}`;
    const [type, goType] = keyTypes[key.asymmetricKeyType ?? ''] ?? [undefined, ''];
    if (type !== known.key) return `x509: signature algorithm specifies an ${known.key} public key, but have public key of type ${goType}`;
    const bits = key.asymmetricKeyDetails?.modulusLength;
    if (bits !== undefined && bits < smallestRsaBits)
      return `crypto/rsa: ${bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)`;
    return verify(known.hash, toBeSigned, key, signature) ? undefined : failures[type];
  },
  certificate(der) {
    try {
      new X509Certificate(Buffer.from(der));
      return undefined;
    } catch {
      return 'x509: malformed certificate';
    }
  },
};
