import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { type Flow, FlowStats, oneSeat, QueueSet, type QueuingConfig, type Turn, type Work } from './queue-set.ts';

const queuing: QueuingConfig = { queues: 4, handSize: 1, lengthMax: 50 };
const flowOf = (name: string): Flow => ({ schema: name, distinguisher: '', stats: new FlowStats() });

function setUp(limit: number, config = queuing) {
  const clock = new VirtualClock();
  const time = {
    now: () => clock.monotonic() / 1000,
    later: (seconds: number, run: () => void) => void clock.setTimer(seconds * 1000, run),
  };
  const demands: number[] = [];
  const set = new QueueSet(config, time, (seats) => demands.push(seats));
  set.configure(config, limit);
  return { clock, set, demands };
}

test('requests get seats while there are some, then wait in the order of their coming', () => {
  const { set } = setUp(2);
  const flow = flowOf('a');
  const start = () => set.start(flow, undefined, oneSeat, [0], 0)!;
  const [one, two, three, four] = [start(), start(), start(), start()];
  assert.deepEqual(
    [one, two, three, four].map(({ state }) => state),
    ['working', 'working', 'waiting', 'waiting'],
  );
  const began: Turn[] = [];
  for (const turn of [three, four]) turn.onStart = () => began.push(turn);
  set.finish(two);
  set.finish(two);
  assert.deepEqual(began, [three]);
  set.giveUp(four, 'time-out');
  set.finish(one);
  set.finish(three);
  assert.ok(set.isIdle);
  assert.deepEqual([set.seatsInUse, set.seatsWaiting, set.dispatched, set.rejected, set.cancelled], [0, 0, 3, 1, 1]);
  assert.equal(flow.stats.rejected['time-out'], 1);
});

test('a queue has a length; beyond it requests are turned away', () => {
  const { set } = setUp(1, { ...queuing, lengthMax: 2 });
  const flow = flowOf('a');
  const turns = [1, 2, 3, 4].map(() => set.start(flow, undefined, oneSeat, [0], 0));
  assert.deepEqual(
    turns.map((turn) => turn?.state),
    ['working', 'waiting', 'waiting', undefined],
  );
  assert.equal(flow.stats.rejected['queue-full'], 1);
  assert.ok(set.start(flowOf('b'), undefined, oneSeat, [1], 0), 'another queue has room');
});

test('the shortest queue of the hand is chosen', () => {
  const { set } = setUp(1);
  const elephant = flowOf('elephant');
  set.start(elephant, undefined, oneSeat, [0], 0);
  for (let count = 0; count < 10; count++) set.start(elephant, undefined, oneSeat, [0], 0);
  set.start(flowOf('mouse'), undefined, oneSeat, [0, 1], 0);
  assert.deepEqual(
    set.dump().queues.map(({ waiting }) => waiting.length),
    [10, 1, 0, 0],
  );
});

interface Load {
  readonly queue: number;
  readonly work: Work;
  readonly lastsMs: number;
}
/** Runs flows that always have requests waiting, and tells what part of the seats each had from `fromMs` on. */
async function shares(limit: number, flows: readonly (Load & { readonly startsMs?: number })[], fromMs = 0) {
  const { clock, set } = setUp(limit);
  const served = flows.map(() => 0);
  const send = (index: number) => {
    const { queue, work, lastsMs } = flows[index]!;
    const turn = set.start(flowOf(String(index)), undefined, work, [queue], 0);
    if (turn === undefined) return;
    const begin = () =>
      void clock.setTimer(lastsMs, () => {
        if (clock.monotonic() >= fromMs) served[index]! += lastsMs * work.initialSeats;
        set.finish(turn);
        send(index);
      });
    if (turn.state === 'working') begin();
    else turn.onStart = begin;
  };
  for (const [index, { startsMs = 0 }] of flows.entries())
    clock.setTimer(startsMs, () => {
      for (let count = 0; count < 20; count++) send(index);
    });
  await clock.advance(fromMs + 10_000);
  const total = served.reduce((sum, one) => sum + one, 0);
  return served.map((one) => Math.round((one / total) * 100));
}

test('flows that want more than there is get the same, whatever their requests are like', async () => {
  const seats = (initialSeats: number): Work => ({ initialSeats, finalSeats: 0, lingerSeconds: 0 });
  const alike = await shares(4, [
    { queue: 0, work: oneSeat, lastsMs: 10 },
    { queue: 1, work: oneSeat, lastsMs: 10 },
  ]);
  assert.deepEqual(alike, [50, 50]);
  for (const flows of [
    [
      { queue: 0, work: oneSeat, lastsMs: 10 },
      { queue: 1, work: oneSeat, lastsMs: 50 },
    ],
    [
      { queue: 0, work: oneSeat, lastsMs: 20 },
      { queue: 1, work: seats(3), lastsMs: 20 },
    ],
  ]) {
    const [first, second] = await shares(12, flows);
    assert.ok(Math.abs(first! - second!) <= 15, `${first} : ${second}`);
  }
});

test('a flow that was away does not catch up on what it did not ask for', async () => {
  const load = { work: oneSeat, lastsMs: 10 };
  const flows = [
    { ...load, queue: 0 },
    { ...load, queue: 1, startsMs: 20_000 },
  ];
  assert.deepEqual(await shares(4, flows, 20_000), [50, 50]);
});

test('seats linger after the answer while watchers are told', async () => {
  const { clock, set } = setUp(10);
  const turn = set.start(flowOf('a'), undefined, { initialSeats: 1, finalSeats: 5, lingerSeconds: 0.05 }, [0], 0)!;
  assert.equal(set.seatsInUse, 5);
  set.finish(turn);
  assert.deepEqual([set.executing, set.seatsInUse], [0, 5]);
  await clock.advance(50);
  assert.equal(set.seatsInUse, 0);
});

test('what wants more seats than there are waits until it is alone', () => {
  const { set } = setUp(2);
  const small = set.start(flowOf('a'), undefined, oneSeat, [0], 0)!;
  const large = set.start(flowOf('b'), undefined, { initialSeats: 9, finalSeats: 0, lingerSeconds: 0 }, [1], 0)!;
  assert.equal(large.state, 'waiting');
  set.finish(small);
  assert.equal(large.state, 'working');
});

test('without queues what finds no seat is refused; exempt requests always have theirs', () => {
  const reject = setUp(1, { queues: 0, handSize: 1, lengthMax: 0 });
  const flow = flowOf('a');
  assert.ok(reject.set.start(flow, undefined, oneSeat, [], 0));
  assert.equal(reject.set.start(flow, undefined, oneSeat, [], 0), undefined);
  assert.equal(flow.stats.rejected['concurrency-limit'], 1);
  const exempt = setUp(0, { queues: -1, handSize: 1, lengthMax: 0 });
  for (let count = 0; count < 100; count++) assert.equal(exempt.set.start(flow, undefined, oneSeat, [], 0)?.state, 'working');
  assert.equal(exempt.demands.at(-1), 100);
});

test('fewer queues: those that are in use go when they are empty', () => {
  const { set } = setUp(1);
  const first = set.start(flowOf('a'), undefined, oneSeat, [3], 0)!;
  const second = set.start(flowOf('a'), undefined, oneSeat, [3], 0)!;
  set.configure({ ...queuing, queues: 2 }, 1);
  set.finish(first);
  assert.equal(second.state, 'working');
  set.finish(second);
  assert.equal(set.dump().queues.length, 3);
  assert.equal(set.start(flowOf('a'), undefined, oneSeat, [1], 0)?.state, 'working');
});

test('when the next requests of queues were due is noted whenever one gets its seats', async () => {
  const { set, clock } = setUp(1);
  assert.equal(set.lastDispatch, undefined);
  const [a, b] = [flowOf('a'), flowOf('b')];
  const first = set.start(a, undefined, oneSeat, [0], 0)!;
  assert.deepEqual(set.lastDispatch, { r: 0, s: 0, sMin: 0, sMax: 0, discountedMin: 0, discountedMax: 0 });
  set.start(a, undefined, oneSeat, [0], 0);
  set.start(b, undefined, oneSeat, [1], 0);
  await clock.advance(3);
  set.finish(first);
  const { r, s, sMin, sMax, discountedMin, discountedMax } = set.lastDispatch!;
  assert.ok(r > 0);
  assert.deepEqual([s, sMin, discountedMin, sMax, discountedMax], [sMin, 0, 0, 0.003, 0.003]);
});
