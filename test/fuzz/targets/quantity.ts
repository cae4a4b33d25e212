import assert from 'node:assert/strict';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  milliValue,
  parseQuantity,
  quantitySign,
  subtractQuantities,
  value,
} from '../../../src/api/quantity.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

export const target: Target = {
  samples: () => [
    '0',
    '100m',
    '1.5',
    '-2Gi',
    '+.5k',
    '12e6',
    '1E-3',
    '0.000000001',
    '9223372036854775807Ei',
    '1n',
    '5u',
    '00.100M',
    '1.Ki',
  ],
  words: ['1', '0', '.', 'e', 'E', 'Ki', 'Ei', 'm', 'n', 'e-9', 'e400', 'E-400', '+', '-', '9', '000', 'P'],
  check(input) {
    const text = textOf(input);
    const parsed = allow(() => parseQuantity(text), RangeError);
    if (parsed === undefined) return;
    const canonical = canonicalQuantity(text);
    if (canonical.length < 300) assert.equal(canonicalQuantity(canonical), canonical);
    assert.equal(compareQuantities(text, text), 0);
    assert.equal(quantitySign(subtractQuantities(text, text)), 0);
    addQuantities(text, '1Gi');
    assert.equal(typeof value(text), 'number');
    assert.equal(typeof milliValue(text), 'number');
  },
};
