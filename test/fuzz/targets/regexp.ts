import { compilePattern } from '../../../src/base/regexp.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

/** Go's syntax is refused by re2js with an exception of its own, which is an Error. */
function compiles(pattern: string) {
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('error parsing regexp: ')) return undefined;
    throw error;
  }
}
export const target: Target = {
  samples: () => [
    '^[a-z]([-a-z0-9]*[a-z0-9])?$',
    '(?i)(?P<name>a|b)*?\\d{2,5}\\pL\\p{Greek}[[:alpha:]\\x{10ffff}]+',
    '(a+)+$',
    '((a{0,100}){0,10})',
    '\\Qa.b\\E\\bx\\B\\z(?:y)(?s-m:.)\\123',
    '[^\\w\\s-]|.{3}',
  ],
  words: [
    '(',
    ')',
    '[',
    ']',
    '*',
    '+',
    '?',
    '{1000}',
    '{2,1001}',
    '{0,',
    '|',
    '^',
    '$',
    '\\',
    '\\p{',
    '(?',
    '(?P<',
    '(?i)',
    '[^',
    '[:',
    '\\Q',
    '-',
    '.*',
    'a',
  ],
  check(input) {
    const text = textOf(input);
    if (text.length > 10_000) return;
    const pattern = compiles(text);
    if (pattern === undefined) return;
    for (const subject of ['', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', 'é😀x-1', text.slice(0, 100)]) {
      pattern.test(subject);
      allow(() => pattern.findAll(subject, -1));
    }
  },
};
