import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeout } from '../api/status.ts';
import { ConfigMap } from '../kinds/core/config-map.ts';
import { Namespace } from '../kinds/core/namespace.ts';
import type { Call } from '../client/call.ts';
import type { ControllerContext, RemoteVersion } from '../client/controller.ts';
import { VirtualClock } from '../base/clock.ts';
import { namespace as controller } from './namespace.ts';
import { SimulatedCluster } from '../testing/simulated-cluster.ts';

test('a namespace whose content cannot be deleted is tried again after growing waits, whatever its status says meanwhile', async () => {
  let failing = true;
  let tries = 0;
  await using cluster = await SimulatedCluster.start({
    between:
      ({ user }) =>
      (next) =>
      async (call) => {
        if (call.verb !== 'deletecollection' || call.resource !== 'configmaps' || !user.endsWith(':namespace-controller') || !failing)
          return await next(call);
        throw timeout(`for the ${++tries}. time`);
      },
  });
  const { client } = cluster;
  await client.create(Namespace, { metadata: { name: 'old' } });
  await client.create(ConfigMap, { metadata: { namespace: 'old', name: 'one' } });
  await client.delete(Namespace, { name: 'old' });
  await cluster.advance(60_000);
  assert.ok(tries >= 3 && tries <= 8, `${tries} tries in a minute`);
  failing = false;
  await cluster.until(
    'it is gone',
    async () => !(await client.list(Namespace)).items.some(({ metadata }) => metadata.name === 'old'),
    120_000,
  );
});

/** One attempt to empty a namespace in which only other API servers have something. */
async function attempt(remotes: readonly RemoteVersion[], left: number) {
  const calls: Call[] = [];
  const current = {
    metadata: { name: 'old', uid: 'u', deletionTimestamp: '2026-01-01T00:00:00Z' },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Terminating' },
  };
  const written: any[] = [];
  const items = Array.from({ length: left }, (_, index) => ({ metadata: { name: `x${index}`, finalizers: ['f'] } }));
  const context = {
    clock: new VirtualClock(),
    cluster: { kinds: () => [], remotes: () => remotes },
    cache: () => ({ get: () => current, list: () => [] }),
    client: {
      get: async () => current,
      list: async () => ({ items: [] }),
      updateStatus: async (_: unknown, object: any) => {
        written.push(...object.status.conditions);
        return object;
      },
      transport: async (call: Call) => {
        calls.push(call);
        return { code: 200, type: 'list', list: { metadata: {}, items: call.group === '' ? [] : items } };
      },
    },
  } as unknown as ControllerContext;
  const result = await controller.reconcile!({ name: 'old' }, context).then(
    (value) => value,
    (error: Error) => error,
  );
  const of = ({ verb, group, version, resource, name = '' }: Call) =>
    `${verb} ${group}/${version}/${resource}${name === '' ? '' : `/${name}`}`;
  return { result, calls: calls.map(of), conditions: new Map(written.map(({ type, status, message }) => [type, `${status} ${message}`])) };
}
const flunders = { plural: 'flunders', kind: 'Flunder', isNamespaced: true, verbs: ['delete', 'deletecollection', 'list'] };

test('what other API servers have in a namespace goes with it', async () => {
  const resources = [
    flunders,
    { ...flunders, plural: 'fischers', isNamespaced: false },
    { ...flunders, plural: 'bits', verbs: ['list', 'delete'] },
  ];
  const remotes = [
    { group: 'w.io', version: 'v1', resources },
    { group: 'w.io', version: 'v1beta1', resources: [flunders] },
  ];
  const { result, calls } = await attempt(remotes, 0);
  assert.equal(result, undefined);
  assert.deepEqual(calls, [
    'deletecollection /v1/pods',
    'list /v1/pods',
    'deletecollection w.io/v1/flunders',
    'list w.io/v1/flunders',
    'list w.io/v1/bits',
    'list w.io/v1/bits',
    'update /v1/namespaces/old',
  ]);
  const held = await attempt(remotes, 1);
  assert.ok(held.calls.includes('delete w.io/v1/bits/x0') && !held.calls.some((call) => call.startsWith('update')));
  assert.equal(
    held.conditions.get('NamespaceContentRemaining'),
    'True Some resources are remaining: bits.w.io has 1 resource instances, flunders.w.io has 1 resource instances',
  );
});

test('a namespace stays while nobody can tell what another API server has in it', async () => {
  const { result, calls, conditions } = await attempt([{ group: 'w.io', version: 'v1', resources: undefined }], 0);
  const why = 'unable to retrieve the complete list of server APIs: w.io/v1: stale GroupVersion discovery: w.io/v1';
  assert.equal((result as Error).message, `namespace old is not empty: ${why}`);
  assert.deepEqual(calls, ['deletecollection /v1/pods', 'list /v1/pods']);
  assert.equal(conditions.get('NamespaceDeletionDiscoveryFailure'), `True Discovery failed for some groups, 1 failing: ${why}`);
});
