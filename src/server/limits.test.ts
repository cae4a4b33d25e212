import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/clock.ts';
import { Limiter } from './limits.ts';

const options = { readingMax: 1, changingMax: 1, waitingMax: 1, waitMs: 1_000 };
const user = { user: 'u', groups: ['system:authenticated'] };
const tooMany = (error: any) => error.code === 429 && error.details.retryAfterSeconds === 1;

test('one at a time, one waits, the next is turned away', async () => {
  const limiter = new Limiter(new VirtualClock(), options);
  const leave = await limiter.enter('get', user);
  const second = limiter.enter('list', user);
  assert.throws(() => limiter.enter('get', user), tooMany);
  (await limiter.enter('create', user))();
  leave();
  leave();
  (await second)();
  assert.equal(limiter.reading.inside, 0);
});

test('who waits too long is turned away, and leaves no trace', async () => {
  const clock = new VirtualClock();
  const limiter = new Limiter(clock, options);
  const leave = await limiter.enter('update', user);
  const refused = assert.rejects(Promise.resolve(limiter.enter('update', user)), tooMany);
  await clock.advance(1_000);
  await refused;
  leave();
  assert.equal(limiter.changing.inside, 0);
  assert.equal(limiter.changing.waiting, 0);
});

test('administrators always get in', async () => {
  const limiter = new Limiter(new VirtualClock(), { ...options, readingMax: 0, waitingMax: 0 });
  await limiter.enter('get', { user: 'root', groups: ['system:masters'] });
});
