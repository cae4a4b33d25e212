import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Outcome, simulate } from './simulate.ts';

/** `run.ts` runs more, and prints how to repeat one that fails. */
const seeds = 32;
const minutes = 4;
const again = (seed: number) => `node test/simulation/run.ts --start ${seed} --seeds 1 --minutes ${minutes}`;
const check = ({ seed, faults, problems }: Outcome) =>
  assert.deepEqual(problems, [], `seed ${seed} (${faults.join(', ')}); again: ${again(seed)}`);

for (let seed = 1; seed <= seeds; seed++) {
  test(`seed ${seed}`, async () => check(await simulate(seed, { minutes })));
}
