import type { Distribution } from '../../base/metrics.ts';
import type { Authenticator } from '../types.ts';
import type { CertificateVerifier } from './certificate-verifier.ts';

/** Client certificates: CN is the user, every O a group (--client-ca-file). */
export function createCertificateAuthenticator(verifier: CertificateVerifier, lifetimes?: Distribution): Authenticator {
  return ({ peerCertificates }) =>
    peerCertificates === undefined || peerCertificates.length === 0 ? undefined : verifier.verify(peerCertificates, lifetimes).identity;
}
