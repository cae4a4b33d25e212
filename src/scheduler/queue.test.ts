import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/clock.ts';
import type { Pod } from '../kinds/core/pod.ts';
import { SchedulingQueue } from './queue.ts';

const pod = (name: string, priority = 0): Pod =>
  ({ metadata: { name, namespace: 'd', uid: name }, spec: { priority, containers: [] }, status: {} }) as unknown as Pod;
const { signal } = new AbortController();

test('priority first, then arrival', async () => {
  const clock = new VirtualClock();
  const queue = new SchedulingQueue(clock);
  queue.add(pod('a'));
  await clock.advance(1);
  queue.add(pod('b'));
  await clock.advance(1);
  queue.add(pod('c', 10));
  const order = [];
  for (let index = 0; index < 3; index++) order.push((await queue.take(signal))!.metadata.name);
  assert.deepEqual(order, ['c', 'a', 'b']);
});

test('a refused pod rests until something helps it, and then for its back-off', async () => {
  const clock = new VirtualClock();
  const queue = new SchedulingQueue(clock);
  const one = pod('a');
  queue.add(one);
  await queue.take(signal);
  queue.refuse(one, new Set(['Fit']));
  assert.deepEqual(queue.sizes, { ready: 0, backoff: 0, refused: 1 });
  queue.retry((_pod, refusedBy) => refusedBy.has('Other'));
  assert.equal(queue.sizes.refused, 1);
  queue.retry((_pod, refusedBy) => refusedBy.has('Fit'));
  assert.deepEqual(queue.sizes, { ready: 0, backoff: 1, refused: 0 });
  await clock.advance(1000);
  assert.equal(queue.sizes.ready, 1);
});

test('what helps a pod while it is tried gives it another try', async () => {
  const queue = new SchedulingQueue(new VirtualClock());
  const one = pod('a');
  queue.add(one);
  await queue.take(signal);
  queue.retry((_pod, refusedBy) => refusedBy.has('Other'));
  queue.refuse(one, new Set(['Fit']));
  assert.equal(queue.sizes.refused, 1);
  queue.retry(() => true);
  await queue.take(signal);
  queue.retry((_pod, refusedBy) => refusedBy.has('Fit'));
  queue.refuse(one, new Set(['Fit']));
  assert.equal(queue.sizes.backoff, 1);
});

test('with nothing else to do a back-off is cut short, but not that of an error', async () => {
  const clock = new VirtualClock();
  const queue = new SchedulingQueue(clock);
  for (const name of ['helped', 'failed']) {
    queue.add(pod(name));
    queue.refuse((await queue.take(signal))!, new Set(name === 'helped' ? ['Fit'] : []));
  }
  queue.retry(() => true);
  assert.equal(queue.sizes.backoff, 2);
  queue.add(pod('new'));
  assert.equal((await queue.take(signal))!.metadata.name, 'new');
  assert.equal((await queue.take(signal))!.metadata.name, 'helped');
  assert.deepEqual(queue.sizes, { ready: 0, backoff: 1, refused: 0 });
  await clock.advance(1000);
  assert.equal((await queue.take(signal))!.metadata.name, 'failed');
});

test('a change of status wakes nobody, a change of spec does', async () => {
  const clock = new VirtualClock();
  const queue = new SchedulingQueue(clock);
  const one = pod('a');
  queue.add(one);
  await queue.take(signal);
  queue.refuse(one, new Set(['Fit']));
  queue.add({ ...one, status: { phase: 'Pending' } } as Pod);
  assert.equal(queue.sizes.refused, 1);
  queue.add({ ...one, spec: { ...one.spec, priority: 5 } } as Pod);
  assert.equal(queue.sizes.ready, 1);
});
