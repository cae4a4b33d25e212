import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobsDone, nextTurn } from './turn.ts';
import { TurnQueue } from './turn-queue.ts';

test('work goes in order, and no more of it in one turn than fits', async () => {
  let nowMs = 0;
  const queue = new TurnQueue({ monotonic: () => nowMs });
  const done: number[] = [];
  const work = async (index: number) => {
    await queue.turn();
    // What follows at once belongs to the work.
    await Promise.resolve();
    nowMs += 2;
    done.push(index);
  };
  const all = Array.from({ length: 7 }, (_, index) => work(index));
  assert.deepEqual(done, []);
  await nextTurn();
  await jobsDone();
  await jobsDone();
  await jobsDone();
  assert.deepEqual(done, [0, 1, 2]);
  await Promise.all(all);
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5, 6]);
});

test('what comes while others run waits behind them', async () => {
  const queue = new TurnQueue({ monotonic: () => 0 });
  const done: string[] = [];
  let late: Promise<void> | undefined;
  const first = queue.turn().then(() => {
    done.push('first');
    late = queue.turn().then(() => void done.push('late'));
  });
  const second = queue.turn().then(() => void done.push('second'));
  await Promise.all([first, second]);
  await late;
  assert.deepEqual(done, ['first', 'second', 'late']);
  await queue.turn();
});
