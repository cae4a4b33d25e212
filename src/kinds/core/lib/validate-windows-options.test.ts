import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateWindowsOptions } from './validate-windows-options.ts';

const problems = (options: object) => [...validateWindowsOptions(options as never, 'w')].map(({ path, text }) => `${path}: ${text}`);
const user = (runAsUserName: string) =>
  problems({ runAsUserName }).map((text) => text.replace(/^w\.runAsUserName: Invalid value: ".*": /, ''));

test('options of Windows, in the words of upstream', () => {
  assert.deepEqual(problems({ gmsaCredentialSpecName: 'a.b', gmsaCredentialSpec: 'x', runAsUserName: 'DOMAIN\\me' }), []);
  assert.match(
    problems({ gmsaCredentialSpecName: 'A' })[0]!,
    /^w\.gmsaCredentialSpecName: Invalid value: "A": a lowercase RFC 1123 subdomain/,
  );
  assert.deepEqual(problems({ gmsaCredentialSpec: '' }), [
    'w.gmsaCredentialSpec: Invalid value: "": gmsaCredentialSpec cannot be an empty string',
  ]);
  assert.deepEqual(user('a\\b\\c'), ['runAsUserName cannot contain more than one backslash']);
  assert.deepEqual(user('a\nb'), ['runAsUserName cannot contain control characters']);
  assert.deepEqual(user('.x\\'), [
    "runAsUserName's Domain doesn't match the NetBios nor the DNS format",
    "runAsUserName's User cannot be empty",
  ]);
  assert.deepEqual(user('..'), ["runAsUserName's User cannot contain only periods or spaces"]);
  assert.deepEqual(user('a@b'), ['runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]']);
});
