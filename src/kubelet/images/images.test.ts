import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { contentsOf, readArchive } from './archive.ts';
import { parseImageFile } from './image-file.ts';
import { tarOf } from './oci.ts';
import { packImage } from './pack.ts';
import { pauseProgram } from './pause.ts';
import { normalizeReference } from './reference.ts';

class Memory extends Writable {
  readonly chunks: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }
  get content(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'skiff-test-'));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('short names are filled in as docker does, bad ones refused', () => {
  assert.equal(normalizeReference('my-api:v1'), 'docker.io/library/my-api:v1');
  assert.equal(normalizeReference('team/app'), 'docker.io/team/app:latest');
  assert.equal(normalizeReference('localhost/x:1'), 'localhost/x:1');
  assert.equal(normalizeReference('registry.test:5000/a/b:c'), 'registry.test:5000/a/b:c');
  for (const bad of ['', 'Upper:1', 'a b', '../x', 'a:b:c']) assert.throws(() => normalizeReference(bad), /is not an image name/);
});

test('a folder packs to the same bytes each time, under its full name', async () => {
  await inFolder(async (folder) => {
    await writeFile(join(folder, 'image.yaml'), 'cmd: [/hello]\nexposedPorts: [80]\n');
    await writeFile(join(folder, 'hello'), 'x'.repeat(70_000), { mode: 0o755 });
    const [first, second] = [new Memory(), new Memory()];
    assert.equal(await packImage(folder, 'hello:1', first), 'docker.io/library/hello:1');
    await packImage(folder, 'hello:1', second);
    assert.ok(first.content.equals(second.content));
    const path = join(folder, 'a.tar.gz');
    await writeFile(path, gzipSync(first.content));
    const { names, tar } = await readArchive(path, 'other:2');
    assert.deepEqual(names, ['docker.io/library/other:2']);
    let size = 0;
    for await (const chunk of tar) size += (chunk as Buffer).length;
    assert.ok(size > 70_000);
  });
});

test('names come from docker save, from annotations, or from the caller', () => {
  const docker = new Map([['manifest.json', [{ RepoTags: ['my-api:v1'] }]]]);
  assert.deepEqual(contentsOf(docker), { names: ['docker.io/library/my-api:v1'], index: undefined });
  const both = new Map<string, unknown>([
    ['index.json', { manifests: [{ annotations: { 'org.opencontainers.image.ref.name': 'v1' } }] }],
    ...docker,
  ]);
  assert.deepEqual(contentsOf(both).names, ['docker.io/library/my-api:v1']);
  assert.throws(() => contentsOf(new Map([['index.json', { manifests: [{}] }]])), /give a name with -t/);
  assert.throws(() => contentsOf(new Map()), /holds no image/);
  for (const list of [[null], ['x'], [[]], [5]]) {
    assert.throws(() => contentsOf(new Map([['index.json', { manifests: list }]])), /index.json of the archive lists what is no image/);
    assert.throws(() => contentsOf(new Map([['manifest.json', list]])), /manifest.json of the archive lists what is no image/);
  }
  for (const odd of [{ RepoTags: 'a' }, { RepoTags: [1, null] }])
    assert.throws(() => contentsOf(new Map([['manifest.json', [odd]]])), /name/);
  assert.throws(
    () => contentsOf(new Map([['index.json', { manifests: [{ annotations: { 'org.opencontainers.image.ref.name': 5 } }] }]])),
    /give a name with -t/,
  );
});

test('what is no archive says so', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'x.tar');
    await writeFile(path, 'not a tar'.repeat(200));
    await assert.rejects(readArchive(path), /is not an image archive/);
    await writeFile(path, await tarOf([{ name: 'etc/passwd', mode: 0o644, type: 'file', content: Buffer.from('x') }]));
    await assert.rejects(readArchive(path), /holds no image/);
  });
});

test('an image file is checked', () => {
  assert.throws(() => parseImageFile({ comand: 'x' }), /unknown field "comand"/);
  assert.throws(() => parseImageFile({ base: 'ubuntu' }), /base must be/);
  assert.deepEqual(parseImageFile({ base: 'busybox', cmd: 'date', env: { A: 1 } }).config.Env, ['PATH=/bin:/usr/bin', 'A=1']);
});

test('the pause program ends on SIGTERM', { skip: process.platform !== 'linux' || process.arch !== 'x64' }, async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'pause');
    await writeFile(path, pauseProgram('x64'), { mode: 0o755 });
    const ended = spawnSync(path, { timeout: 50, killSignal: 'SIGTERM' });
    assert.equal(ended.signal, null);
    assert.equal(ended.status, 0);
  });
});

test('the arm64 pause program has the documented instructions', () => {
  const code = pauseProgram('arm64').subarray(120);
  const words = Array.from({ length: (code.length - 8) / 4 }, (_, at) => code.readUInt32LE(at * 4).toString(16));
  assert.equal(words[0], 'd28010e8'); // mov x8, #135
  assert.equal(words[5], 'd4000001'); // svc #0
  assert.equal(words[12], 'f100441f'); // cmp x0, #17
  assert.equal(words[20], '92800000'); // mov x0, #-1
});
