import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '../../base/metrics.ts';
import { APIService } from '../../kinds/apiregistration/api-service.ts';
import { createTestServer } from '../lib/testing.ts';
import { told } from '../lib/told.ts';

test('APIServices that cannot be reached are told, and counted when they stop to be', async () => {
  const metrics = new Metrics();
  const { one, server } = createTestServer({ kinds: [APIService], more: { metrics } });
  await server.ready;
  const spec = { group: 'g.io', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 };
  const made = await one(APIService, { verb: 'create', body: { metadata: { name: 'v1.g.io' }, spec } });
  const seen = async () => told(await metrics.text(), 'aggregator_unavailable_apiservice')['{name="v1.g.io"}'];
  const say = async (status: string, reason: string) => {
    const conditions = [{ type: 'Available', status, reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }];
    const { metadata } = await one(APIService, { verb: 'get', name: 'v1.g.io' });
    const body = { metadata: { name: 'v1.g.io', resourceVersion: metadata.resourceVersion }, spec: made.spec, status: { conditions } };
    await one(APIService, { verb: 'update', name: 'v1.g.io', subresource: 'status', body });
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    return await seen();
  };
  assert.equal(await say('True', 'Passed'), 0);
  assert.equal(await say('False', 'MissingEndpoints'), 1);
  assert.equal(await say('False', 'ServiceNotFound'), 1);
  assert.deepEqual(told(await metrics.text(), 'aggregator_unavailable_apiservice_total'), {
    '{name="v1.g.io",reason="MissingEndpoints"}': 1,
  });
  await server.close();
});
