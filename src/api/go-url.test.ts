import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goQuote } from './go-text.ts';
import { parseGoUrl } from './go-url.ts';

test('urls that Go reads', () => {
  const cases: readonly (readonly [string, string, string, string | undefined, string, string, string])[] = [
    ['https://x.y/z', 'https', 'x.y', undefined, '/z', '', ''],
    ['http://u:p@/x?q#f', 'http', '', 'u:p', '/x', 'q', 'f'],
    ['HTTPS://h:80', 'https', 'h:80', undefined, '', '', ''],
    ['https:opaque', 'https', '', undefined, '', '', ''],
    ['//h/p', '', 'h', undefined, '/p', '', ''],
    ['1x/y', '', '', undefined, '1x/y', '', ''],
  ];
  for (const [text, scheme, host, user, path, query, fragment] of cases)
    assert.deepEqual(parseGoUrl(text), { scheme, host, user, path, query, fragment }, text);
});

test('what Go says about the others', () => {
  const cases: readonly (readonly [string, string])[] = [
    [':foo', 'parse ":foo": missing protocol scheme'],
    ['%zz', 'parse "%zz": invalid URL escape "%zz"'],
    ['1x:y', 'parse "1x:y": first path segment in URL cannot contain colon'],
    ['https://x:abc/', 'parse "https://x:abc/": invalid port ":abc" after host'],
    ['https://a b/', 'parse "https://a b/": invalid character " " in host name'],
    ['https://[::1', `parse "https://[::1": missing ']' in host`],
    ['https://h/\u0001', 'parse "https://h/\\x01": net/url: invalid control character in URL'],
    ['https://h/a%2', 'parse "https://h/a%2": invalid URL escape "%2"'],
  ];
  for (const [text, error] of cases) assert.deepEqual(parseGoUrl(text), { error }, text);
});

test('text is quoted as Go quotes it', () => {
  assert.equal(goQuote('a"\\\n\t\x07\x01\x7f\u00a0é\u200b😀'), '"a\\"\\\\\\n\\t\\a\\x01\\x7f\\u00a0é\\u200b😀"');
});
