import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');
type Algorithm = 'ES256' | 'RS256';

/** A key that verifies, named as upstream names it: the hash of its public form. */
export interface VerificationKey {
  readonly id: string;
  readonly key: KeyObject;
  readonly algorithm: Algorithm;
}
export function verificationKey(key: KeyObject): VerificationKey {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = publicKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
  return { id: createHash('sha256').update(der).digest('base64url'), key: publicKey, algorithm };
}

/** How ECDSA signatures stand in a JWS (RFC 7518, 3.4); RSA ignores it. */
const ieee = { dsaEncoding: 'ieee-p1363' } as const;

export function signJwt(claims: object, privateKey: KeyObject, { id, algorithm }: VerificationKey): string {
  const signed = `${base64url(JSON.stringify({ alg: algorithm, kid: id }))}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${base64url(sign('sha256', Buffer.from(signed), { key: privateKey, ...ieee }))}`;
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
  return jwt.header.alg === algorithm && verify('sha256', Buffer.from(jwt.signed), { key, ...ieee }, jwt.signature);
}
