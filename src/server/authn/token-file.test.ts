import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../base/log.ts';
import { createTokenFileAuthenticator, parseCsv, parseTokenFile } from './token-file.ts';

test('comma-separated values as Go reads them', () => {
  assert.deepEqual(parseCsv('a,b,"c,""d"""\r\n\n,x,\n"two\nlines",y'), [
    ['a', 'b', 'c,"d"'],
    ['', 'x', ''],
    ['two\nlines', 'y'],
  ]);
  assert.throws(() => parseCsv('a,"b'), /line 1: extraneous or missing " in quoted-field/);
  assert.throws(() => parseCsv('a\nb"c'), /line 2: bare "/);
});

test('tokens of a file count for the API only', async () => {
  const tokens = parseTokenFile('t1,ann,1,"a,b"\n,nobody,2\nt1,bob,3\n', 'f', silentLogger);
  const authenticate = createTokenFileAuthenticator(tokens, ['api', 'other']);
  const found = { identity: { user: 'bob', uid: '3', groups: [] }, audiences: ['api'] };
  assert.deepEqual(await authenticate('t1', ['api', 'vault']), found);
  assert.equal(await authenticate('t1', ['vault']), undefined);
  assert.equal(await authenticate('', ['api']), undefined);
  assert.throws(() => parseTokenFile('a,b\n', 'f', silentLogger), /token file 'f' must have at least 3 columns .*, found 2/);
});
