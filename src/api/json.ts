import { badRequest } from './status.ts';

/** JSON as the API takes and gives it. */
export interface ParsedJson {
  readonly value: unknown;
  /** Paths of keys that stand twice in one object; looked for only when asked. */
  readonly duplicates: readonly string[];
}
/** Nesting beyond this is refused, before anything recursive sees it (Go's encoding/json has the same limit). */
export const deepestJson = 10_000;
/** What the rest of the server is asked to walk at most; far more than any real object has. */
const deepestObject = 500;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
const encoder = new TextEncoder();

/** Throws 400 for what is no JSON, no UTF-8 or too deep. `__proto__` is a key like any other. */
export function parseJson(input: Uint8Array | string, options: { readonly findDuplicates?: boolean } = {}): ParsedJson {
  let text: string;
  if (typeof input === 'string') text = input;
  else {
    try {
      text = decoder.decode(input);
    } catch {
      throw badRequest('the body of the request was in an unknown format - invalid UTF-8');
    }
  }
  if (depthOf(text) > deepestObject) throw badRequest('json: exceeded max depth');
  try {
    return { value: JSON.parse(text), duplicates: options.findDuplicates === true ? duplicateKeys(text) : [] };
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${describe(text, error as Error)}`);
  }
}

/** In the words of Go's encoding/json. */
function describe(text: string, error: Error): string {
  if (/end of JSON input|Unterminated/i.test(error.message)) return 'unexpected end of JSON input';
  const at = Number(/position (\d+)/.exec(error.message)?.[1] ?? 0);
  return `invalid character ${JSON.stringify(text[at] ?? '').replaceAll('"', "'")} looking for beginning of value`;
}

/** Deepest nesting of braces and brackets outside of strings; cheap, and safe from deep recursion. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 92) index++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 123 || code === 91) deepest = Math.max(deepest, ++depth);
    else if (code === 125 || code === 93) depth--;
  }
  return deepest;
}

/** One pass over valid JSON: which keys an object has twice. */
function duplicateKeys(text: string): string[] {
  const found = new Set<string>();
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
      if (top.keys.has(top.key)) found.add(top.path === '' ? top.key : `${top.path}.${top.key}`);
      top.keys.add(top.key);
    } else if (character === '{' || character === '[') {
      const path = top === undefined ? '' : top.keys === undefined ? `${top.path}[${top.index}]` : top.path === '' ? top.key : `${top.path}.${top.key}`;
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

const encoded = new WeakMap<object, Uint8Array>();
/** The bytes of an immutable object, made once however often it is sent. */
export function jsonBytes(object: object): Uint8Array {
  let bytes = encoded.get(object);
  if (bytes === undefined) {
    bytes = encoder.encode(JSON.stringify(object));
    encoded.set(object, bytes);
  }
  return bytes;
}

/** Makes later writes throw. For tests and development: what is shared must not change. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}
