import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.ts';

test('work on one key goes in turns, also after a failure; other keys do not wait', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const first = Promise.withResolvers<void>();
  const a = turns.run('a', async () => {
    await first.promise;
    log.push('a1');
    throw new Error('no');
  });
  const b = turns.run('a', async () => void log.push('a2'));
  await turns.run('b', async () => void log.push('b'));
  assert.deepEqual(log, ['b']);
  first.resolve();
  await assert.rejects(a, /no/);
  await b;
  assert.deepEqual(log, ['b', 'a1', 'a2']);
});
