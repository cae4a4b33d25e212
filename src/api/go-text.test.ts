import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goFloat, goJson, goQuote } from './go-text.ts';

test('texts are quoted as Go quotes them', () => {
  assert.equal(goQuote('a "b"\n\u0007é\u007f\u200b\u{1f600}\\'), '"a \\"b\\"\\n\\aé\\x7f\\u200b\u{1f600}\\\\"');
});

test('floats are written as Go writes them', () => {
  const cases = {
    '1': 1,
    '1.5': 1.5,
    '100000': 100000,
    '0.0001': 0.0001,
    '1e-05': 0.00001,
    '1e+06': 1e6,
    '1.2345678e+06': 1234567.8,
    '123456.7': 123456.7,
    '1.5e-07': 1.5e-7,
    '1e+21': 1e21,
    '0': 0,
  };
  for (const [text, value] of Object.entries(cases)) assert.equal(goFloat(value), text);
  assert.equal(goFloat(-0), '-0');
});

test('JSON is written as Go writes maps', () => {
  assert.equal(goJson({ b: '<a&b>', a: [1, null, { z: true, y: undefined }] }), '{"a":[1,null,{"z":true}],"b":"\\u003ca\\u0026b\\u003e"}');
});
