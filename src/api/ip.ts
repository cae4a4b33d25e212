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

/** A range in a field of a stable API. */
export function isCidr(text: string): Messages {
  const slash = text.indexOf('/');
  const bytes = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  if (bytes === undefined || !/^\d{1,9}$/.test(prefix) || Number(prefix) > bytes.length * 8) {
    return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
  }
  if (hasLeadingZero(text.slice(0, slash)) || /^0\d/.test(prefix)) return ['must not have leading 0s in IP or prefix length'];
  if (isMapped(bytes)) return ['must not have an IPv4-mapped IPv6 address'];
  const masked = clearHostBits(bytes, Number(prefix));
  return masked.some((byte, index) => byte !== bytes[index]) ? ['must not have bits set beyond the prefix length'] : right;
}

/** As Go prints it: mapped addresses dotted, the longest run of zero groups (of two or more) as '::'. */
export function formatIp(bytes: readonly number[]): string {
  if (bytes.length === 4 || isMapped(bytes)) return bytes.slice(-4).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes[index * 2]! * 256 + bytes[index * 2 + 1]!);
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (best.start < 0) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}

/** An address with the length of its network's prefix, '192.168.1.5/24'. */
export function isInterfaceAddress(text: string): Messages {
  const slash = text.indexOf('/');
  const bytes = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  if (bytes === undefined || !/^\d{1,9}$/.test(prefix) || Number(prefix) > bytes.length * 8)
    return ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'];
  const size = isMapped(bytes) && Number(prefix) > 32 ? Number(prefix) - 96 : Number(prefix);
  const canonical = `${formatIp(bytes)}/${size}`;
  return text === canonical ? right : [`must be in canonical form (${JSON.stringify(canonical)})`];
}
