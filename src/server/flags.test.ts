import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationMs, file, integer, parseFlags, truth } from './flags.ts';

test('flags are read by their types, lists of several joined', () => {
  const flags = parseFlags(['enable-admission-plugins=A,B', '--enable-admission-plugins=C', '--disable-admission-plugins='], '/');
  assert.deepEqual(flags, { 'enable-admission-plugins': ['A', 'B', 'C'], 'disable-admission-plugins': [] });
});

test('a flag that is not known is refused by name, and so is what is not a flag', () => {
  assert.throws(
    () => parseFlags(['no-such-flag=1'], '/'),
    /--no-such-flag: this server does not know that flag; it knows .*disable-admission/,
  );
  assert.throws(() => parseFlags(['=1'], '/'), /"=1" is not of the form name=value/);
  assert.throws(() => parseFlags(['constructor=1'], '/'), /does not know that flag/);
});

test('values of the wrong form are refused', () => {
  assert.equal(durationMs.parse('1h30m0.5s', '/'), 5_400_500);
  assert.equal(file.parse('policy.yaml', '/etc'), '/etc/policy.yaml');
  for (const [type, value] of [
    [durationMs, '5'],
    [integer, '-1'],
    [truth, 'yes'],
    [file, ''],
  ] as const)
    assert.throws(() => type.parse(value, '/'));
});
