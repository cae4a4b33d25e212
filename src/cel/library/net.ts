/** Addresses and ranges (apiserver/pkg/cel/library/ip.go, cidr.go; Go's net/netip for what counts as one). */
import type { Library, Overload } from '../api.ts';
import { formatIp } from '../../api/ip.ts';
import { goQuote } from '../../api/go-text.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import { CelError, type CelValue, OpaqueValue, noSuchOverload, orNoSuchOverload } from '../values.ts';
import { member, overload } from './overloads.ts';

export const ipType: CelType = t.opaque('net.IP');
export const cidrType: CelType = t.opaque('net.CIDR');

class AddressError extends Error {}
const wrong = (text: string, message: string, at = ''): never => {
  throw new AddressError(`ParseAddr(${goQuote(text)}): ${message}${at === '' ? '' : ` (at ${goQuote(at)})`}`);
};
function parseIpv4(text: string, whole: string): number[] {
  const fields: number[] = [];
  let value = 0;
  let digits = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (char >= '0' && char <= '9') {
      if (digits === 1 && value === 0) wrong(whole, 'IPv4 field has octet with leading zero');
      value = value * 10 + Number(char);
      digits++;
      if (value > 255) wrong(whole, 'IPv4 field has value >255');
    } else if (char === '.') {
      if (index === 0 || index === text.length - 1 || text[index - 1] === '.') {
        wrong(whole, 'IPv4 field must have at least one digit', text.slice(index));
      }
      if (fields.length === 3) wrong(whole, 'IPv4 address too long');
      fields.push(value);
      value = 0;
      digits = 0;
    } else wrong(whole, 'unexpected character', text.slice(index));
  }
  if (fields.length < 3) wrong(whole, 'IPv4 address too short');
  return [...fields, value];
}
/** The sixteen bytes; a zone is the caller's. */
function parseIpv6(text: string, whole: string): number[] {
  const bytes: number[] = [];
  let ellipsis = -1;
  let rest = text;
  if (rest.startsWith('::')) {
    ellipsis = 0;
    rest = rest.slice(2);
    if (rest === '') return new Array<number>(16).fill(0);
  }
  while (bytes.length < 16) {
    const digits = /^[0-9a-fA-F]*/.exec(rest)![0];
    if (digits.length > 4) wrong(whole, 'each group must have 4 or less digits', rest);
    if (digits === '') wrong(whole, 'each colon-separated field must have at least one digit', rest);
    if (rest[digits.length] === '.') {
      if (ellipsis < 0 && bytes.length !== 12) wrong(whole, 'embedded IPv4 address must replace the final 2 fields of the address', rest);
      if (bytes.length + 4 > 16) wrong(whole, 'too many hex fields to fit an embedded IPv4 at the end of the address', rest);
      bytes.push(...parseIpv4(rest, whole));
      rest = '';
      break;
    }
    const group = Number.parseInt(digits, 16);
    bytes.push(group >> 8, group & 255);
    rest = rest.slice(digits.length);
    if (rest === '') break;
    if (rest[0] !== ':') wrong(whole, 'unexpected character, want colon', rest);
    if (rest.length === 1) wrong(whole, 'colon must be followed by more characters', rest);
    rest = rest.slice(1);
    if (rest[0] === ':') {
      if (ellipsis >= 0) wrong(whole, 'multiple :: in address', rest);
      ellipsis = bytes.length;
      rest = rest.slice(1);
      if (rest === '') break;
    }
  }
  if (rest !== '') wrong(whole, 'trailing garbage after address', rest);
  if (bytes.length === 16) return ellipsis < 0 ? bytes : wrong(whole, 'the :: must expand to at least one field of zeros');
  if (ellipsis < 0) wrong(whole, 'address string too short');
  return [...bytes.slice(0, ellipsis), ...new Array<number>(16 - bytes.length).fill(0), ...bytes.slice(ellipsis)];
}
/** As netip.ParseAddr. Throws AddressError. */
export function parseAddress(text: string): { bytes: readonly number[]; zone: string } {
  const first = /[.:%]/.exec(text)?.[0];
  if (first === '.') return { bytes: parseIpv4(text, text), zone: '' };
  if (first === '%') wrong(text, 'missing IPv6 address');
  if (first === undefined) wrong(text, 'unable to parse IP');
  const percent = text.indexOf('%');
  if (percent < 0) return { bytes: parseIpv6(text, text), zone: '' };
  const zone = text.slice(percent + 1);
  if (zone === '') wrong(text, 'zone must be a non-empty string');
  return { bytes: parseIpv6(text.slice(0, percent), text), zone };
}
const isMapped = (bytes: readonly number[]) =>
  bytes.length === 16 && bytes[10] === 255 && bytes[11] === 255 && bytes.slice(0, 10).every((byte) => byte === 0);

const sameBytes = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((byte, index) => byte === b[index]);
function masked(bytes: readonly number[], bits: number): readonly number[] {
  return bytes.map((byte, index) => byte & (0xff << Math.max(0, 8 - Math.max(0, bits - index * 8))) & 0xff);
}

export class IpValue extends OpaqueValue {
  readonly type = ipType;
  readonly bytes: readonly number[];
  constructor(bytes: readonly number[]) {
    super();
    this.bytes = bytes;
  }
  override get goType(): string {
    return 'netip.Addr';
  }
  equals(other: CelValue): boolean | CelError {
    return other instanceof IpValue ? sameBytes(this.bytes, other.bytes) : orNoSuchOverload(other);
  }
  override get size(): number {
    return this.bytes.length;
  }
  override text(): string {
    return formatIp(this.bytes);
  }
}
export class CidrValue extends OpaqueValue {
  readonly type = cidrType;
  readonly bytes: readonly number[];
  readonly bits: number;
  constructor(bytes: readonly number[], bits: number) {
    super();
    this.bytes = bytes;
    this.bits = bits;
  }
  override get goType(): string {
    return 'netip.Prefix';
  }
  equals(other: CelValue): boolean | CelError {
    return other instanceof CidrValue ? this.bits === other.bits && sameBytes(this.bytes, other.bytes) : orNoSuchOverload(other);
  }
  override get size(): number {
    return Math.ceil(this.bits / 8);
  }
  override text(): string {
    return `${formatIp(this.bytes)}/${this.bits}`;
  }
}

function toIp(text: string): IpValue | CelError {
  try {
    const { bytes, zone } = parseAddress(text);
    if (zone !== '') return new CelError(`IP address ${goQuote(text)} with zone value is not allowed`);
    return isMapped(bytes) ? new CelError(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`) : new IpValue(bytes);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    return new CelError(`IP Address ${goQuote(text)} parse error during conversion from string: ${error.message}`);
  }
}
function parsePrefix(text: string): CidrValue {
  const bad = (message: string): never => {
    throw new AddressError(`netip.ParsePrefix(${goQuote(text)}): ${message}`);
  };
  const slash = text.lastIndexOf('/');
  if (slash < 0) bad("no '/'");
  let address: ReturnType<typeof parseAddress>;
  try {
    address = parseAddress(text.slice(0, slash));
  } catch (error) {
    return bad((error as Error).message);
  }
  if (address.zone !== '') bad('IPv6 zones cannot be present in a prefix');
  const bits = text.slice(slash + 1);
  if (!/^(?:[1-9]\d*|\d|[+-]\d+)$/.test(bits) || (bits.length > 1 && !/^[1-9]/.test(bits))) bad(`bad bits after slash: ${goQuote(bits)}`);
  const count = Number(bits);
  if (count > 2 ** 63) bad(`bad bits after slash: ${goQuote(bits)}`);
  if (count > address.bytes.length * 8) bad('prefix length out of range');
  return new CidrValue(address.bytes, count);
}
const conversionError = 'network address parse error during conversion from string:';
function toCidr(text: string): CidrValue | CelError {
  try {
    const cidr = parsePrefix(text);
    return isMapped(cidr.bytes) ? new CelError(`${conversionError} IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`) : cidr;
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    return new CelError(`${conversionError} ${conversionError} ${error.message}`);
  }
}

function containsIp(cidr: CidrValue, ip: IpValue | CelError): CelValue {
  if (ip instanceof CelError) return noSuchOverload;
  return cidr.bytes.length === ip.bytes.length && sameBytes(masked(ip.bytes, cidr.bits), masked(cidr.bytes, cidr.bits));
}
function containsCidr(cidr: CidrValue, other: CidrValue | CelError): CelValue {
  if (other instanceof CelError) return other;
  if (cidr.bytes.length !== other.bytes.length || cidr.bits > other.bits) return false;
  return sameBytes(masked(cidr.bytes, cidr.bits), masked(other.bytes, cidr.bits));
}

type Test = (bytes: readonly number[]) => boolean;
const isZero: Test = (bytes) => bytes.every((byte) => byte === 0);
const isLoopback: Test = (bytes) => (bytes.length === 4 ? bytes[0] === 127 : isZero(bytes.slice(0, 15)) && bytes[15] === 1);
const isMulticast: Test = (bytes) => (bytes.length === 4 ? (bytes[0]! & 0xf0) === 0xe0 : bytes[0] === 0xff);
const isLinkLocalUnicast: Test = (bytes) =>
  bytes.length === 4 ? bytes[0] === 169 && bytes[1] === 254 : bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
const isLinkLocalMulticast: Test = (bytes) =>
  bytes.length === 4 ? bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0 : bytes[0] === 0xff && (bytes[1]! & 0x0f) === 0x02;
const isGlobalUnicast: Test = (bytes) =>
  !isZero(bytes) &&
  !(bytes.length === 4 && bytes.every((byte) => byte === 255)) &&
  !isLoopback(bytes) &&
  !isMulticast(bytes) &&
  !isLinkLocalUnicast(bytes);
const test = (id: string, holds: Test): readonly Overload[] => [member(id, [ipType], t.bool, (ip: IpValue) => holds(ip.bytes))];
const printed = (value: OpaqueValue) => value.text();

export const ipLibrary: Library = {
  name: 'kubernetes.net.ip',
  types: [ipType],
  functions: {
    ip: [overload('string_to_ip', [t.string], ipType, toIp)],
    family: [member('ip_family', [ipType], t.int, (ip: IpValue) => (ip.bytes.length === 4 ? 4 : 6))],
    'ip.isCanonical': [
      overload('ip_is_canonical', [t.string], t.bool, (text: string) => {
        const ip = toIp(text);
        return ip instanceof CelError ? ip : ip.text() === text;
      }),
    ],
    isUnspecified: test('ip_is_unspecified', isZero),
    isLoopback: test('ip_is_loopback', isLoopback),
    isLinkLocalMulticast: test('ip_is_link_local_multicast', isLinkLocalMulticast),
    isLinkLocalUnicast: test('ip_is_link_local_unicast', isLinkLocalUnicast),
    isGlobalUnicast: test('ip_is_global_unicast', isGlobalUnicast),
    isIP: [overload('is_ip', [t.string], t.bool, (text: string) => toIp(text) instanceof IpValue)],
    string: [overload('ip_to_string', [ipType], t.string, printed)],
  },
};
export const cidrLibrary: Library = {
  name: 'kubernetes.net.cidr',
  types: [cidrType],
  functions: {
    cidr: [overload('string_to_cidr', [t.string], cidrType, toCidr)],
    containsIP: [
      member('cidr_contains_ip_string', [cidrType, t.string], t.bool, (cidr: CidrValue, text: string) => containsIp(cidr, toIp(text))),
      member('cidr_contains_ip_ip', [cidrType, ipType], t.bool, containsIp),
    ],
    containsCIDR: [
      member('cidr_contains_cidr_string', [cidrType, t.string], t.bool, (cidr: CidrValue, text: string) =>
        containsCidr(cidr, toCidr(text)),
      ),
      member('cidr_contains_cidr', [cidrType, cidrType], t.bool, containsCidr),
    ],
    ip: [member('cidr_ip', [cidrType], ipType, (cidr: CidrValue) => new IpValue(cidr.bytes))],
    prefixLength: [member('cidr_prefix_length', [cidrType], t.int, (cidr: CidrValue) => cidr.bits)],
    masked: [member('cidr_masked', [cidrType], cidrType, (cidr: CidrValue) => new CidrValue(masked(cidr.bytes, cidr.bits), cidr.bits))],
    isCIDR: [overload('is_cidr', [t.string], t.bool, (text: string) => toCidr(text) instanceof CidrValue)],
    string: [overload('cidr_to_string', [cidrType], t.string, printed)],
  },
};
