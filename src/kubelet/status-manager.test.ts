import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { jobsDone } from '../base/turn.ts';
import type { Client } from '../client/client.ts';
import { samplePod } from './lib/samples.ts';
import { createStatusManager } from './status-manager.ts';
import type { Pod, PodStatus } from './types.ts';

const running = (ready: 'True' | 'False') =>
  ({
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready, lastTransitionTime: '2026-01-01T00:00:00Z' }],
  }) as unknown as PodStatus;

function bench() {
  const patches: any[] = [];
  let revision = 10;
  const at = (version: number, status: PodStatus): Pod => {
    const pod = samplePod({ containers: [] });
    return { ...pod, metadata: { ...pod.metadata, resourceVersion: String(version) }, status };
  };
  const client = {
    async patch(_kind: unknown, _key: unknown, _type: unknown, patch: any) {
      patches.push(patch.status);
      return at(++revision, patch.status);
    },
  } as unknown as Client;
  const { signal } = new AbortController();
  return { patches, at, statuses: createStatusManager({ client, clock: new VirtualClock(), log: silentLogger, signal }) };
}

test('what the kubelet says is written once, and again when somebody overruled it meanwhile', async () => {
  const { patches, at, statuses } = bench();
  const ready = running('True');
  const pod = at(10, { phase: 'Pending' } as PodStatus);
  statuses.set(pod, ready);
  await jobsDone();
  assert.equal(patches.length, 1);
  // its own words come back, late and on time: nothing to say
  statuses.set(pod, ready);
  statuses.set(at(11, ready), ready);
  await jobsDone();
  assert.equal(patches.length, 1);
  // the node controller took the node for dead
  statuses.set(at(15, running('False')), ready);
  await jobsDone();
  assert.deepEqual(patches[1], { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] });
});
