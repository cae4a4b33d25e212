import { byBytes } from '../base/byte-order.ts';
import { NumberText } from './number-text.ts';

/** How Go writes values into messages. */
const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};
const odd = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** %q: in double quotes, what can't be printed escaped. */
export function goQuote(text: string): string {
  return `"${text.replace(odd, (character) => short[character] ?? escape(character.codePointAt(0)!))}"`;
}
function escape(code: number): string {
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A float64 (%v): the shortest digits, with an exponent below 1e-4 and from 1e6 on. */
export function goFloat(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e6)) return String(value);
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

const htmlOdd = /[<>&\u2028\u2029]/;
const htmlOdds = new RegExp(htmlOdd, 'g');
/** `<`, `>` and `&` within JSON, as encoding/json writes them: the text may stand in HTML and JavaScript. */
export const escapeHtml = (json: string): string =>
  htmlOdd.test(json) ? json.replace(htmlOdds, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`) : json;

/** JSON as encoding/json writes maps: keys in order, escaped for HTML. */
export const goJson = (value: unknown): string => escapeHtml(JSON.stringify(inOrder(value)) ?? 'null');

/** The same value with the keys of every object in order, as Go shows maps; the value itself where they are already. */
export function inOrder<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof NumberText) return value;
  if (Array.isArray(value)) {
    const items = value.map(inOrder);
    return items.every((item, index) => item === value[index]) ? value : (items as T);
  }
  const keys = Object.keys(value);
  const entries = keys.toSorted(byBytes).map((key) => [key, inOrder((value as Record<string, unknown>)[key])] as const);
  const isSame = entries.every(([key, item], index) => key === keys[index] && item === (value as Record<string, unknown>)[key]);
  return isSame ? value : (Object.fromEntries(entries) as T);
}

/** An integer that fits into 64 bits, else a float. */
const goNumber = ({ text }: NumberText): string =>
  /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? text : goFloat(Number(text));

/** A value as %v shows it: 'map[a:1 b:[x <nil>]]'. */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? String(BigInt(value)) : goFloat(value);
  if (value instanceof NumberText) return goNumber(value);
  if (typeof value !== 'object' || value === null) return value === null ? '<nil>' : String(value);
  return `map[${Object.entries(inOrder(value))
    .map(([key, child]) => `${key}:${goText(child)}`)
    .join(' ')}]`;
}
