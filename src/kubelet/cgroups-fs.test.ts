import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFsCgroups } from './cgroups-fs.ts';
import { sampleContainer, samplePod } from './lib/samples.ts';
import { qosLimits } from './qos-cgroups.ts';

/** A folder that looks like a mounted cgroup file system; the kernel's files are plain ones. */
async function withFolder(files: readonly string[], run: (root: string, text: (path: string) => string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'skiff-cgroup-'));
  try {
    for (const file of files) {
      if (file.endsWith('/')) mkdirSync(join(root, file), { recursive: true });
      else writeFileSync(join(root, file), '');
    }
    await run(root, (path) => readFileSync(join(root, path), 'utf8'));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
/** The kernel removes a cgroup with the files in it; a plain file system does not. */
function emptyOut(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) emptyOut(join(folder, entry.name));
    else unlinkSync(join(folder, entry.name));
  }
}
const limits = { cpuShares: 512, cpuQuota: 50_000, cpuPeriod: 100_000, memoryBytes: 1 << 20, pids: 64 };
const path = '/kubepods/burstable/podu1';

test('cgroup v1: a folder and limits in each hierarchy', async () => {
  await withFolder(['cpu/', 'memory/', 'pids/', 'freezer/'], async (root, text) => {
    const cgroups = createFsCgroups(root);
    await cgroups.ensure(path, limits);
    assert.deepEqual(
      ['cpu.shares', 'cpu.cfs_period_us', 'cpu.cfs_quota_us'].map((name) => text(`cpu${path}/${name}`)),
      ['512', '100000', '50000'],
    );
    assert.deepEqual([text(`memory${path}/memory.limit_in_bytes`), text(`pids${path}/pids.max`)], ['1048576', '64']);
    assert.equal(existsSync(join(root, `freezer${path}`)), false);
    await cgroups.ensure(path, { ...limits, cpuQuota: undefined, memoryBytes: undefined, pids: undefined });
    assert.deepEqual(
      [text(`cpu${path}/cpu.cfs_quota_us`), text(`memory${path}/memory.limit_in_bytes`), text(`pids${path}/pids.max`)],
      ['-1', '-1', 'max'],
    );
    writeFileSync(join(root, `pids${path}/pids.current`), '7\n');
    assert.equal(await cgroups.processes(path), 7);
    assert.deepEqual(await cgroups.list(''), [path]);
    for (const controller of ['cpu', 'memory', 'pids']) emptyOut(join(root, controller + path));
    await cgroups.remove(path);
    assert.deepEqual(await cgroups.list(''), []);
    assert.equal(await cgroups.processes(path), 0);
    await cgroups.remove(path);
  });
});

test('cgroup v2: one folder, controllers handed down on the way', async () => {
  await withFolder(['cgroup.controllers'], async (root, text) => {
    const cgroups = createFsCgroups(root);
    await cgroups.ensure(path, limits);
    for (const parent of ['', '/kubepods', '/kubepods/burstable'])
      assert.equal(text(`${parent}/cgroup.subtree_control`), '+cpu +memory +pids');
    assert.deepEqual(
      ['cpu.weight', 'cpu.max', 'memory.max', 'pids.max'].map((name) => text(`${path}/${name}`)),
      ['20', '50000 100000', '1048576', '64'],
    );
    await cgroups.ensure(path, { ...limits, cpuShares: 2, cpuQuota: undefined, memoryBytes: undefined, pids: undefined });
    assert.deepEqual(
      ['cpu.weight', 'cpu.max', 'memory.max', 'pids.max'].map((name) => text(`${path}/${name}`)),
      ['1', 'max 100000', 'max', 'max'],
    );
    writeFileSync(join(root, `${path}/pids.current`), '3');
    assert.equal(await cgroups.processes(path), 3);
    assert.deepEqual(await cgroups.list(''), [path]);
    emptyOut(join(root, path));
    await cgroups.remove(path);
    assert.deepEqual(await cgroups.list(''), []);
  });
});

test('the classes share the processors by what their pods asked for', () => {
  const burstable = (name: string, cpu: string) =>
    samplePod({ containers: [sampleContainer('app', { resources: { requests: { cpu } } })] }, { metadata: { uid: name } });
  const made = qosLimits('/n1', [burstable('a', '250m'), burstable('b', '1'), samplePod({})], { milliCpus: 2000, memoryBytes: 1 << 30 });
  assert.deepEqual(
    [...made].map(([at, { cpuShares, memoryBytes }]) => [at, cpuShares, memoryBytes]),
    [
      ['/n1/kubepods', 2048, 1 << 30],
      ['/n1/kubepods/burstable', 1280, undefined],
      ['/n1/kubepods/besteffort', 2, undefined],
    ],
  );
});
