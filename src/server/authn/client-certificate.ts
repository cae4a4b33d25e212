import { createHash, X509Certificate } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Identity } from '../../client/call.ts';
import type { Authenticator } from '../types.ts';
import { certificateSubject } from './certificate-subject.ts';

const clientAuthentication = '1.3.6.1.5.5.7.3.2';
const anyUse = '2.5.29.37.0';
/** A chain of a client, its intermediates and the authority is never longer in practice. */
const longestChain = 8;
const cachedMax = 4096;

interface Verified {
  readonly identity: Identity | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Certificates from the client's own up to one that `authorities` holds, or undefined. */
function chainOf(offered: readonly X509Certificate[], authorities: readonly X509Certificate[]): readonly X509Certificate[] | undefined {
  const chain = [offered[0]!];
  const issued = (child: X509Certificate, parent: X509Certificate) =>
    parent.ca && child.checkIssued(parent) && child.verify(parent.publicKey);
  while (chain.length <= longestChain) {
    const last = chain.at(-1)!;
    const root = authorities.find((authority) => issued(last, authority));
    if (root !== undefined) return [...chain, root];
    const next = offered.find((candidate) => !chain.includes(candidate) && issued(last, candidate));
    if (next === undefined) return undefined;
    chain.push(next);
  }
  return undefined;
}

/** Checks a chain without looking at the time; the times it holds for are part of the result. */
function verify(ders: readonly Uint8Array[], authorities: readonly X509Certificate[]): Verified {
  const offered = ders.slice(0, longestChain).map((der) => new X509Certificate(der));
  const chain = chainOf(offered, authorities);
  if (chain === undefined) throw new Error('x509: certificate signed by unknown authority');
  // Node gives the extended key usages here; a certificate without the extension may be used for anything.
  if (
    chain.some(
      ({ keyUsage }) =>
        keyUsage !== undefined && keyUsage.length > 0 && !keyUsage.some((use) => use === clientAuthentication || use === anyUse),
    )
  )
    throw new Error('x509: certificate specifies an incompatible key usage');
  const fromMs = Math.max(...chain.map((certificate) => certificate.validFromDate.getTime()));
  const toMs = Math.min(...chain.map((certificate) => certificate.validToDate.getTime()));
  const { commonName, organizations, uids } = certificateSubject(ders[0]!);
  if (commonName === '') return { identity: undefined, fromMs, toMs };
  if (uids.length > 1) throw new Error(`expected 1 UID, but found multiple: ${uids}`);
  if (uids[0] === '') throw new Error('UID cannot be an empty string');
  const fingerprint = createHash('sha256').update(ders[0]!).digest('hex');
  const identity: Identity = {
    user: commonName,
    ...(uids[0] === undefined ? {} : { uid: uids[0] }),
    groups: organizations,
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
  };
  return { identity, fromMs, toMs };
}

/** Client certificates: CN is the user, every O a group. Verified chains are remembered, times are checked on every call. */
export function createCertificateAuthenticator(authorityPems: readonly string[], clock: Clock): Authenticator {
  const authorities = authorityPems.map((pem) => new X509Certificate(pem));
  const byText = new Map<string, Verified>();
  // A connection hands over the same array with each of its requests.
  const byConnection = new WeakMap<readonly Uint8Array[], Verified>();
  const remembered = (certificates: readonly Uint8Array[]): Verified => {
    const id = certificates.map((der) => Buffer.from(der).toString('latin1')).join('|');
    let verified = byText.get(id);
    if (verified === undefined) {
      verified = verify(certificates, authorities);
      if (byText.size >= cachedMax) byText.delete(byText.keys().next().value!);
      byText.set(id, verified);
    }
    return verified;
  };
  return async ({ peerCertificates }) => {
    if (peerCertificates === undefined || peerCertificates.length === 0) return undefined;
    let verified = byConnection.get(peerCertificates);
    if (verified === undefined) {
      verified = remembered(peerCertificates);
      byConnection.set(peerCertificates, verified);
    }
    const nowMs = clock.now();
    if (nowMs < verified.fromMs || nowMs > verified.toMs) throw new Error('x509: certificate has expired or is not yet valid');
    return verified.identity;
  };
}
