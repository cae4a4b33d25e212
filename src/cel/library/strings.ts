/** Strings beyond the standard (cel-go ext/strings.go, version 2: no reverse). Positions count code points. */
import type { Library, Overload } from '../api.ts';
import { hasSurrogates, runeCount, runeOffset } from '../strings.ts';
import { goText } from '../text.ts';
import * as t from '../types.ts';
import { ArrayList, CelError, type CelList, type CelValue } from '../values.ts';
import { formatString } from './format.ts';
import { member, overload } from './overloads.ts';

type Int = number | bigint;
const outOfRange = (index: Int) => new CelError(`index out of range: ${index}`);

function charAt(text: string, index: Int): CelValue {
  const count = runeCount(text);
  if (index < 0 || index > count) return outOfRange(index);
  if (Number(index) === count) return '';
  return String.fromCodePoint(text.codePointAt(runeOffset(text, Number(index)))!);
}
function indexOf(text: string, part: string, offset: Int = 0): CelValue {
  if (part === '') return offset;
  if (offset < 0) return outOfRange(offset);
  if (offset >= runeCount(text)) return -1;
  const found = text.indexOf(part, runeOffset(text, Number(offset)));
  return found < 0 ? -1 : runeCount(text.slice(0, found));
}
function lastIndexOf(text: string, part: string, offset?: Int): CelValue {
  const count = runeCount(text);
  if (part === '') return offset ?? count;
  if (offset === undefined && count === 0) return -1;
  const from = offset ?? count - 1;
  if (from < 0) return outOfRange(from);
  if (from >= count) return -1;
  const found = text.lastIndexOf(part, runeOffset(text, Number(from)));
  return found < 0 ? -1 : runeCount(text.slice(0, found));
}
const ascii = (text: string, range: RegExp, by: number) => text.replace(range, (char) => String.fromCharCode(char.charCodeAt(0) + by));

/** As Go's strings.Replace: an empty old text matches between code points. */
function replace(text: string, old: string, by: string, count: Int = -1): string {
  if (count === 0 || old === by) return text;
  let left = count < 0 ? Number.POSITIVE_INFINITY : Number(count);
  if (old !== '') {
    if (left === Number.POSITIVE_INFINITY) return text.replaceAll(old, () => by);
    let out = '';
    let at = 0;
    for (let found = text.indexOf(old); found >= 0 && left > 0; found = text.indexOf(old, at), left--) {
      out += text.slice(at, found) + by;
      at = found + old.length;
    }
    return out + text.slice(at);
  }
  let out = '';
  for (const rune of text) {
    if (left > 0) out += by;
    left--;
    out += rune;
  }
  return left > 0 ? out + by : out;
}
/** As Go's strings.SplitN: the last piece is the rest. */
function split(text: string, separator: string, count: Int = -1): CelValue {
  if (count === 0) return new ArrayList([]);
  const pieces = separator === '' ? [...text] : text.split(separator);
  if (count < 0 || pieces.length <= count) return new ArrayList(pieces);
  const kept = pieces.slice(0, Number(count) - 1);
  return new ArrayList([...kept, pieces.slice(Number(count) - 1).join(separator)]);
}
function substring(text: string, start: Int, end?: Int): CelValue {
  const count = runeCount(text);
  if (end !== undefined && start > end) return new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0 || start > count) return outOfRange(start);
  if (end !== undefined && (end < 0 || end > count)) return outOfRange(end);
  if (!hasSurrogates(text)) return text.slice(Number(start), end === undefined ? undefined : Number(end));
  return text.slice(runeOffset(text, Number(start)), end === undefined ? undefined : runeOffset(text, Number(end)));
}
/** White space as Unicode has it: JavaScript's trim takes the byte order mark, too, and leaves U+0085. */
const outerSpace =
  /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;
function join(list: CelList, separator = ''): CelValue {
  const parts: string[] = [];
  for (const element of list) {
    if (typeof element !== 'string') return element instanceof CelError ? element : new CelError(`join: invalid input: ${goText(element)}`);
    parts.push(element);
  }
  return parts.join(separator);
}
const quotes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
const quote = (text: string): string => `"${text.toWellFormed().replace(/[\x07\b\f\n\r\t\v\\"]/g, (char) => quotes[char]!)}"`;
const reverse = (text: string): string => [...text].reverse().join('');

const functions: Readonly<Record<string, readonly Overload[]>> = {
  charAt: [member('string_char_at_int', [t.string, t.int], t.string, charAt)],
  indexOf: [
    member('string_index_of_string', [t.string, t.string], t.int, indexOf),
    member('string_index_of_string_int', [t.string, t.string, t.int], t.int, indexOf),
  ],
  lastIndexOf: [
    member('string_last_index_of_string', [t.string, t.string], t.int, lastIndexOf),
    member('string_last_index_of_string_int', [t.string, t.string, t.int], t.int, lastIndexOf),
  ],
  lowerAscii: [member('string_lower_ascii', [t.string], t.string, (text: string) => ascii(text, /[A-Z]/g, 32))],
  replace: [
    member('string_replace_string_string', [t.string, t.string, t.string], t.string, replace),
    member('string_replace_string_string_int', [t.string, t.string, t.string, t.int], t.string, replace),
  ],
  split: [
    member('string_split_string', [t.string, t.string], t.list(t.string), split),
    member('string_split_string_int', [t.string, t.string, t.int], t.list(t.string), split),
  ],
  substring: [
    member('string_substring_int', [t.string, t.int], t.string, substring),
    member('string_substring_int_int', [t.string, t.int, t.int], t.string, substring),
  ],
  trim: [member('string_trim', [t.string], t.string, (text: string) => text.replace(outerSpace, ''))],
  upperAscii: [member('string_upper_ascii', [t.string], t.string, (text: string) => ascii(text, /[a-z]/g, -32))],
  format: [member('string_format', [t.string, t.list(t.dyn)], t.string, formatString, { variadic: true })],
  'strings.quote': [overload('strings_quote', [t.string], t.string, quote)],
  join: [member('list_join', [t.list(t.string)], t.string, join), member('list_join_string', [t.list(t.string), t.string], t.string, join)],
};

const withoutNew = Object.fromEntries(Object.entries(functions).filter(([name]) => name !== 'format' && name !== 'strings.quote'));
/** What there was before Kubernetes 1.29. */
export const stringsLibraryVersion0: Library = { name: 'strings', functions: withoutNew };
export const stringsLibrary: Library = { name: 'strings', functions };
/** With `reverse`, which Kubernetes does not have yet. */
export const stringsLibraryVersion3: Library = {
  name: 'strings',
  functions: { ...functions, reverse: [member('string_reverse', [t.string], t.string, reverse)] },
};
