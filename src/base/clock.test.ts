import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Channel, ChannelOverflow } from './channel.ts';
import { VirtualClock } from './clock.ts';
import { silentLogger } from './log.ts';
import { seededRandom } from './random.ts';
import { supervise } from './supervisor.ts';
import { nextTurn } from './turn.ts';

test('virtual timers fire in order, and sleeps end with their signal', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.setTimer(20, () => seen.push('b'));
  clock.setTimer(10, () => seen.push('a'));
  clock.setTimer(20, () => seen.push('c'));
  clock.setTimer(15, () => seen.push('x')).cancel();
  await clock.advance(19);
  assert.deepEqual(seen, ['a']);
  await clock.advance(1);
  assert.deepEqual(seen, ['a', 'b', 'c']);
  const stop = new AbortController();
  const sleeping = clock.sleep(1000, stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(sleeping, /enough/);
  assert.equal(clock.nextInMs, undefined);
});

test('everything that can run does so before virtual time moves, and the wall clock may jump meanwhile', async () => {
  const clock = new VirtualClock(1_000_000);
  const seen: string[] = [];
  clock.setTimer(10, async () => {
    for (let step = 0; step < 200; step++) await Promise.resolve();
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    seen.push(`first at ${clock.now()}`);
  });
  clock.setTimer(11, () => seen.push(`second at ${clock.monotonic()}`));
  clock.jump(-1000);
  await clock.advance(20);
  assert.deepEqual(seen, ['first at 999010', 'second at 11']);
});

test('a channel gives what was pushed, then cuts a reader that falls behind', async () => {
  const channel = new Channel<number>(2);
  channel.push(1);
  channel.push(2);
  assert.equal(channel.push(3), false);
  const read: number[] = [];
  await assert.rejects(async () => {
    for await (const item of channel) read.push(item);
  }, ChannelOverflow);
  assert.deepEqual(read, [1, 2]);
});

test('a part that dies is started again with growing delays', async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const startsMs: number[] = [];
  const done = supervise(
    {
      name: 'x',
      ready: Promise.resolve(),
      async run() {
        startsMs.push(clock.monotonic());
        throw new Error('died');
      },
    },
    clock,
    silentLogger,
    stop.signal,
  );
  await clock.advance(3500);
  stop.abort();
  await done;
  assert.deepEqual(startsMs, [0, 500, 1500, 3500]);
});

test('a seed gives the same sequence', () => {
  const [a, b] = [seededRandom(7), seededRandom(7)];
  assert.deepEqual([a.next(), a.uuid(), a.suffix(5)], [b.next(), b.uuid(), b.suffix(5)]);
  assert.match(seededRandom(1).uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
