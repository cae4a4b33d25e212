import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notFound, timeout } from '../api/status.ts';
import { VirtualClock } from '../base/clock.ts';
import type { ControllerContext } from '../client/controller.ts';
import { resourceQuota } from './resource-quota.ts';

test('a quota that goes while it is counted is no failure; other errors are', async () => {
  const quota = { metadata: { namespace: 'n', name: 'q' }, spec: { hard: { pods: '1' } }, status: {} };
  const count = (refusal: Error) => {
    const context = {
      clock: new VirtualClock(),
      cluster: { kinds: () => [] },
      informers: { of: () => ({ cache: { list: () => [] } }) },
      client: { list: async () => ({ items: [quota] }), updateStatus: async () => Promise.reject(refusal) },
    } as unknown as ControllerContext;
    return resourceQuota.reconcile!({ namespace: 'n', name: 'q' }, context);
  };
  await count(notFound({ group: '', resource: 'resourcequotas' }, 'q'));
  await assert.rejects(count(timeout('too late')), /too late/);
});
