import { setLatest } from '../../base/latest.ts';
import { createHash, X509Certificate } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Distribution } from '../../base/metrics.ts';
import type { Identity } from '../../client/call.ts';
import { certificateSubject } from './certificate-subject.ts';
import { completed } from './known-groups.ts';

const clientAuthentication = '1.3.6.1.5.5.7.3.2';
const anyUse = '2.5.29.37.0';
/** A chain of a client, its intermediates and the authority is never longer in practice. */
const longestChain = 8;
const cachedMax = 4096;

/** What a certificate says, once its chain is good. */
interface Verified {
  /** Until when the client's own certificate is good, whatever the others of its chain are. */
  readonly ownToMs: number;
  readonly commonName: string;
  /** undefined: the certificate names nobody. */
  readonly identity: Identity | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}
type Outcome = Verified | { readonly error: Error; readonly ownToMs: number };

/** The certificates of a PEM bundle. Throws Error when one can't be read. */
export const certificatesOf = (pem: string): readonly X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map((one) => new X509Certificate(one));

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
  const ownToMs = chain[0]!.validToDate.getTime();
  const { commonName, organizations, uids } = certificateSubject(ders[0]!);
  if (commonName === '') return { commonName, identity: undefined, ownToMs, fromMs, toMs };
  if (uids.length > 1) throw new Error(`expected 1 UID, but found multiple: ${uids}`);
  if (uids[0] === '') throw new Error('UID cannot be an empty string');
  const fingerprint = createHash('sha256').update(ders[0]!).digest('hex');
  const identity = completed({
    user: commonName,
    ...(uids[0] === undefined ? {} : { uid: uids[0] }),
    groups: organizations,
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
  });
  return { commonName, identity, ownToMs, fromMs, toMs };
}

/** When a certificate ends; 0 for what is none. */
function endOf(der: Uint8Array): number {
  try {
    return new X509Certificate(der).validToDate.getTime();
  } catch {
    return 0;
  }
}

/** Judges client certificates by a set of authorities. Outcomes are remembered, times are checked on every call. */
export class CertificateVerifier {
  readonly #clock: Clock;
  #authorities: readonly X509Certificate[];
  #byText = new Map<string, Outcome>();
  // A connection hands over the same array with each of its requests.
  #byConnection = new WeakMap<readonly Uint8Array[], Outcome>();

  /** `authorities`: PEM, of one or more each. */
  constructor(authorities: readonly string[], clock: Clock) {
    this.#clock = clock;
    this.#authorities = authorities.flatMap(certificatesOf);
  }
  /** Other authorities count from now on. Throws Error, and changes nothing, when they can't be read. */
  renew(authorities: readonly string[]): void {
    this.#authorities = authorities.flatMap(certificatesOf);
    this.#byText = new Map();
    this.#byConnection = new WeakMap();
  }
  /** Throws Error with the reason unless the certificates are good now. `lifetimes` is told the seconds that the first one still has. */
  verify(certificates: readonly Uint8Array[], lifetimes?: Distribution): Verified {
    let outcome = this.#byConnection.get(certificates);
    if (outcome === undefined) {
      outcome = this.#remembered(certificates);
      this.#byConnection.set(certificates, outcome);
    }
    const nowMs = this.#clock.now();
    lifetimes?.observe((outcome.ownToMs - nowMs) / 1000);
    if ('error' in outcome) throw outcome.error;
    if (nowMs < outcome.fromMs || nowMs > outcome.toMs) throw new Error('x509: certificate has expired or is not yet valid');
    return outcome;
  }
  #remembered(certificates: readonly Uint8Array[]): Outcome {
    // A hash, so that nobody fills memory with certificates of his own.
    const hash = createHash('sha256');
    for (const der of certificates) hash.update(`${der.length}:`).update(der);
    const id = hash.digest('base64');
    let outcome = this.#byText.get(id);
    if (outcome !== undefined) return outcome;
    try {
      outcome = verify(certificates, this.#authorities);
    } catch (error) {
      outcome = { error: error instanceof Error ? error : new Error(String(error)), ownToMs: endOf(certificates[0]!) };
    }
    setLatest(this.#byText, id, outcome, cachedMax);
    return outcome;
  }
}
