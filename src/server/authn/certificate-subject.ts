/** What authentication reads from the subject of a certificate. */
export interface CertificateSubject {
  /** The last CN, as Go's x509 reads it. */
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Values of the attribute 1.3.6.1.4.1.57683.2, which carries a user's uid. */
  readonly uids: readonly string[];
}

interface Element {
  readonly tag: number;
  readonly body: Uint8Array;
  /** Offset just after the element. */
  readonly end: number;
}

const oidCommonName = '550403';
const oidOrganization = '55040a';
const oidUid = '2b0601040183c24302';

/** One DER element at `offset`. Throws RangeError on bytes that are not DER. */
function elementAt(bytes: Uint8Array, offset: number): Element {
  const tag = bytes[offset];
  let length = bytes[offset + 1];
  if (tag === undefined || length === undefined) throw new RangeError('certificate: truncated');
  let start = offset + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4) throw new RangeError('certificate: bad length');
    length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + (bytes[start + index] ?? 0);
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError('certificate: truncated');
  return { tag, body: bytes.subarray(start, end), end };
}
function elementsOf(bytes: Uint8Array): readonly Element[] {
  const found: Element[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const element = elementAt(bytes, offset);
    found.push(element);
    offset = element.end;
  }
  return found;
}

const bmpString = 0x1e;
function textOf(element: Element): string {
  if (element.tag !== bmpString) return Buffer.from(element.body).toString('utf8');
  return Buffer.from(element.body.slice(0, element.body.length & ~1))
    .swap16()
    .toString('utf16le');
}

/** Reads the subject out of a DER certificate, byte for byte: no text form of a name can be mistaken for another. */
export function certificateSubject(der: Uint8Array): CertificateSubject {
  const [toBeSigned] = elementsOf(elementAt(der, 0).body);
  if (toBeSigned === undefined) throw new RangeError('certificate: empty');
  const parts = elementsOf(toBeSigned.body);
  const versioned = parts[0]?.tag === 0xa0;
  const subject = parts[versioned ? 5 : 4];
  if (subject === undefined) throw new RangeError('certificate: no subject');
  let commonName = '';
  const organizations: string[] = [];
  const uids: string[] = [];
  for (const set of elementsOf(subject.body)) {
    for (const attribute of elementsOf(set.body)) {
      const [type, value] = elementsOf(attribute.body);
      if (type === undefined || value === undefined) throw new RangeError('certificate: bad name');
      const oid = Buffer.from(type.body).toString('hex');
      if (oid === oidCommonName) commonName = textOf(value);
      else if (oid === oidOrganization) organizations.push(textOf(value));
      else if (oid === oidUid) uids.push(textOf(value));
    }
  }
  return { commonName, organizations, uids };
}
