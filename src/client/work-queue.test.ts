import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualClock } from '../base/clock.ts';
import { WorkQueue } from './work-queue.ts';

test('a key waits once, and again after done when it was added meanwhile', async () => {
  const queue = new WorkQueue(new VirtualClock());
  queue.add('a');
  queue.add('a');
  queue.add('b');
  assert.equal(queue.length, 2);
  assert.equal(await queue.get(), 'a');
  queue.add('a');
  assert.equal(await queue.get(), 'b');
  assert.equal(queue.length, 0);
  queue.done('a');
  assert.equal(await queue.get(), 'a');
  queue.done('a');
  queue.done('b');
  assert.ok(queue.idle);
});

test('delays: the earliest holds; failures double from 5 ms until forgotten', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock);
  queue.addAfter('a', 100);
  queue.addAfter('a', 50);
  queue.addAfter('a', 80);
  await clock.advance(49);
  assert.equal(queue.length, 0);
  await clock.advance(1);
  assert.equal(queue.length, 1);
  await clock.advance(1000);
  assert.equal(queue.length, 1);
  assert.equal(await queue.get(), 'a');
  for (const delayMs of [5, 10, 20]) {
    queue.addRateLimited('b');
    await clock.advance(delayMs - 1);
    assert.equal(queue.length, 0);
    await clock.advance(1);
    assert.equal(await queue.get(), 'b');
    queue.done('b');
  }
  queue.forget('b');
  assert.equal(queue.failures('b'), 0);
});

test('shutting down wakes those who wait', async () => {
  const queue = new WorkQueue(new VirtualClock());
  const waiting = queue.get();
  queue.shutDown();
  assert.equal(await waiting, undefined);
  queue.add('a');
  assert.equal(await queue.get(), undefined);
});
