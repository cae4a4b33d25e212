import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from '../helpers/cluster.ts';
import { pidIn } from '../helpers/machine.ts';

/** Needs root, for a small file system of its own: the whole server on a disk that is full, and on a store that is damaged. */
const isPossible = process.getuid?.() === 0;
const cluster = new TestCluster(16445);
const state = cluster.env.SKIFF_HOME!;
const ballast = join(state, 'ballast');
const store = join(state, 'store/data.mdb');
const up = () => cluster.up('--nodes', 'simulated:1');
const configMap = (name: string, bytes: number) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: 'x'.repeat(bytes) } });
const create = (name: string, bytes = 10) => cluster.run(['create', '-f', '-', '--validate=false'], { input: configMap(name, bytes) });
const names = async () => (await cluster.ask('get', 'configmaps', '-o', 'name')).trim().split('\n').sort();

describe('storage that fails', { skip: !isPossible && 'needs root' }, () => {
  before(() => {
    mkdirSync(state);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'skiff-test-disk', state]);
    const first = up();
    assert.equal(first.status, 0, first.stderr);
  });
  after(() => {
    cluster.skiff('down');
    execFileSync('umount', ['-l', state]);
    rmSync(cluster.home, { recursive: true, force: true });
  });

  test('a full disk: writes are refused clearly, reads and watches go on, and room that is made is used', async () => {
    const pid = pidIn(join(state, 'skiff.pid'));
    const watch = cluster.start('get', 'configmaps', '--watch-only', '-o', 'name');
    let seen = '';
    watch.stdout.on('data', (chunk) => (seen += chunk));
    await cluster.until('the watch works', async () => {
      await create(`early-${seen.length}-${Math.round(performance.now())}`);
      return seen.includes('early-');
    });
    const { bavail, bsize } = statfsSync(state);
    const file = openSync(ballast, 'w');
    for (let left = bavail * bsize - 3_000_000; left > 0; left -= 1 << 20) writeSync(file, Buffer.alloc(Math.min(left, 1 << 20)));
    closeSync(file);
    const made: string[] = [];
    const refused = await cluster.until('a write is refused', async () => {
      const name = `large-${made.length}`;
      const result = await create(name, 500_000);
      if (result.code === 0) made.push(name);
      return result.code !== 0 && result;
    });
    assert.match(
      refused.stderr,
      /^Error from server \(ServiceUnavailable\): error when creating "STDIN": the server cannot write: its disk is full \(ENOSPC\)$/m,
    );
    const raw = await cluster.run(['create', '--raw', '/api/v1/namespaces/default/configmaps', '-f', '-'], {
      input: configMap('raw', 500_000),
    });
    assert.match(raw.stderr, /its disk is full/);
    assert.deepEqual(
      (await names()).filter((name) => name.includes('large-')),
      made.map((name) => `configmap/${name}`).sort(),
    );
    assert.equal((await cluster.run(['get', '--raw', '/readyz'])).stdout, 'ok');
    assert.match(cluster.skiff('doctor').stdout, /✗ the disk of .* is full/);

    rmSync(ballast);
    await cluster.until('writes work again', async () => (await create('after')).code === 0);
    await cluster.until('the watch tells of it', () => seen.includes('configmap/after'));
    watch.kill();
    assert.equal(pidIn(join(state, 'skiff.pid')), pid, 'the server is still the same process');
    const before = await names();
    assert.equal(cluster.skiff('down').status, 0);
    const again = up();
    assert.equal(again.status, 0, again.stderr);
    assert.deepEqual(await names(), before);
  });

  test('a damaged store: up says what is wrong and what to do, and never starts empty', async () => {
    const before = await names();
    assert.equal(cluster.skiff('down').status, 0);
    const whole = readFileSync(store);
    const damaged = Buffer.from(whole);
    for (let at = 8192; at < damaged.length; at += 97) damaged[at]! ^= 0x55;
    writeFileSync(store, damaged);
    const refused = up();
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      /the database in .*store cannot be trusted: .*\. Nothing was changed\. Restore the folder from a backup, or, to begin with an empty cluster, move it away\./,
    );
    assert.ok(readFileSync(store).equals(damaged), 'the file was left as it was found');
    const told = cluster.skiff('doctor');
    assert.equal(told.status, 1);
    assert.match(told.stdout, /✗ the store is damaged: .*\n\s+restore .*store from a backup/);

    renameSync(store, `${store}.away`);
    const missing = up();
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /cannot be trusted: the file is missing or empty/);
    rmSync(`${store}.away`);
    writeFileSync(store, whole);
    const healed = up();
    assert.equal(healed.status, 0, healed.stderr);
    assert.deepEqual(await names(), before);
  });
});
