import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { TestCluster } from '../helpers/cluster.ts';

/** Needs root and Debian's node packages: volumes and claims on real containers. */
const isPossible = process.getuid?.() === 0;
const options = { skip: !isPossible && 'needs root' };
const cluster = new TestCluster(6443);
const state = join(cluster.home, 'state');

const apply = (...objects: readonly object[]) =>
  cluster.feed(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }), 'apply', '-f', '-');
const claim = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } }, ...spec },
});
const volume = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: { capacity: { storage: '10Mi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'manual', ...spec },
});
/** A pod that runs `script` and then stays; its volume is at /data. */
const pod = (name: string, source: object, script = 'true', more: { spec?: object; mount?: object } = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'c',
        image: 'my-api:v1',
        command: ['sh', '-c', `${script}; sleep 2147483647`],
        volumeMounts: [{ name: 'data', mountPath: '/data', ...more.mount }],
      },
    ],
    volumes: [{ name: 'data', ...source }],
    ...more.spec,
  },
});
const ofClaim = (claimName: string, more: object = {}) => ({ persistentVolumeClaim: { claimName, ...more } });
const ready = (name: string) => cluster.kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');
const inPod = (name: string, script: string) => cluster.kubectl('exec', name, '--', 'sh', '-c', script);
const folders = () => (existsSync(join(state, 'volumes')) ? readdirSync(join(state, 'volumes')) : []);

before(async () => {
  if (!isPossible) return;
  const up = cluster.up();
  assert.equal(up.status, 0, up.stderr);
  const packed = cluster.skiff('image', 'pack', 'examples/my-api/v1', '-t', 'my-api:v1');
  assert.equal(packed.status, 0, packed.stderr);
});
after(async () => {
  if (isPossible) await cluster[Symbol.asyncDispose]();
});

test('what a pod writes to its claim is there for the next one, and goes with the claim', options, async () => {
  assert.match(cluster.kubectl('get', 'sc'), /standard \(default\)/);
  const user = { securityContext: { runAsUser: 1000, fsGroup: 2000 } };
  apply(claim('data'), pod('first', ofClaim('data'), 'echo kept > /data/file; mkdir /data/sub', { spec: user }));
  ready('first');
  assert.equal(folders().length, 1);
  const folder = join(state, 'volumes', folders()[0]!);
  assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'kept\n');
  assert.equal(statSync(join(folder, 'file')).gid, 2000);
  cluster.kubectl('delete', 'pod', 'first');
  apply(pod('second', ofClaim('data', { readOnly: true }), 'true', { spec: user }));
  ready('second');
  assert.equal(inPod('second', 'cat /data/file'), 'kept\n');
  assert.notEqual(cluster.try('exec', 'second', '--', 'sh', '-c', 'echo x > /data/other').status, 0, 'it is mounted read-only');
  cluster.kubectl('delete', 'pvc', 'data', '--wait=false');
  assert.match(cluster.kubectl('get', 'pvc', 'data'), /Terminating/);
  cluster.kubectl('delete', 'pod', 'second');
  await cluster.until('the folder is gone', () => folders().length === 0);
  assert.equal(cluster.kubectl('get', 'pv', '-o', 'name'), '');
});

test('a part of a claim can be mounted', options, async () => {
  apply(claim('parts'), pod('writer', ofClaim('parts'), 'mkdir -p /data/a/b; echo deep > /data/a/b/file'));
  ready('writer');
  apply(pod('reader', ofClaim('parts'), 'true', { mount: { subPath: 'a/b' } }));
  ready('reader');
  assert.equal(inPod('reader', 'cat /data/file'), 'deep\n');
  cluster.kubectl('delete', 'pod', 'reader', 'writer');
  cluster.kubectl('delete', 'pvc', 'parts');
});

test('folders of the node serve as volumes, and are kept', options, async () => {
  const node = cluster.json('get', 'nodes').items[0].metadata.name;
  const local = join(cluster.home, 'local');
  const host = join(cluster.home, 'host');
  mkdirSync(local);
  const terms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }];
  const manual = { storageClassName: 'manual' };
  apply(
    volume('local', { local: { path: local }, nodeAffinity: { required: { nodeSelectorTerms: terms } } }),
    volume('host', { hostPath: { path: host, type: 'DirectoryOrCreate' } }),
    claim('local', { ...manual, volumeName: 'local' }),
    claim('host', { ...manual, volumeName: 'host' }),
    pod('local', ofClaim('local'), 'echo local > /data/file'),
    pod('host', ofClaim('host'), 'echo host > /data/file'),
  );
  for (const [name, folder] of [
    ['local', local],
    ['host', host],
  ] as const) {
    ready(name);
    await cluster.until('the file', () => existsSync(join(folder, 'file')));
    assert.equal(readFileSync(join(folder, 'file'), 'utf8'), `${name}\n`);
  }
  cluster.kubectl('delete', 'pod', 'local', 'host');
  cluster.kubectl('delete', 'pvc', 'local', 'host');
  await cluster.until('they are released', () => /Released/.test(cluster.kubectl('get', 'pv', 'local')));
  assert.ok(existsSync(join(local, 'file')));
  cluster.kubectl('delete', 'pv', 'local', 'host');
});

test('a local volume whose folder is missing holds its pod up', options, async () => {
  const node = cluster.json('get', 'nodes').items[0].metadata.name;
  const terms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }];
  apply(
    volume('missing', { local: { path: '/no/such/folder' }, nodeAffinity: { required: { nodeSelectorTerms: terms } } }),
    claim('missing', { storageClassName: 'manual', volumeName: 'missing' }),
    pod('waits', ofClaim('missing')),
  );
  await cluster.until('the event', () => /path "\/no\/such\/folder" does not exist/.test(cluster.kubectl('describe', 'pod', 'waits')));
  cluster.kubectl('delete', 'pod', 'waits');
  cluster.kubectl('delete', 'pvc', 'missing');
  cluster.kubectl('delete', 'pv', 'missing');
});

test('an ephemeral volume lives as long as its pod', options, async () => {
  const template = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } } };
  apply(pod('own', { ephemeral: { volumeClaimTemplate: template } }, 'echo own > /data/file'));
  ready('own');
  assert.equal(inPod('own', 'cat /data/file'), 'own\n');
  assert.equal(folders().length, 1);
  cluster.kubectl('delete', 'pod', 'own');
  await cluster.until('the folder is gone', () => folders().length === 0);
});
