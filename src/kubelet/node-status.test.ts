import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alreadyExists } from '../api/status.ts';
import { VirtualClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import { NodeReporter, saysTheSame } from './node-status.ts';
import { createFakeRuntime } from './runtime-fake.ts';
import type { Node } from './types.ts';

test('an empty list is stored as none, and is no reason to report anew', () => {
  assert.ok(saysTheSame([], undefined));
  assert.ok(saysTheSame(undefined, undefined));
  assert.ok(saysTheSame([{ names: ['a'], sizeBytes: 1 }], [{ names: ['a'], sizeBytes: 1 }]));
  assert.ok(!saysTheSame([{ names: ['a'] }], undefined));
  assert.ok(!saysTheSame([], [{ names: ['a'] }]));
});

test('resources that others advertise are no reason to report anew', () => {
  assert.ok(saysTheSame({ cpu: '2' }, { cpu: '2', 'example.com/dongle': '3' }));
  assert.ok(!saysTheSame({ cpu: '2', memory: '1Gi' }, { cpu: '2', 'example.com/dongle': '3' }));
  assert.ok(!saysTheSame({ cpu: '2' }, undefined));
});

test('what a node that is adopted says of itself from before does not make it Ready', async () => {
  const clock = new VirtualClock();
  const runtime = createFakeRuntime({ clock, random: seededRandom(1) });
  let isUp = false;
  const status = { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] };
  const old = { metadata: { name: 'n1', uid: 'u', labels: {} }, spec: {}, status } as unknown as Node;
  const client = {
    create: async () => Promise.reject(alreadyExists({ group: '', resource: 'nodes' }, 'n1')),
    get: async () => old,
    update: async (_: unknown, object: object) => object,
    patch: async (_: unknown, __: unknown, ___: unknown, patch: object) => ({ ...old, ...patch }),
  } as unknown as Client;
  const reporter = new NodeReporter(
    {
      client,
      clock,
      log: silentLogger,
      events: { event: () => undefined } as never,
      runtime: { ...runtime, status: async () => (isUp ? await runtime.status() : Promise.reject(new Error('no containerd'))) },
    },
    {
      nodeName: 'n1',
      nodeIps: [],
      facts: { architecture: 'amd64' } as never,
      port: 1,
      labels: {},
      taints: [],
      capacity: {},
      allocatable: {},
      pressures: () => new Set(),
      kubeletVersion: 'v1',
      updateMs: 10_000,
      reportMs: 300_000,
      leaseSeconds: 40,
    },
  );
  await reporter.register(new AbortController().signal);
  assert.equal(reporter.isReady, false, 'it has not told anything');
  const stop = new AbortController();
  const running = reporter.run(stop.signal);
  await clock.advance(5_000);
  assert.equal(reporter.isReady, false, 'its containerd does not run');
  isUp = true;
  await clock.advance(5_000);
  assert.equal(reporter.isReady, true);
  stop.abort();
  await running;
});
