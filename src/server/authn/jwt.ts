import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');
type Algorithm = 'ES256' | 'ES384' | 'ES512' | 'RS256';
const curves: Readonly<Record<string, Algorithm>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };
const hashes: Readonly<Record<Algorithm, string>> = { ES256: 'sha256', ES384: 'sha384', ES512: 'sha512', RS256: 'sha256' };

/** A key that verifies, named as upstream names it: the hash of its public form. */
export interface VerificationKey {
  readonly id: string;
  readonly key: KeyObject;
  readonly algorithm: Algorithm;
}
/** Throws Error for keys of another type than RSA and ECDSA. */
export function verificationKey(key: KeyObject): VerificationKey {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  const algorithm = type === 'rsa' ? 'RS256' : type === 'ec' ? curves[details?.namedCurve ?? ''] : undefined;
  if (algorithm === undefined) throw new Error('unknown public key type, must be *rsa.PublicKey, *ecdsa.PublicKey, or jose.OpaqueSigner');
  return { id: createHash('sha256').update(der).digest('base64url'), key: publicKey, algorithm };
}

/** Each key once, of keys and of PEM texts that may hold several. Throws Error when one can't be read. */
export function verificationKeys(given: readonly (VerificationKey | string)[]): readonly VerificationKey[] {
  const keys = new Map<string, VerificationKey>();
  for (const one of given) {
    const blocks = typeof one === 'string' ? (one.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g) ?? []) : [one];
    if (blocks.length === 0) throw new Error('data does not contain any valid RSA or ECDSA public keys');
    for (const block of blocks) {
      const key = typeof block === 'string' ? verificationKey(createPublicKey(block)) : block;
      if (!keys.has(key.id)) keys.set(key.id, key);
    }
  }
  return [...keys.values()];
}

/** How ECDSA signatures stand in a JWS (RFC 7518, 3.4); RSA ignores it. */
const ieee = { dsaEncoding: 'ieee-p1363' } as const;

export function signJwt(claims: object, privateKey: KeyObject, { id, algorithm }: VerificationKey): string {
  const signed = `${base64url(JSON.stringify({ alg: algorithm, kid: id }))}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${base64url(sign(hashes[algorithm], Buffer.from(signed), { key: privateKey, ...ieee }))}`;
}

export interface ParsedJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

/** Splits a compact JWS; nothing is verified. undefined when it is none. */
export function parseJwt(token: string): ParsedJwt | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [header, claims] = parts.slice(0, 2).map((part) => {
    try {
      const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
    } catch {
      return undefined;
    }
  });
  if (header === undefined || claims === undefined) return undefined;
  return { header, claims, signed: `${parts[0]}.${parts[1]}`, signature: Buffer.from(parts[2]!, 'base64url') };
}

/** The key decides the algorithm; what the token says of it must agree. */
export function verifyJwt(jwt: ParsedJwt, { key, algorithm }: VerificationKey): boolean {
  return jwt.header.alg === algorithm && verify(hashes[algorithm], Buffer.from(jwt.signed), { key, ...ieee }, jwt.signature);
}
