import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unifiedDiff } from './unified-diff.ts';

const numbers = Array.from({ length: 30 }, (_, index) => String(index + 1));

test('differences are told in hunks with three lines around, as Python tells them', () => {
  const after = numbers.flatMap((one) =>
    one === '5' ? ['five'] : one === '20' || one === '21' ? [] : one === '28' ? ['28', 'new', 'new'] : [one],
  );
  const lines = [
    ...['@@ -2,7 +2,7 @@', ' 2', ' 3', ' 4', '-5', '+five', ' 6', ' 7', ' 8'],
    ...['@@ -17,8 +17,6 @@', ' 17', ' 18', ' 19', '-20', '-21', ' 22', ' 23', ' 24'],
    ...['@@ -26,5 +24,7 @@', ' 26', ' 27', ' 28', '+new', '+new', ' 29', ' 30'],
  ];
  assert.equal(unifiedDiff(numbers.join('\n'), after.join('\n')), lines.map((line) => `${line}\n`).join(''));
});

test('equal texts have no difference', () => {
  assert.equal(unifiedDiff('a\nb', 'a\nb'), '');
});
