import assert from 'node:assert/strict';
import test from 'node:test';
import { defineKind } from '../api/kind.ts';
import type { ApiObject } from '../api/meta.ts';
import { opt, string } from '../api/schema.ts';
import { expired } from '../api/status.ts';
import { Channel } from '../base/channel.ts';
import { VirtualClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Call, Reply, WatchEvent } from './call.ts';
import { createClient } from './client.ts';
import { createInformerFactory } from './informer-factory.ts';

const Thing = defineKind({
  group: '',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  scope: 'Namespaced',
  openApiName: 'Thing',
  fields: { color: opt(string(1)) },
});

const thing = (name: string, uid: string, resourceVersion: string) =>
  ({ apiVersion: 'v1', kind: 'Thing', metadata: { name, namespace: 'a', uid, resourceVersion, creationTimestamp: '' } }) as ApiObject;

/** A server of one list, by pages of `pageSize`, and watches that the test feeds. */
function world(pageSize = 500) {
  const state = { items: [] as ApiObject[], revision: '1', calls: [] as Call[], watch: new Channel<WatchEvent>(10) };
  const transport = async (call: Call): Promise<Reply> => {
    state.calls.push(call);
    if (call.verb === 'watch') {
      state.watch = new Channel(10);
      return { code: 200, type: 'watch', events: state.watch };
    }
    const start = Number(call.options.continue ?? 0);
    const end = start + pageSize;
    const more = end < state.items.length ? { continue: String(end) } : {};
    const metadata = { resourceVersion: state.revision, ...more };
    return { code: 200, type: 'list', list: { apiVersion: 'v1', kind: 'ThingList', metadata, items: state.items.slice(start, end) } };
  };
  const clock = new VirtualClock();
  const stop = new AbortController();
  const informers = createInformerFactory(createClient(transport), clock, silentLogger, stop.signal, seededRandom(1));
  return { state, clock, informers, stop };
}

function recorded(informer: ReturnType<ReturnType<typeof createInformerFactory>['of']>): string[] {
  const seen: string[] = [];
  const label = (object: ApiObject) => `${object.metadata.name}/${object.metadata.uid}`;
  informer.subscribe({
    added: (object) => seen.push(`+${label(object)}`),
    updated: (object) => seen.push(`~${label(object)}`),
    deleted: (object) => seen.push(`-${label(object)}`),
  });
  return seen;
}

test('lists by pages, then follows the watch', async () => {
  const { state, clock, informers, stop } = world(2);
  state.items = [thing('x', '1', '1'), thing('y', '2', '1'), thing('z', '3', '1')];
  const informer = informers.of(Thing);
  informer.index('initial', (object) => [object.metadata.name[0]!]);
  const seen = recorded(informer);
  await informers.synced();
  await clock.advance(0);
  assert.deepEqual(seen.splice(0), ['+x/1', '+y/2', '+z/3']);
  state.watch.push({ type: 'MODIFIED', object: thing('x', '1', '2') });
  state.watch.push({ type: 'DELETED', object: thing('y', '2', '3') });
  state.watch.push({ type: 'ADDED', object: thing('z', '4', '4') });
  await clock.advance(0);
  assert.deepEqual(seen, ['~x/1', '-y/2', '-z/3', '+z/4']);
  assert.deepEqual(
    informer.cache.byIndex('initial', 'z').map((each) => each.metadata.uid),
    ['4'],
  );
  assert.equal(informer.cache.list('a').length, 2);
  assert.equal(informer.cache.resourceVersion, '4');
  stop.abort();
});

test('resumes from a bookmark when the watch ends, and lists again after 410', async () => {
  const { state, clock, informers, stop } = world();
  state.items = [thing('x', '1', '1')];
  const seen = recorded(informers.of(Thing));
  await clock.advance(0);
  state.watch.push({ type: 'BOOKMARK', object: { ...thing('', '', '9') } });
  await clock.advance(0);
  state.watch.close();
  await clock.advance(1000);
  assert.deepEqual(
    state.calls.map((call) => call.verb),
    ['list', 'watch', 'watch'],
  );
  assert.equal(state.calls[2]!.options.resourceVersion, '9');
  state.items = [thing('y', '2', '10')];
  state.revision = '10';
  state.watch.push({ type: 'ERROR', object: expired('too old resource version').toStatus() as never });
  await clock.advance(1000);
  assert.deepEqual(seen, ['+x/1', '+y/2', '-x/1']);
  assert.equal(state.calls.at(-1)!.options.resourceVersion, '10');
  stop.abort();
});

test('a handler that throws harms nobody', async () => {
  const { state, clock, informers, stop } = world();
  state.items = [thing('x', '1', '1')];
  const informer = informers.of(Thing);
  informer.subscribe({
    added() {
      throw new Error('bad handler');
    },
  });
  const seen = recorded(informer);
  await clock.advance(0);
  assert.deepEqual(seen, ['+x/1']);
  assert.equal(informers.of(Thing), informer);
  stop.abort();
});

test('an informer that was ended asks no more, and another takes its place', async () => {
  const { state, clock, informers, stop } = world();
  state.items = [thing('x', '1', '1')];
  const informer = informers.of(Thing);
  const seen = recorded(informer);
  await clock.advance(0);
  informers.end(informer);
  state.watch.push({ type: 'ADDED', object: thing('y', '2', '2') });
  state.watch.close();
  await clock.advance(600_000);
  assert.deepEqual(seen, ['+x/1']);
  assert.equal(state.calls.length, 2);
  const next = informers.of(Thing);
  assert.notEqual(next, informer);
  informers.end(informer);
  await clock.advance(0);
  assert.equal(informers.of(Thing), next);
  assert.deepEqual(recorded(next), ['+x/1']);
  stop.abort();
});
