import { commonNameOid, elementAt, elementsOf, nameAttributes, organizationOid } from '../../base/der.ts';

/** What authentication reads from the subject of a certificate. */
export interface CertificateSubject {
  /** The last CN, as Go's x509 reads it. */
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Values of the attribute 1.3.6.1.4.1.57683.2, which carries a user's uid. */
  readonly uids: readonly string[];
}
const uidOid = '2b0601040183c24302';

/** Reads the subject out of a DER certificate. Throws DerError on bytes that are none. */
export function certificateSubject(der: Uint8Array): CertificateSubject {
  const parts = elementsOf(elementAt(elementAt(der).body).body);
  const versioned = parts[0]?.tag === 0xa0;
  const subject = parts[versioned ? 5 : 4];
  const attributes = subject === undefined ? [] : nameAttributes(subject);
  const textsOf = (oid: string) => attributes.filter((one) => one.oid === oid).map((one) => one.text);
  return { commonName: textsOf(commonNameOid).at(-1) ?? '', organizations: textsOf(organizationOid), uids: textsOf(uidOid) };
}
