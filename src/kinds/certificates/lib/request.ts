import {
  commonNameOid,
  derTags,
  type Element,
  elementsOf,
  expectedAt,
  hexOf,
  latin1Of,
  nameAttributes,
  organizationOid,
  elementAt,
  DerError,
} from '../../../base/der.ts';
import { decodePem } from '../../../base/pem.ts';

/** What a PKCS#10 request for a certificate (RFC 2986) asks for. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly emails: readonly string[];
  /** 4 or 16 bytes each. */
  readonly ips: readonly Uint8Array[];
  readonly uris: readonly string[];
  /** The name, as DER. */
  readonly subject: Uint8Array;
  /** What else is asked for, as DER: identifier to value. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
  readonly publicKeyInfo: Uint8Array;
  readonly toBeSigned: Uint8Array;
  /** AlgorithmIdentifier, as DER. */
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
}

const extensionRequestOid = '2a864886f70d01090e';
const alternativeNamesOid = '551d11';
const generalName = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

/** Bytes of a spec.request, which is base64 of PEM. */
export function requestText(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return '';
  }
}

/** Reads the PEM of a request. Throws Error in the words of upstream and Go; its signature is not looked at. */
export function parseRequest(pem: string): CertificateRequest {
  const block = decodePem(pem);
  if (block?.type !== 'CERTIFICATE REQUEST') throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const whole = expectedAt(block.bytes, 0, derTags.sequence, 'certificateRequest');
  const toBeSigned = expectedAt(whole.body, 0, derTags.sequence, 'tbsCertificateRequest');
  const algorithm = expectedAt(whole.body, toBeSigned.end, derTags.sequence, 'AlgorithmIdentifier');
  const signature = expectedAt(whole.body, algorithm.end, derTags.bitString, 'BitString');
  const version = expectedAt(toBeSigned.body, 0, derTags.integer, 'int');
  const subject = expectedAt(toBeSigned.body, version.end, derTags.sequence, 'RawValue');
  const publicKeyInfo = expectedAt(toBeSigned.body, subject.end, derTags.sequence, 'publicKeyInfo');
  const attributes = elementAt(toBeSigned.body, publicKeyInfo.end);
  if (whole.end !== block.bytes.length) throw new DerError('asn1: syntax error: trailing data');
  const extensions = requestedExtensions(attributes);
  const names = alternativeNames(extensions.get(alternativeNamesOid));
  const textsOf = (tag: number) => names.filter((name) => name.tag === tag).map(({ body }) => latin1Of(body));
  const attributesOfName = nameAttributes(subject);
  return {
    commonName: attributesOfName.findLast(({ oid }) => oid === commonNameOid)?.text ?? '',
    organizations: attributesOfName.filter(({ oid }) => oid === organizationOid).map(({ text }) => text),
    dnsNames: textsOf(generalName.dns),
    emails: textsOf(generalName.email),
    uris: textsOf(generalName.uri),
    ips: names.filter((name) => name.tag === generalName.ip).map(({ body }) => body),
    subject: subject.whole,
    extensions,
    publicKeyInfo: publicKeyInfo.whole,
    toBeSigned: toBeSigned.whole,
    algorithm: algorithm.whole,
    signature: signature.body.subarray(1),
  };
}

function requestedExtensions(attributes: Element): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const attribute of elementsOf(attributes.body)) {
    const [type, values] = elementsOf(attribute.body);
    if (type === undefined || values === undefined || hexOf(type.body) !== extensionRequestOid) continue;
    for (const extension of elementsOf(elementAt(values.body).body)) {
      const parts = elementsOf(extension.body);
      if (parts.length >= 2) found.set(hexOf(parts[0]!.body), parts.at(-1)!.body);
    }
  }
  return found;
}

function alternativeNames(value: Uint8Array | undefined): readonly Element[] {
  if (value === undefined) return [];
  const names = elementsOf(expectedAt(value, 0, derTags.sequence, 'RawValue').body);
  for (const { tag, body } of names)
    if (tag === generalName.ip && body.length !== 4 && body.length !== 16)
      throw new Error(`x509: cannot parse IP address of length ${body.length}`);
  return names;
}
