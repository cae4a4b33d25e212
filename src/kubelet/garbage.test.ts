import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imagesToRemove, surplusContainers, surplusSandboxes } from './garbage.ts';
import { labelNames } from './labels.ts';
import { sampleSandbox, sampleStatus } from './lib/samples.ts';
import type { Image } from './runtime.ts';

const ended = (id: string, name: string, attempt: number, state: 'EXITED' | 'RUNNING' = 'EXITED', sandboxId = 's0') =>
  sampleStatus(name, state, { id, attempt, sandboxId, labels: { [labelNames.podUid]: 'u1', [labelNames.containerName]: name } });

test('of ended containers the newest of each stays, for its log', () => {
  const containers = [ended('a0', 'a', 0), ended('a2', 'a', 2), ended('a1', 'a', 1), ended('a3', 'a', 3, 'RUNNING'), ended('b0', 'b', 0)];
  assert.deepEqual(
    surplusContainers(containers).map(({ id }) => id),
    ['a1', 'a0'],
  );
});

test('old sandboxes go once they are empty', () => {
  const sandbox = (id: string, attempt: number, state: 'READY' | 'NOTREADY') =>
    sampleSandbox({ id, state, metadata: { name: 'web', namespace: 'shop', uid: 'u1', attempt } });
  const sandboxes = [sandbox('s0', 0, 'NOTREADY'), sandbox('s1', 1, 'NOTREADY'), sandbox('s2', 2, 'READY')];
  assert.deepEqual(
    surplusSandboxes(sandboxes, [ended('a', 'a', 0, 'EXITED', 's1')]).map(({ id }) => id),
    ['s0'],
  );
  assert.deepEqual(surplusSandboxes([sandbox('s0', 0, 'NOTREADY')], []), []);
});

test('images: unused ones that can be pulled again, those unused longest first, as many as needed', () => {
  const image = (id: string, more: Partial<Image> = {}): Image => ({
    id,
    repoTags: [`r.test/${id}:1`],
    repoDigests: [`r.test/${id}@sha256:0`],
    sizeBytes: 100,
    username: '',
    pinned: false,
    ...more,
  });
  const images = [
    image('old'),
    image('used'),
    image('recent'),
    image('new'),
    image('made-here', { repoDigests: [] }),
    image('pinned', { pinned: true }),
    image('named-here', { repoTags: ['r.test/named-here:1', 'docker.io/library/mine:1'] }),
  ];
  const ages = new Map([
    ['old', { firstMs: 0, usedMs: 10 }],
    ['recent', { firstMs: 0, usedMs: 900_000 }],
    ['new', { firstMs: 999_000, usedMs: 0 }],
    ['made-here', { firstMs: 0, usedMs: 0 }],
    ['pinned', { firstMs: 0, usedMs: 0 }],
    ['named-here', { firstMs: 0, usedMs: 0 }],
  ]);
  const demand = { bytes: 150, inUse: new Set(['r.test/used:1']), ages, minimumAgeMs: 120_000, maximumAgeMs: 0, nowMs: 1_000_000 };
  const chosen = (more: object) => imagesToRemove(images, { ...demand, ...more }).map(({ id }) => id);
  assert.deepEqual(chosen({}), ['old', 'recent']);
  assert.deepEqual(chosen({ bytes: 50 }), ['old']);
  assert.deepEqual(chosen({ bytes: 0 }), []);
  assert.deepEqual(chosen({ bytes: 0, maximumAgeMs: 500_000 }), ['old']);
  assert.deepEqual(chosen({ bytes: Number.POSITIVE_INFINITY }), ['old', 'recent']);
});
