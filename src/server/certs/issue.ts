import { decodePem, encodePem } from '../../base/pem.ts';

/** A certificate and its private key, as PEM. */
export interface KeyPair {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface CertificateRequest {
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

const signing = { name: 'ECDSA', hash: 'SHA-256' } as const;
const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** The X.509 library takes 100 ms to load: only when something is to be issued. */
export async function library() {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(crypto);
  return x509;
}

/** An authority as the library wants it. */
export async function issuerOf({ certificatePem, privateKeyPem }: KeyPair) {
  const { X509Certificate } = await library();
  const bytes = decodePem(privateKeyPem)!.bytes as BufferSource;
  return {
    certificate: new X509Certificate(certificatePem),
    signingKey: await crypto.subtle.importKey('pkcs8', bytes, curve, false, ['sign']),
  };
}

/** Makes a key (ECDSA P-256) and a certificate for it. Names are given as data, so no name can smuggle in another. */
export async function issueCertificate(request: CertificateRequest): Promise<KeyPair> {
  const x509 = await library();
  const keys = await crypto.subtle.generateKey(curve, true, ['sign', 'verify']);
  const privateKeyPem = encodePem('PRIVATE KEY', new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey)));
  const organizations = request.organizations ?? [];
  const name = [...organizations.map((organization) => ({ O: [organization] })), { CN: [request.commonName] }];
  const { KeyUsageFlags, ExtendedKeyUsage } = x509;
  const isCa = request.use === 'ca';
  const extensions: InstanceType<typeof x509.Extension>[] = [
    new x509.BasicConstraintsExtension(isCa, undefined, true),
    new x509.KeyUsagesExtension(
      isCa ? KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign : KeyUsageFlags.digitalSignature,
      true,
    ),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  if (!isCa) {
    const uses = request.use.split('+').map((use) => (use === 'client' ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth));
    extensions.push(new x509.ExtendedKeyUsageExtension(uses));
  }
  const names = [
    ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.ips ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names));

  let issuerName = new x509.Name(name).toString();
  let signingKey = keys.privateKey;
  if (request.issuer !== undefined) {
    const issuer = await issuerOf(request.issuer);
    issuerName = issuer.certificate.subject;
    extensions.push(await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey));
    signingKey = issuer.signingKey;
  }
  const certificate = await x509.X509CertificateGenerator.create({
    subject: name,
    issuer: issuerName,
    notBefore: new Date(request.notBeforeMs),
    notAfter: new Date(request.notAfterMs),
    signingKey,
    publicKey: keys.publicKey,
    signingAlgorithm: signing,
    extensions,
  });
  return { certificatePem: `${certificate.toString('pem')}\n`, privateKeyPem };
}
