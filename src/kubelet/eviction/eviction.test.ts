import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { sampleContainer, samplePod } from '../lib/samples.ts';
import type { Failure } from '../pod-worker.ts';
import type { ContainerStats } from '../runtime.ts';
import type { Pod } from '../types.ts';
import type { PodUsage } from '../usage.ts';
import { EvictionManager } from './manager.ts';
import { bytesText, evictionMessage, exceededLimit, rank } from './rank.ts';
import { isMet, judge, noPressureState, type Observation, parseAmount, type Signal, type Threshold } from './thresholds.ts';

const mebibyte = 2 ** 20;
const minuteMs = 60_000;
const threshold = (signal: Signal, amount: string, more: Partial<Threshold> = {}): Threshold => ({
  signal,
  amount: parseAmount(amount),
  graceMs: 0,
  minReclaim: undefined,
  ...more,
});
const seen = (available: number, capacity = 1000): Observation => ({ available, capacity });
const seeMemory = (available: number) => new Map<Signal, Observation>([['memory.available', seen(available)]]);

test('thresholds are amounts or parts of the capacity', () => {
  const observations = new Map<Signal, Observation>([['nodefs.available', seen(99)]]);
  assert.equal(isMet(threshold('nodefs.available', '10%'), observations), true);
  assert.equal(isMet(threshold('nodefs.available', '99'), observations), false);
  assert.equal(isMet(threshold('nodefs.available', '90', { minReclaim: { percent: 1 } }), observations, true), true);
  assert.equal(isMet(threshold('pid.available', '10%'), observations), false, 'what is not measured is not met');
  assert.throws(() => parseAmount('-5Mi'), /must be positive/);
});

test('a hard threshold acts at once, a soft one after its grace, and the pressure stays reported for a while', () => {
  const hard = threshold('memory.available', '100');
  const soft = threshold('memory.available', '200', { graceMs: minuteMs });
  const look = (state: typeof noPressureState, available: number, nowMs: number) =>
    judge(state, [hard, soft], seeMemory(available), 5 * minuteMs, nowMs);
  const first = look(noPressureState, 150, 0);
  assert.equal(first.act, undefined);
  assert.deepEqual([...first.state.pressures], ['MemoryPressure']);
  const second = look(first.state, 150, minuteMs);
  assert.equal(second.act, soft);
  assert.equal(look(second.state, 50, minuteMs).act, hard);
  const relieved = look(second.state, 900, 2 * minuteMs);
  assert.equal(relieved.act, undefined);
  assert.deepEqual([...relieved.state.pressures], ['MemoryPressure']);
  assert.deepEqual([...look(relieved.state, 900, 6 * minuteMs + 1).state.pressures], []);
  const again = look(look(relieved.state, 150, 3 * minuteMs).state, 150, 3 * minuteMs + 1);
  assert.equal(again.act, undefined, 'the grace begins anew');
});

test('what must be reclaimed at least keeps a threshold in force', () => {
  const one = threshold('memory.available', '100', { minReclaim: { quantity: '50' } });
  const first = judge(noPressureState, [one], seeMemory(90), 0, 0);
  assert.equal(judge(first.state, [one], seeMemory(120), 0, 1).act, one);
  assert.equal(judge(first.state, [one], seeMemory(150), 0, 1).act, undefined);
});

const stats = (name: string, memoryBytes: number, rootfsBytes = 0): ContainerStats => ({
  id: name,
  name,
  labels: {},
  timestampMs: 0,
  cpuUsageNanos: 0,
  memoryWorkingSetBytes: memoryBytes,
  memoryUsageBytes: memoryBytes,
  memoryRssBytes: memoryBytes,
  memoryPageFaults: 0,
  memoryMajorPageFaults: 0,
  rootfsUsedBytes: rootfsBytes,
  rootfsInodesUsed: 1,
});
const usage = (memoryBytes: number, more: Partial<PodUsage> = {}): PodUsage => ({
  memoryBytes,
  processes: 1,
  containers: new Map([['app', { stats: stats('app', memoryBytes), logs: { bytes: 0, inodes: 1 } }]]),
  volumes: new Map(),
  disk: { bytes: 0, inodes: 0 },
  ...more,
});
const pod = (name: string, spec: object = {}, metadata: object = {}): Pod =>
  samplePod(spec, { metadata: { name, uid: name, ...metadata } });
const asking = (name: string, memory: string, priority = 0) =>
  pod(name, { priority, containers: [sampleContainer('app', { resources: { requests: { memory } } })] });

test('those above their request go first, then those of lower priority, then those most above it', () => {
  const pods = [
    asking('modest', '100Mi'),
    asking('greedy', '10Mi'),
    asking('important', '1Mi', 1000),
    asking('unknown', '1Mi'),
    asking('most', '10Mi'),
  ];
  const usages = new Map([
    ['modest', usage(50 * mebibyte)],
    ['greedy', usage(60 * mebibyte)],
    ['important', usage(500 * mebibyte)],
    ['most', usage(90 * mebibyte)],
  ]);
  assert.deepEqual(
    rank(pods, usages, 'memory.available').map(({ metadata }) => metadata.name),
    ['unknown', 'most', 'greedy', 'important', 'modest'],
  );
  const forks = new Map(pods.map(({ metadata: { name } }, index) => [name, usage(0, { processes: index })]));
  assert.deepEqual(
    rank(pods, forks, 'pid.available').map(({ metadata }) => metadata.name),
    ['most', 'unknown', 'greedy', 'modest', 'important'],
  );
});

test('messages are upstream’s', () => {
  assert.deepEqual([0, 1000, 1024, 1536 * 1024, 3 * 2 ** 30].map(bytesText), ['0', '1000', '1Ki', '1536Ki', '3Gi']);
  const observations = new Map<Signal, Observation>([['memory.available', seen(80 * mebibyte, 1024 * mebibyte)]]);
  assert.equal(
    evictionMessage(asking('greedy', '10Mi'), usage(60 * mebibyte), threshold('memory.available', '100Mi'), observations),
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi. Container app was using 60Mi, request is 10Mi, has larger consumption of memory. ',
  );
});

test('limits of local storage: of a volume, of the pod, of a container', () => {
  const volumes = [{ name: 'cache', emptyDir: { sizeLimit: '1Mi' } }];
  const withVolume = pod('a', { volumes });
  const filled = (bytes: number) => usage(0, { volumes: new Map([['cache', { bytes, inodes: 1 }]]) });
  assert.equal(exceededLimit(withVolume, filled(mebibyte)), undefined);
  assert.equal(exceededLimit(withVolume, filled(mebibyte + 1)), 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ');
  const limited = pod('b', { containers: [sampleContainer('app', { resources: { limits: { 'ephemeral-storage': '2Mi' } } })] });
  assert.equal(
    exceededLimit(limited, usage(0, { disk: { bytes: 3 * mebibyte, inodes: 1 } })),
    'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ',
  );
  const container = new Map([['app', { stats: stats('app', 0, 2 * mebibyte), logs: { bytes: 1, inodes: 1 } }]]);
  assert.equal(
    exceededLimit(limited, usage(0, { containers: container })),
    'Container app exceeded its local ephemeral storage limit "2Mi". ',
  );
});

test('the manager: memory, then the disk, which is cleaned up before pods are ended; static and critical pods stay', async () => {
  const clock = new VirtualClock();
  const available = { memory: 500, disk: 500 };
  const running = new Map([
    ['web', asking('web', '1')],
    ['static', pod('static', {}, { annotations: { 'kubernetes.io/config.source': 'file' } })],
    ['critical', asking('critical', '1', 2_000_000_000)],
  ]);
  const ended: (Failure & { readonly name: string })[] = [];
  let cleaned = 0;
  let changes = 0;
  let cleaningHelps = true;
  const manager = new EvictionManager({
    thresholds: [threshold('memory.available', '100'), threshold('nodefs.available', '10%')],
    transitionMs: 5 * minuteMs,
    maxPodGraceSeconds: 30,
    meter: {
      observe: async () =>
        new Map<Signal, Observation>([
          ['memory.available', seen(available.memory)],
          ['nodefs.available', seen(available.disk)],
        ]),
      usageOf: async (pods) => new Map(pods.map(({ metadata }) => [metadata.uid, usage(10)])),
      fileSystems: () => Promise.reject(new Error('not asked for')),
    },
    clock,
    log: silentLogger,
    events: { event: () => undefined },
    pods: () => [...running.values()],
    fail: async ({ metadata: { name } }, failure) => {
      running.delete(name);
      ended.push({ name, ...failure });
    },
    reclaimDisk: async () => {
      cleaned++;
      if (cleaningHelps) available.disk = 500;
    },
    changed: () => changes++,
  });
  assert.equal(await manager.look(), false);
  assert.equal(manager.refuses(asking('new', '1')), undefined);

  available.disk = 50;
  assert.equal(await manager.look(), true);
  assert.deepEqual([cleaned, ended.length, [...manager.pressures]], [1, 0, ['DiskPressure']]);
  assert.deepEqual(manager.refuses(asking('new', '1')), { reason: 'Evicted', message: 'The node had condition: [DiskPressure]. ' });
  await clock.advance(5 * minuteMs);
  assert.equal(await manager.look(), false);
  assert.deepEqual([...manager.pressures], []);

  available.memory = 50;
  assert.equal(await manager.look(), true);
  assert.deepEqual(
    ended.map(({ name, reason, graceSeconds, condition }) => [name, reason, graceSeconds, condition?.type]),
    [['web', 'Evicted', 1, 'DisruptionTarget']],
  );
  assert.equal(manager.refuses(asking('burstable', '1')), undefined, 'only pods that ask for nothing are refused');
  assert.equal(manager.refuses(pod('best-effort'))?.reason, 'Evicted');
  assert.equal(await manager.look(), false, 'nobody is left who may be evicted');

  cleaningHelps = false;
  available.memory = 500;
  available.disk = 50;
  running.set('later', asking('later', '1'));
  assert.equal(await manager.look(), true);
  assert.equal(ended.at(-1)!.name, 'later');
  assert.match(ended.at(-1)!.message, /^The node was low on resource: ephemeral-storage\. /);
  assert.equal(changes, 4);
});
