import { compilePattern } from '../../base/regexp.ts';
import { parseGoRequestUrl } from '../go-url.ts';
import { parseDurationNanos } from '../gotime.ts';
import { parseIp } from '../ip.ts';
import { isMailAddress } from './mail-address.ts';

/** The formats of texts that a cluster checks (kube-openapi pkg/validation/strfmt); names count without their dashes. */
type FormatCheck = (text: string) => boolean;

const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).length;
const matches =
  (pattern: RegExp): FormatCheck =>
  (text) =>
    pattern.test(text);

const hostnamePattern =
  '^([a-zA-Z0-9\\p{S}\\p{L}]((-?[a-zA-Z0-9\\p{S}\\p{L}]{0,62})?)|([a-zA-Z0-9\\p{S}\\p{L}](([a-zA-Z0-9-\\p{S}\\p{L}]{0,61}[a-zA-Z0-9\\p{S}\\p{L}])?)(\\.)){1,}([a-zA-Z\\p{L}]){2,63})$';
const isHostname: FormatCheck = (text) =>
  compilePattern(hostnamePattern).test(text) && bytesOf(text) <= 255 && text.split('.').every((part) => bytesOf(part) <= 63);

/** Without the leading zeros that old versions of Go let pass. */
const isStrictIp: FormatCheck = (text) => parseIp(text) !== undefined && !/(?:^|[.:])0\d+(?=\.|$)/.test(text);
const isIpv4: FormatCheck = (text) => text.includes('.') && parseIp(text) !== undefined;
const isIpv6: FormatCheck = (text) => text.includes(':') && (text.includes('.') ? isStrictIp(text) : parseIp(text) !== undefined);
function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  const bytes = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  return bytes !== undefined && /^\d{1,4}$/.test(prefix) && Number(prefix) <= bytes.length * 8;
}
const hexPair = '[0-9a-fA-F]{2}';
const macOf = (separator: string, group: string, counts: readonly number[]) =>
  counts.map((count) => `${group}(?:${separator}${group}){${count - 1}}`).join('|');
const macPattern = new RegExp(
  `^(?:${[macOf(':', hexPair, [6, 8, 20]), macOf('-', hexPair, [6, 8, 20]), macOf('\\.', '[0-9a-fA-F]{4}', [3, 4, 10]), macOf('', hexPair, [6, 8, 20])].join('|')})$`,
);

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const days = month === 2 && isLeap(year) ? 29 : (monthDays[month - 1] ?? 0);
  return day >= 1 && day <= days;
}
function isDateTime(text: string): boolean {
  const [date, time] = text.toLowerCase().split('t') as [string, string | undefined];
  if (time === undefined || !isDate(date)) return false;
  const match = /^(\d\d):(\d\d):(\d\d)(?:[^\n]\d+)?(?:z|[+-]\d\d:\d\d)$/.exec(time);
  return match !== null && match[1]! <= '23' && match[2]! <= '59' && match[3]! <= '59';
}
/** Beside Go's own form that of Scala: a number and a word, '2 days'. */
const durationWords: readonly (readonly string[])[] = [
  ['ns', 'nano'],
  ['us', 'µs', 'micro'],
  ['ms', 'milli'],
  ['s', 'sec'],
  ['m', 'min'],
  ['h', 'hr', 'hour'],
  ['d', 'day'],
  ['w', 'wk', 'week'],
];
const int64Digits = 19;
function isDuration(text: string): boolean {
  try {
    parseDurationNanos(text);
    return true;
  } catch {
    let found = false;
    // Within a number nothing begins that did not begin with it.
    for (const [, count, word] of text.matchAll(/(?<!\d)0*(\d+)\s*([A-Za-zµ]+)/g)) {
      if (count!.length > int64Digits || BigInt(count!) >= 2n ** 63n) return false;
      const unit = word!.toLowerCase();
      found ||= durationWords.some((words) => words.includes(unit) || unit.startsWith(words.at(-1)!));
    }
    return found;
  }
}

function isCreditCard(text: string): boolean {
  const digits = text.replaceAll(/\D+/g, '');
  const issuers =
    /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;
  if (!issuers.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits.at(-1 - index)) * (index % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}
const isbnDigits = (text: string) => text.replaceAll(/[\t\n\f\r -]+/g, '');
function isIsbn10(text: string): boolean {
  const digits = isbnDigits(text);
  if (!/^(?:\d{9}X|\d{10})$/.test(digits)) return false;
  const values = [...digits].map((digit) => (digit === 'X' ? 10 : Number(digit)));
  return values.reduce((sum, value, index) => sum + value * (index + 1), 0) % 11 === 0;
}
function isIsbn13(text: string): boolean {
  const digits = isbnDigits(text);
  if (!/^\d{13}$/.test(digits)) return false;
  return [...digits].reduce((sum, digit, index) => sum + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}
const colour = '(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])';
const rgbPattern = `^rgb\\(\\s*${colour}\\s*,\\s*${colour}\\s*,\\s*${colour}\\s*\\)$`;
const uuid = (version: string, variant: string) =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{${version === '' ? 4 : 3}}-?${variant}-?[0-9a-f]{12}$`, 'i'));
const anyVariant = '[0-9a-f]{4}';
const rfcVariant = '[89ab][0-9a-f]{3}';
const shortName = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';

const formats: Readonly<Record<string, FormatCheck>> = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: (text) => !('error' in parseGoRequestUrl(text)),
  email: isMailAddress,
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  cidr: isCidr,
  mac: matches(macPattern),
  uuid: uuid('', anyVariant),
  uuid3: uuid('3', anyVariant),
  uuid4: uuid('4', rfcVariant),
  uuid5: uuid('5', rfcVariant),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: matches(/^(?=.{11}$)\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: (text) => compilePattern(rgbPattern).test(text),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && new RegExp(`^${shortName}$`).test(text),
  k8slongname: (text) => text.length <= 253 && compilePattern(`^${shortName}(?:\\.${shortName})*$`).test(text),
};
const normalized = (format: string) => format.replaceAll('-', '');

export const isKnownFormat = (format: string): boolean => format !== '' && Object.hasOwn(formats, normalized(format));
export const formatCheck = (format: string): FormatCheck => formats[normalized(format)]!;

/** Whether a format says anything about a type ('' for none or several). */
export function isSupportedFormat(type: string, format: string): boolean {
  if (type === '' || type === 'string') return isKnownFormat(format);
  if (type === 'integer') return format === 'int32' || format === 'int64';
  return type === 'number' && (format === 'float' || format === 'double');
}
/** The format of a schema as far as it counts; '' when it doesn't. */
export const formatOf = (type: string, format: string | undefined): string =>
  format !== undefined && isSupportedFormat(type, format) ? format : '';
