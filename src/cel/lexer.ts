/** Tokens of CEL (cel-go parser/gen/CEL.g4), and what string literals mean (parser/unescape.go). */
import { hasSurrogates } from './strings.ts';

/** Operators, punctuation and the words true, false, null and in are their own kind. */
export type TokenKind = 'IDENTIFIER' | 'ESC_IDENTIFIER' | 'NUM_INT' | 'NUM_UINT' | 'NUM_FLOAT' | 'STRING' | 'BYTES' | 'EOF' | (string & {});
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** In code points. */
  readonly offset: number;
}

const escape = String.raw`\\(?:[abfnrtv"'\\?${'`'}]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`;
const strings = [
  `"""(?:${escape}|[^\\\\])*?"""`,
  `'''(?:${escape}|[^\\\\])*?'''`,
  `"(?:${escape}|[^\\\\"\\n\\r])*"`,
  `'(?:${escape}|[^\\\\'\\n\\r])*'`,
  '[rR]"""[\\s\\S]*?"""',
  "[rR]'''[\\s\\S]*?'''",
  '[rR]"[^"\\n\\r]*"',
  "[rR]'[^'\\n\\r]*'",
].join('|');
const lexeme = new RegExp(
  [
    '(?<space>[\\t \\r\\n\\f]+|//[^\\n]*)',
    `(?<BYTES>[bB](?:${strings}))`,
    `(?<STRING>${strings})`,
    '(?<word>[A-Za-z_][A-Za-z0-9_]*)',
    '(?<NUM_FLOAT>[0-9]+\\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\\.[0-9]+(?:[eE][+-]?[0-9]+)?)',
    '(?<NUM_UINT>(?:0x[0-9a-fA-F]+|[0-9]+)[uU])',
    '(?<NUM_INT>0x[0-9a-fA-F]+|[0-9]+)',
    '(?<ESC_IDENTIFIER>`[A-Za-z0-9_./ -]+`)',
    '(?<sign>==|!=|<=|>=|&&|\\|\\||[<>\\[\\]{}().,\\-!?:+*/%])',
  ].join('|'),
  'y',
);
const words = new Set(['true', 'false', 'null', 'in']);

/** undefined where the text is no token. */
export function tokenAt(text: string, at: number): { kind: TokenKind | 'space'; text: string } | undefined {
  lexeme.lastIndex = at;
  const match = lexeme.exec(text);
  if (match === null) return undefined;
  const matched = match[0];
  const groups = match.groups!;
  if (groups.space !== undefined) return { kind: 'space', text: matched };
  if (groups.word !== undefined) return { kind: words.has(matched) ? matched : 'IDENTIFIER', text: matched };
  if (groups.sign !== undefined) return { kind: matched, text: matched };
  for (const kind of ['STRING', 'NUM_INT', 'NUM_FLOAT', 'NUM_UINT', 'BYTES', 'ESC_IDENTIFIER']) {
    if (groups[kind] !== undefined) return { kind, text: matched };
  }
  return undefined;
}

/** All tokens, the last one EOF; undefined when something is no token. */
export function tokenize(text: string): Token[] | undefined {
  const wide = hasSurrogates(text);
  const tokens: Token[] = [];
  let at = 0;
  let offset = 0;
  while (at < text.length) {
    const found = tokenAt(text, at);
    if (found === undefined) return undefined;
    if (found.kind !== 'space') tokens.push({ kind: found.kind, text: found.text, offset });
    at += found.text.length;
    offset += wide ? [...found.text].length : found.text.length;
  }
  tokens.push({ kind: 'EOF', text: '<EOF>', offset });
  return tokens;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};
const escapeSequence = /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g;

/** The text between the quotes, and whether backslashes mean nothing in it. */
function contentOf(literal: string): { content: string; raw: boolean } {
  const text = literal.replace(/\r\n?/g, '\n');
  const raw = text[0] === 'r' || text[0] === 'R';
  const quoted = raw ? text.slice(1) : text;
  const width = quoted.length >= 6 && (quoted.startsWith('"""') || quoted.startsWith("'''")) ? 3 : 1;
  return { content: quoted.slice(width, quoted.length - width), raw };
}

/** What a string literal means. Throws an Error in cel-go's words. */
export function unescapeString(literal: string): string {
  const { content, raw } = contentOf(literal);
  if (raw || !content.includes('\\')) return content;
  return content.replace(escapeSequence, (_all, hex, short, long, octal, other) => {
    if (other !== undefined) return simpleEscapes[other as string]!;
    const code = octal === undefined ? Number.parseInt(hex ?? short ?? long, 16) : Number.parseInt(octal, 8);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw new Error('invalid unicode code point');
    return String.fromCodePoint(code);
  });
}

const utf8 = new TextEncoder();
/** What a bytes literal (without its b) means: \x and octal escapes are bytes. Throws an Error in cel-go's words. */
export function unescapeBytes(literal: string): Uint8Array {
  const { content, raw } = contentOf(literal);
  if (raw || !content.includes('\\')) return utf8.encode(content);
  const parts: number[] = [];
  const add = (text: string) => {
    for (const byte of utf8.encode(text)) parts.push(byte);
  };
  let last = 0;
  for (const match of content.matchAll(escapeSequence)) {
    add(content.slice(last, match.index));
    last = match.index + match[0].length;
    const [, hex, short, long, octal, other] = match;
    if (short !== undefined || long !== undefined) throw new Error('unable to unescape string');
    if (other !== undefined) parts.push(simpleEscapes[other]!.charCodeAt(0));
    else parts.push(hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(octal!, 8) & 255);
  }
  add(content.slice(last));
  return Uint8Array.from(parts);
}
