import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonText, NumberText, parseJson } from './json.ts';

const faults: Readonly<Record<string, string>> = {
  '': 'unexpected end of JSON input',
  ' ': 'unexpected end of JSON input',
  x: "invalid character 'x' looking for beginning of value",
  '{': 'unexpected end of JSON input',
  '{x': "invalid character 'x' looking for beginning of object key string",
  '{"a" 1}': "invalid character '1' after object key",
  '{"a":1,}': "invalid character '}' looking for beginning of object key string",
  '[1 2]': "invalid character '2' after array element",
  '{"a":1} {': "invalid character '{' after top-level value",
  tru: "invalid character ' ' in literal true (expecting 'e')",
  '01': "invalid character '1' after top-level value",
  '1.': "invalid character ' ' after decimal point in numeric literal",
  '"\n"': "invalid character '\\n' in string literal",
  '"\\q"': "invalid character 'q' in string escape code",
  '"é': 'unexpected end of JSON input',
  é: "invalid character 'Ã' looking for beginning of value",
  "'a'": "invalid character '\\'' looking for beginning of value",
};
test('what is no JSON is refused in the words of Go', () => {
  for (const [text, message] of Object.entries(faults)) assert.throws(() => parseJson(text), { name: 'SyntaxError', message }, text);
  assert.throws(() => parseJson('['.repeat(600) + ']'.repeat(600)), { message: "invalid character '[' exceeded max depth" });
  assert.throws(() => parseJson('['.repeat(100_000)), { message: "invalid character '[' exceeded max depth" });
});

test('keys that stand twice are found, by their paths', () => {
  const duplicates = (text: string) => parseJson(text, { findDuplicates: true }).duplicates;
  assert.deepEqual(duplicates('{"a":1,"b":{"c":[{"d":1},{"e":":","e":2}],"c":[]},"a":2}'), ['b.c[1].e', 'b.c', 'a']);
  assert.deepEqual(duplicates('{"a":"\\"","b":{"a":1}}'), []);
  assert.deepEqual(parseJson('{"a":1,"a":2}').duplicates, []);
  assert.deepEqual(parseJson('{"a":1,"a":2}').value, { a: 2 });
});

test('numbers keep their text when that says more than their value', () => {
  const read = (text: string) => (parseJson(`{"a":[${text}]}`, { keepNumbers: true }).value as { a: unknown[] }).a[0];
  for (const text of ['1', '-5', '0', '9007199254740991', '"1e3"', '"12345678901234567"']) assert.deepEqual(read(text), JSON.parse(text));
  for (const text of ['1e3', '1.0', '2E0', '9007199254740993', '-9223372036854775808']) assert.deepEqual(read(text), new NumberText(text));
  assert.deepEqual(parseJson('[1e3,9007199254740993]').value, [1000, 9007199254740992]);
});

test('texts are well-formed Unicode, whatever the bytes were', () => {
  assert.deepEqual(parseJson('["\\ud800","\\ud83d\\udc4d"]').value, ['\ufffd', '👍']);
  assert.deepEqual(parseJson(Uint8Array.of(0x22, 0xff, 0x61, 0x22)).value, '\ufffda');
  assert.deepEqual(Object.keys(parseJson('{"__proto__":1}').value as object), ['__proto__']);
});

test('JSON is escaped as Go escapes it', () => {
  assert.equal(jsonText({ a: '<b>&\u2028\u2029', c: 'é' }), '{"a":"\\u003cb\\u003e\\u0026\\u2028\\u2029","c":"é"}');
  assert.equal(jsonText({ a: [1] }, 2), '{\n  "a": [\n    1\n  ]\n}');
});

test('any JSON comes back; any text is read or refused with SyntaxError', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const { value: read, duplicates } = parseJson(text, { findDuplicates: true, keepNumbers: false });
      assert.deepEqual(read, JSON.parse(text));
      assert.deepEqual(duplicates, []);
    }),
  );
  const pieces = fc.array(
    fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '"a"', '\\', '\\u', 'd800', '1', '-', '.', 'e', 'true', 'null', ' ', '\n', 'é'),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join('');
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      if (isJson) parseJson(text, { findDuplicates: true, keepNumbers: true });
      else assert.throws(() => parseJson(text, { findDuplicates: true, keepNumbers: true }), SyntaxError);
    }),
    { numRuns: 1000 },
  );
});

test('no more keys that stand twice are told than upstream tells, however long they are', () => {
  const twice = (count: number) => Array.from({ length: count }, (_, index) => `"${index}":1,"${index}":2`).join();
  assert.equal(parseJson(`{${twice(1000)}}`, { findDuplicates: true }).duplicates.length, 100);
  const long = 'x'.repeat(1_000_000);
  assert.deepEqual(parseJson(`{"${long}":{${twice(100)}}}`, { findDuplicates: true }).duplicates, [`${long}.0`, `${long}.1`]);
});
