import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notFound } from '../api/status.ts';
import { VirtualClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import type { Call, Reply } from '../client/call.ts';
import { createClient } from '../client/client.ts';
import type { ControllerContext } from '../client/controller.ts';
import { createInformerFactory } from '../client/informer-factory.ts';
import { garbageCollector } from './garbage-collector.ts';

async function* nothingMore(signal: AbortSignal) {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

test('objects of other API servers go with their owners', async () => {
  const stop = new AbortController();
  const { signal } = stop;
  const deleted = Promise.withResolvers<Call>();
  const owner = { apiVersion: 'w.io/v1', kind: 'Fischer', name: 'gone', uid: 'u-gone' };
  const flunder = {
    apiVersion: 'w.io/v1',
    kind: 'Flunder',
    metadata: { namespace: 'default', name: 'one', uid: 'u-one', resourceVersion: '5', ownerReferences: [owner] },
  };
  const transport = async (call: Call): Promise<Reply> => {
    const { verb, resource, name } = call;
    const items = resource === 'flunders' ? [flunder] : [];
    if (verb === 'list') return { code: 200, type: 'list', list: { metadata: { resourceVersion: '7' }, items } } as never;
    if (verb === 'watch') return { code: 200, type: 'watch', events: nothingMore(signal) };
    if (verb === 'delete') deleted.resolve(call);
    else if (resource !== 'flunders') throw notFound({ group: 'w.io', plural: resource } as never, name ?? '');
    return { code: 200, type: 'object', object: flunder } as never;
  };
  const client = createClient(transport);
  const clock = new VirtualClock();
  const verbs = ['delete', 'get', 'list', 'watch'];
  const resources = [
    { plural: 'flunders', kind: 'Flunder', isNamespaced: true, verbs },
    { plural: 'fischers', kind: 'Fischer', isNamespaced: false, verbs },
    { plural: 'readings', kind: 'Reading', isNamespaced: false, verbs: ['get', 'list'] },
  ];
  const context = {
    clock,
    signal,
    client,
    log: silentLogger,
    informers: createInformerFactory(client, clock, silentLogger, signal),
    cluster: { kinds: () => [], remotes: () => [{ group: 'w.io', version: 'v1', resources }] },
  } as unknown as ControllerContext;
  const running = garbageCollector.background!(context);
  const { group, version, resource, namespace, name, options } = await deleted.promise;
  assert.deepEqual([group, version, resource, namespace, name], ['w.io', 'v1', 'flunders', 'default', 'one']);
  assert.deepEqual(options, { propagationPolicy: 'Background', preconditions: { uid: 'u-one', resourceVersion: '5' } });
  stop.abort();
  await running;
});
