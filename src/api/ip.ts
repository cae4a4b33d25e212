import { goQuote } from './go-text.ts';

/** IP addresses and CIDRs in text (k8s.io/apimachinery util/validation ip.go, k8s.io/utils/net). */
type Messages = readonly string[];
const right: Messages = [];

/** The four bytes of a dotted address; parts may have leading zeros, as old APIs allow. */
function parseIpv4(text: string): number[] | undefined {
  if (!/^\d{1,}(?:\.\d{1,}){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}
/** Up to eight 16-bit groups; a dotted address may stand at the end. */
function parseGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (atEnd && index === parts.length - 1 && part.includes('.')) {
      const bytes = parseIpv4(part);
      if (bytes === undefined) return undefined;
      groups.push(bytes[0]! * 256 + bytes[1]!, bytes[2]! * 256 + bytes[3]!);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 1 ? [] : parseGroups(halves[1]!, true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail].flatMap((group) => [group >> 8, group & 255]);
}
const isMapped = (bytes: readonly number[]) =>
  bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;

/** 4 or 16 bytes; undefined for what is no address. */
export const parseIp = (text: string): readonly number[] | undefined => parseIpv4(text) ?? parseIpv6(text);

/** Mapped addresses count as IPv4, as in Go. */
export function ipFamily(text: string): 4 | 6 | undefined {
  const bytes = parseIp(text);
  return bytes === undefined ? undefined : bytes.length === 4 || isMapped(bytes) ? 4 : 6;
}
const hasLeadingZero = (text: string) => text.includes('.') && /(?:^|[.:])0\d/.test(text.slice(text.lastIndexOf(':') + 1));

/** An address in a field of a stable API. */
export function isIp(text: string): Messages {
  const bytes = parseIp(text);
  if (bytes === undefined) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  if (hasLeadingZero(text)) return ['must not have leading 0s'];
  return isMapped(bytes) ? ['must not be an IPv4-mapped IPv6 address'] : right;
}
const clearHostBits = (bytes: readonly number[], prefix: number) =>
  bytes.map((byte, index) => byte & (0xff << Math.max(0, 8 - Math.max(0, prefix - index * 8))) & 0xff);

export interface Cidr {
  /** The address as it is written, 4 or 16 bytes. */
  readonly address: readonly number[];
  readonly prefix: number;
  /** The address without the bits behind the prefix. */
  readonly network: readonly number[];
}
/** undefined for what is no range. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  if (address === undefined || !/^\d{1,9}$/.test(prefix) || Number(prefix) > address.length * 8) return undefined;
  return { address, prefix: Number(prefix), network: clearHostBits(address, Number(prefix)) };
}

/** A range in a field of a stable API. */
export function isCidr(text: string): Messages {
  const cidr = parseCidr(text);
  if (cidr === undefined) return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
  const slash = text.indexOf('/');
  if (hasLeadingZero(text.slice(0, slash)) || /^0\d/.test(text.slice(slash + 1)))
    return ['must not have leading 0s in IP or prefix length'];
  if (isMapped(cidr.address)) return ['must not have an IPv4-mapped IPv6 address'];
  return same(cidr.network, cidr.address) ? right : ['must not have bits set beyond the prefix length'];
}
const same = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((byte, index) => byte === b[index]);

/** True when the second range lies in the first and its prefix is longer: where one is of IPv4 mapped into IPv6, as Go compares them. */
export function isWithin(outer: Cidr, inner: Cidr): boolean {
  return inner.prefix > outer.prefix && isInside(unmapped(outer), isMapped(inner.network) ? inner.network.slice(12) : inner.network);
}
const unmapped = (range: Cidr): Cidr =>
  isMapped(range.network) ? { ...range, prefix: range.prefix - 96, network: range.network.slice(12) } : range;

/** True when the address lies in the range. */
export const isInside = ({ network, prefix }: Cidr, address: readonly number[]): boolean =>
  address.length === network.length && same(clearHostBits(address, prefix), network);

/** True for what a host of the network may have as its address: all but the first, and with IPv4 the last. */
export function isAddressOf(range: Cidr, address: readonly number[]): boolean {
  if (!isInside(range, address) || same(range.network, address)) return false;
  const hostBits = (index: number) => 0xff >> Math.min(8, Math.max(0, range.prefix - index * 8));
  return address.length !== 4 || address.some((byte, index) => (byte & hostBits(index)) !== hostBits(index));
}
/** True when one of two ranges lies in the other, or they are the same. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.prefix <= b.prefix ? isInside(a, b.network) : isInside(b, a.network);
}

/** The address as Go and RFC 5952 write it; mapped addresses as IPv4. */
export function formatIp(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  if (isMapped(bytes)) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes[index * 2]! * 256 + bytes[index * 2 + 1]!);
  let [start, length] = [0, 0];
  for (let first = 0; first < 8; first++) {
    let end = first;
    while (groups[end] === 0) end++;
    if (end - first > length) [start, length] = [first, end - first];
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return length < 2 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
function formatCidr({ network, prefix }: Cidr): string {
  return `${formatIp(network)}/${isMapped(network) && prefix >= 96 ? prefix - 96 : prefix}`;
}
const canonical = (text: string, wanted: string): Messages =>
  text === wanted ? right : [`must be in canonical form (${goQuote(wanted)})`];

/** An address in a field that never took anything but the canonical form. */
export function isCanonicalIp(text: string): Messages {
  const wrong = isIp(text);
  return wrong.length > 0 ? wrong : canonical(text, formatIp(parseIp(text)!));
}
/** A range in a field that never took anything but the canonical form. */
export function isCanonicalCidr(text: string): Messages {
  const wrong = isCidr(text);
  return wrong.length > 0 ? wrong : canonical(text, formatCidr(parseCidr(text)!));
}

/** What to warn of in a field that takes addresses which are not in the canonical form. */
export function ipWarnings(path: string, text: string): readonly string[] {
  const bytes = parseIp(text);
  if (bytes === undefined) return right;
  const wanted = goQuote(formatIp(bytes));
  if (isIp(text).length > 0) return [`${path}: non-standard IP address ${goQuote(text)} is invalid: use ${wanted}`];
  if (bytes.length === 4 || goQuote(text) === wanted) return right;
  return [`${path}: IPv6 address ${goQuote(text)} should be in RFC 5952 canonical format (${wanted})`];
}
/** As `ipWarnings`, for ranges. */
export function cidrWarnings(path: string, text: string): readonly string[] {
  const cidr = parseCidr(text);
  if (cidr === undefined) return right;
  const { address, network, prefix } = cidr;
  const [shown, wanted] = [goQuote(text), goQuote(formatCidr(cidr))];
  const warnings: string[] = [];
  if (!same(address, network)) {
    const single = goQuote(`${formatIp(address)}/${address.length * 8}`);
    warnings.push(`${path}: CIDR value ${shown} is ambiguous in this context (should be ${wanted} or ${single}?)`);
  }
  const slash = text.indexOf('/');
  if (hasLeadingZero(text.slice(0, slash)) || /^0\d/.test(text.slice(slash + 1)) || isMapped(address))
    warnings.push(`${path}: non-standard CIDR value ${shown} is invalid: use ${wanted}`);
  if (warnings.length === 0 && address.length === 16 && text !== `${formatIp(address)}/${prefix}`)
    warnings.push(`${path}: IPv6 CIDR value ${shown} should be in RFC 5952 canonical format (${wanted})`);
  return warnings;
}

/** An address with the length of its network's prefix, '192.168.1.5/24'. */
export function isInterfaceAddress(text: string): Messages {
  const cidr = parseCidr(text);
  if (cidr === undefined) return ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'];
  const { address, prefix } = cidr;
  return canonical(text, `${formatIp(address)}/${isMapped(address) && prefix > 32 ? prefix - 96 : prefix}`);
}
