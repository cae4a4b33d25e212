/** Strings as Go sees them: sequences of code points (runes), ordered by their UTF-8 bytes. */
import { goFloat } from '../api/go-text.ts';

const surrogate = /[\ud800-\udfff]/;
export const hasSurrogates = (text: string): boolean => surrogate.test(text);

export function runeCount(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit < 0xdc00) {
      const next = text.charCodeAt(index + 1);
      if (next >= 0xdc00 && next < 0xe000) {
        count--;
        index++;
      }
    }
  }
  return count;
}

export function utf8Length(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) count++;
    else if (unit >= 0xd800 && unit < 0xdc00 && index + 1 < text.length && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      count += 2;
      index++;
    } else count += 2;
  }
  return count;
}

/** Code points sort as UTF-8 does; UTF-16 puts those beyond 0xffff before 0xe000. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x2000 : unit >= 0xe000 ? unit - 0x800 : unit);
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) < rank(right) ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** Offset in UTF-16 units of the rune at this index. */
export function runeOffset(text: string, runes: number): number {
  if (!hasSurrogates(text)) return Math.min(runes, text.length);
  let at = 0;
  for (let left = runes; left > 0 && at < text.length; left--) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return at;
}

/** A double as Go prints it with %g and %v: shortest digits, with an exponent below 1e-04 and from 1e+06 on. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return goFloat(value);
}
/** Never with an exponent (Go's 'f' with shortest digits). */
export function plainDouble(value: number): string {
  if (!Number.isFinite(value)) return formatDouble(value);
  if (Object.is(value, -0)) return '-0';
  const [mantissa, exponentText] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  const sign = mantissa!.startsWith('-') ? '-' : '';
  const digits = mantissa!.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return `${sign}${digits.padEnd(exponent + 1, '0')}`;
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
