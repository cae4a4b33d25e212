import { generateKeyPairSync } from 'node:crypto';
import { parseIp } from '../../api/ip.ts';
import { commonNameId, encodeName, extensions, issuerOf, type KeyPair, organizationId, signCertificate } from './certificate.ts';

export interface IssueRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly use: 'ca' | 'client' | 'server' | 'client+server';
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
  /** The authority that signs; without one the certificate signs itself. */
  readonly issuer?: KeyPair;
}

const digitalSignature = 1;
const certificateAndListSigning = 32 | 64;
const purposes = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' } as const;

function addressBytes(ip: string): Uint8Array {
  const bytes = parseIp(ip);
  if (bytes === undefined) throw new Error(`${ip} is not an IP address`);
  return Uint8Array.from(bytes);
}

/** Makes a key (ECDSA P-256) and a certificate for it. */
export function issueCertificate(request: IssueRequest): KeyPair {
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const publicKeyInfo: Uint8Array = keys.publicKey;
  const organizations = request.organizations ?? [];
  const subject = encodeName([...organizations.map((one) => [organizationId, [one]] as const), [commonNameId, [request.commonName]]]);
  const isAuthority = request.use === 'ca';
  const uses = request.use.split('+').map((use) => purposes[use as keyof typeof purposes]);
  const issuer = request.issuer === undefined ? undefined : issuerOf(request.issuer);
  const certificatePem = signCertificate({
    issuer: issuer?.issuer ?? subject,
    issuerKeyPem: issuer?.issuerKeyPem ?? keys.privateKey,
    subject,
    notBeforeMs: request.notBeforeMs,
    notAfterMs: request.notAfterMs,
    publicKeyInfo,
    extensions: [
      extensions.basicConstraints(isAuthority),
      extensions.keyUsage(digitalSignature | (isAuthority ? certificateAndListSigning : 0)),
      extensions.subjectKeyIdentifier(publicKeyInfo),
      ...(isAuthority ? [] : [extensions.extendedKeyUsage(uses)]),
      ...extensions.alternativeNames({ dns: request.dnsNames ?? [], ips: (request.ips ?? []).map(addressBytes) }),
      ...(issuer === undefined ? [] : [extensions.authorityKeyIdentifier(issuer.publicKeyInfo)]),
    ],
  });
  return { certificatePem, privateKeyPem: keys.privateKey };
}
