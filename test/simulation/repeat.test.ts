import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './simulate.ts';

const short = { minutes: 4 };

test('a seed gives the same run, to the byte', async () => {
  for (const seed of [1, 4, 9]) {
    const [first, second] = [await simulate(seed, short), await simulate(seed, short)];
    assert.equal(first.digest, second.digest, `seed ${seed}`);
  }
  assert.notEqual((await simulate(1, short)).digest, (await simulate(2, short)).digest);
});

test('a run ends as if nothing had gone wrong', async () => {
  for (const seed of [1, 2, 3, 8]) {
    const [faulty, calm] = [await simulate(seed, short), await simulate(seed, { ...short, calm: true })];
    assert.deepEqual([...faulty.problems, ...calm.problems], [], `seed ${seed}`);
    assert.deepEqual(faulty.summary, calm.summary, `seed ${seed}`);
  }
});
