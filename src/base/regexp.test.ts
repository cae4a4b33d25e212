import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern } from './regexp.ts';

test('patterns speak Go', () => {
  assert.throws(() => compilePattern('[a'), /^.*error parsing regexp: missing closing \]: `\[a`$/);
  assert.throws(() => compilePattern('(?=a)'), /invalid or unsupported Perl syntax: `\(\?=`/);
  assert.ok(compilePattern('^(?P<x>a+)+$').test('a'.repeat(50)));
  assert.ok(!compilePattern('^(a+)+$').test(`${'a'.repeat(50_000)}!`));
});

test('matches are found as Go finds them', () => {
  assert.throws(() => compilePattern('a\\'), /^Error: error parsing regexp: trailing backslash at end of expression: ``$/);
  assert.equal(compilePattern('b+').find('abbcb'), 'bb');
  assert.equal(compilePattern('x').find('abc'), undefined);
  assert.deepEqual(compilePattern('b*').findAll('abbc', -1), ['', 'bb', '']);
  assert.deepEqual(compilePattern('[^a]').findAll('a😀éb', 2), ['😀', 'é']);
  assert.deepEqual(compilePattern('$').findAll('ab', -1), ['']);
  assert.deepEqual(compilePattern('a').findAll('aaa', 0), []);
});
