import { library } from '../../src/server/certs/issue.ts';

/** PEM of a request for a certificate with this name, for a key that nobody keeps. */
export async function requestFor(
  subject: object,
  names: { readonly dns?: readonly string[]; readonly ip?: readonly string[] } = {},
): Promise<string> {
  const x509 = await library();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const alternatives = [
    ...(names.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(names.ip ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: Object.entries(subject).map(([key, text]) => ({ [key]: [text as string] })),
    keys,
    signingAlgorithm: algorithm,
    extensions: alternatives.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(alternatives)],
  });
  return `${request.toString('pem')}\n`;
}
