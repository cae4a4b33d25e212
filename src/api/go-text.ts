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
