import assert from 'node:assert/strict';
import test from 'node:test';
import type { ApiObject } from '../api/meta.ts';
import { VirtualClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Call, Reply } from './call.ts';
import { createClient } from './client.ts';
import { createEventRecorder } from './event-recorder.ts';

function recorder() {
  const calls: Call[] = [];
  const transport = async (call: Call): Promise<Reply> => {
    calls.push(call);
    return { code: 200, type: 'object', object: {} };
  };
  const clock = new VirtualClock();
  const { signal } = new AbortController();
  const options = { client: createClient(transport), clock, random: seededRandom(1), log: silentLogger, signal, component: 'test' };
  return { calls, clock, events: createEventRecorder(options) };
}
const pod = (name: string) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'a', uid: `u-${name}`, resourceVersion: '7', creationTimestamp: '' },
  }) as ApiObject;
const body = (call: Call) => call.body as Record<string, any>;

test('repeats are counted', async () => {
  const { calls, clock, events } = recorder();
  events.event(pod('x'), 'Normal', 'Pulled', 'image is here', 'spec.containers{c}');
  events.event(pod('x'), 'Normal', 'Pulled', 'image is here', 'spec.containers{c}');
  await clock.advance(0);
  assert.deepEqual(
    calls.map((call) => call.verb),
    ['create', 'patch'],
  );
  const created = body(calls[0]!);
  assert.match(created.metadata.name, /^x\.[0-9a-f]{16}$/);
  assert.deepEqual(created.involvedObject, {
    kind: 'Pod',
    namespace: 'a',
    name: 'x',
    uid: 'u-x',
    apiVersion: 'v1',
    resourceVersion: '7',
    fieldPath: 'spec.containers{c}',
  });
  assert.equal(created.firstTimestamp, '2026-01-01T00:00:00Z');
  assert.equal(calls[1]!.name, created.metadata.name);
  assert.equal(body(calls[1]!).count, 2);
});

test('similar events are combined from the tenth on, floods are dropped', async () => {
  const { calls, clock, events } = recorder();
  for (let index = 0; index < 12; index++) events.event(pod('x'), 'Warning', 'BackOff', `try ${index}`);
  await clock.advance(0);
  assert.equal(calls.length, 12);
  assert.equal(body(calls[8]!).message, 'try 8');
  assert.equal(body(calls[9]!).message, '(combined from similar events): try 9');
  assert.equal(calls[10]!.verb, 'patch');
  for (let index = 0; index < 100; index++) events.event(pod('x'), 'Warning', 'BackOff', `more ${index}`);
  await clock.advance(0);
  assert.equal(calls.length, 25);
  await clock.advance(300_000);
  events.event(pod('x'), 'Warning', 'BackOff', 'later');
  await clock.advance(0);
  assert.equal(calls.length, 26);
});

test('events about cluster-scoped objects stand in default', async () => {
  const { calls, clock, events } = recorder();
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  } as ApiObject;
  events.event(node, 'Normal', 'NodeReady', 'ready');
  await clock.advance(0);
  assert.equal(calls[0]!.namespace, 'default');
});
