import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern } from './regexp.ts';

test('patterns speak Go', () => {
  assert.throws(() => compilePattern('[a'), /^.*error parsing regexp: missing closing \]: `\[a`$/);
  assert.throws(() => compilePattern('(?=a)'), /invalid or unsupported Perl syntax: `\(\?=`/);
  assert.ok(compilePattern('^(?P<x>a+)+$').test('a'.repeat(50)));
  assert.ok(!compilePattern('^(a+)+$').test(`${'a'.repeat(50_000)}!`));
});
