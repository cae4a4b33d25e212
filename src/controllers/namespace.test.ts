import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeout } from '../api/status.ts';
import { ConfigMap } from '../kinds/core/config-map.ts';
import { Namespace } from '../kinds/core/namespace.ts';
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
