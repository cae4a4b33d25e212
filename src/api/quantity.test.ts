import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalQuantity, isWhole, parseQuantity, quantityError } from './quantity.ts';

test('quantities are written as upstream writes them', () => {
  const texts = { '1000m': '1', '1024Mi': '1Gi', '0.5': '500m', '1e3': '1e3', '.5k': '500', '1.5Gi': '1536Mi', '-1': '-1', '1E': '1E' };
  for (const [text, canonical] of Object.entries(texts)) assert.equal(canonicalQuantity(text), canonical, text);
});
test('what is none is refused in time that grows with its length', () => {
  const digits = '1'.repeat(500_000);
  for (const text of ['', 'x', '1 ', '1.1.1', `${digits}x`, `.${digits}x`, `1${'e'.repeat(500_000)}x`, `1e${digits}x`, `1-${digits}x`])
    assert.throws(() => parseQuantity(text), { name: 'RangeError', message: quantityError }, text.slice(0, 20));
  for (const text of ['1+5', '1e', '1Kim', '1ee5', '1e401', '5-', '--1'])
    assert.throws(() => parseQuantity(text), { name: 'RangeError', message: "unable to parse quantity's suffix" }, text);
  assert.throws(() => parseQuantity(digits), { name: 'RangeError', message: 'unable to parse numeric part of quantity' });
});

test('amounts without a fraction, however large', () => {
  for (const text of ['1', '1k', '1e30', '12345678901234567890Ei', '1000m', '0']) assert.ok(isWhole(text), text);
  for (const text of ['1m', '1.5', '100n']) assert.ok(!isWhole(text), text);
});
