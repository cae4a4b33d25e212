import { isObject } from '../base/objects.ts';
import { escapeHtml } from './go-text.ts';
import { type ReadAgain, readAgain } from './json-again.ts';
import { NumberText } from './number-text.ts';
import { jsonFault } from './json-syntax.ts';

/** JSON as the API takes and gives it. */
export interface ParsedJson {
  readonly value: unknown;
  /** Paths of keys that stand twice in one object, at most a hundred; looked for only when asked. */
  readonly duplicates: readonly string[];
  /** Where keys stand, when some stand twice and `mergesDuplicates`. */
  readonly positions?: KeyPositions;
}
export type KeyPositions = Pick<ReadAgain, 'first' | 'again'>;
/** What is walked recursively at most; far more than any real object has. Go's own limit is 10,000. */
const deepestObject = 500;

export { NumberText, plainNumbers } from './number-text.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** An escape that may stand for half a character. */
const halfCharacter = /\\u[dD][89a-fA-F]/;

/** Whether what was parsed is an object; a number that is kept as text is none. */
export const isJsonObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && !(value instanceof NumberText);
interface ParseOptions {
  readonly findDuplicates?: boolean;
  /** Numbers that Go would not take for integers, or that are inexact here, come as `NumberText`. */
  readonly keepNumbers?: boolean;
  /** There may be none that Go's float64 can't hold. */
  readonly mustBeFinite?: boolean;
  /** An object that stands twice holds what both say, as when Go reads it into a struct; otherwise the last counts. Only with `findDuplicates`. */
  readonly mergesDuplicates?: boolean;
}
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const wellFormed: Reviver = (_key, value) => (typeof value === 'string' ? value.toWellFormed() : value);
/** Go takes no number for a value of any kind that is none of its own. */
const finite =
  (then: Reviver): Reviver =>
  (key, value, context) => {
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new TypeError(`json: cannot unmarshal number ${context.source ?? ''} into Go value of type float64`);
    return then(key, value, context);
  };
const keepingNumbers: Reviver = (key, value, context) => {
  if (typeof value !== 'number') return wellFormed(key, value, context);
  const { source = '' } = context;
  return /[.eE]/.test(source) || !Number.isSafeInteger(value) ? new NumberText(source) : value;
};

/** Throws SyntaxError in Go's words for what is no JSON or too deep. `__proto__` is a key like any other; what is no UTF-8 is replaced, as Go does. */
export function parseJson(
  input: Uint8Array | string,
  { findDuplicates = false, keepNumbers = false, mustBeFinite = !keepNumbers, mergesDuplicates = false }: ParseOptions = {},
): ParsedJson {
  const text = typeof input === 'string' ? input : decoder.decode(input);
  const { depth, keys, hasOddNumbers, deepest } = measure(text);
  if (depth > deepestObject) throw new SyntaxError(`invalid character '${deepest}' exceeded max depth`);
  const numbers = keepNumbers ? keepingNumbers : wellFormed;
  const reviver = hasOddNumbers ? (mustBeFinite ? finite(numbers) : numbers) : halfCharacter.test(text) ? wellFormed : undefined;
  let value: unknown;
  try {
    value = JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    throw new SyntaxError(jsonFault(text) ?? (error as Error).message);
  }
  const duplicates = findDuplicates && countKeys(value) !== keys ? duplicateKeys(text) : [];
  if (duplicates.length === 0 || !mergesDuplicates) return { value, duplicates };
  const scalar = (source: string) => (reviver ?? wellFormed)('', JSON.parse(source), { source });
  const { value: merged, ...positions } = readAgain(text, scalar);
  return { value: merged, duplicates, positions };
}

/** Numbers of fewer digits are exact. */
const exactDigits = 16;
interface Measured {
  readonly depth: number;
  readonly keys: number;
  readonly hasOddNumbers: boolean;
  /** What opens the first level that is too deep. */
  readonly deepest: string;
}
/**
 * What a text holds, cheap and safe from deep recursion: the deepest nesting, the number of keys, and whether there are fractions, exponents
 * or many digits. Means something for valid JSON only; for other texts the depth is still an upper bound.
 */
function measure(text: string): Measured {
  let open = 0;
  let depth = 0;
  let keys = 0;
  let hasOddNumbers = false;
  let deepest = '';
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 34) {
      for (index = text.indexOf('"', index + 1); index > 0; index = text.indexOf('"', index + 1)) {
        let before = index - 1;
        while (text.charCodeAt(before) === 92) before--;
        if ((index - before) % 2 === 1) break;
      }
      if (index < 0) break;
    } else if (code === 58) keys++;
    else if (code === 123 || code === 91) {
      if (++open > depth) {
        depth = open;
        if (depth === deepestObject + 1) deepest = text[index]!;
      }
    } else if (code === 125 || code === 93) open--;
    else if (code >= 48 && code <= 57) {
      const start = index;
      while (isDigit(text.charCodeAt(index + 1))) index++;
      const next = text.charCodeAt(index + 1);
      if (next === 46 || next === 69 || next === 101 || index - start + 1 >= exactDigits) hasOddNumbers = true;
    }
  }
  return { depth, keys, hasOddNumbers, deepest };
}
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof NumberText) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countKeys(item);
    return count;
  }
  for (const key in value) {
    count++;
    const child = (value as Record<string, unknown>)[key];
    if (typeof child === 'object') count += countKeys(child);
  }
  return count;
}

/** As many as upstream reports; and so many characters, since each may be as long as the text. */
const mostReported = 100;
const mostReportedCharacters = 1024 * 1024;
/** One pass over valid JSON: which keys an object has twice. */
function duplicateKeys(text: string): string[] {
  const found = new Set<string>();
  let characters = 0;
  const stack: { readonly keys: Set<string> | undefined; readonly path: string; index: number; key: string }[] = [];
  let expectKey = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const top = stack.at(-1);
    if (character === '"') {
      const from = at++;
      while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
      if (!expectKey || top?.keys === undefined) continue;
      expectKey = false;
      top.key = JSON.parse(text.slice(from, at + 1)) as string;
      if (top.keys.has(top.key)) {
        const path = top.path === '' ? top.key : `${top.path}.${top.key}`;
        characters += path.length;
        found.add(path);
        if (found.size >= mostReported || characters > mostReportedCharacters) break;
      }
      top.keys.add(top.key);
    } else if (character === '{' || character === '[') {
      const path =
        top === undefined
          ? ''
          : top.keys === undefined
            ? `${top.path}[${top.index}]`
            : top.path === ''
              ? top.key
              : `${top.path}.${top.key}`;
      stack.push({ keys: character === '{' ? new Set() : undefined, path, index: 0, key: '' });
      expectKey = character === '{';
    } else if (character === '}' || character === ']') {
      stack.pop();
      expectKey = false;
    } else if (character === ',' && top !== undefined) {
      top.index++;
      expectKey = top.keys !== undefined;
    }
  }
  return [...found];
}

/** JSON as Go's encoder writes it. */
export const jsonText = (object: object, indent?: number): string => escapeHtml(JSON.stringify(object, null, indent));

/** Makes later writes throw. For tests and development: what is shared must not change. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}

/** JSON text as Go writes it: safe to stand in HTML. */
export const goEscaped = (json: string): string =>
  json.replaceAll(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
