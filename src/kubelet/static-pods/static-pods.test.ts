import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { StaticPods } from './folder.ts';
import { isStatic, parseManifest } from './manifest.ts';

const manifest = (image: string, more = '') => `apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: { app: web }
spec:
  containers:
    - name: main
      image: ${image}
${more}`;
const parse = (text: string) => parseManifest(text, '/m/web.yaml', 'node-1', '2026-01-01T00:00:00Z');

test('a manifest becomes a pod of this node', () => {
  const pod = parse(manifest('web:v1'));
  assert.deepEqual([pod.metadata.name, pod.metadata.namespace, pod.spec.nodeName], ['web-node-1', 'default', 'node-1']);
  assert.match(pod.metadata.uid, /^[0-9a-f]{32}$/);
  assert.deepEqual(pod.metadata.annotations, {
    'kubernetes.io/config.hash': pod.metadata.uid,
    'kubernetes.io/config.seen': '2026-01-01T00:00:00Z',
    'kubernetes.io/config.source': 'file',
  });
  assert.equal(isStatic(pod), true);
  assert.deepEqual(pod.spec.tolerations, [{ operator: 'Exists', effect: 'NoExecute' }]);
  assert.equal(pod.spec.restartPolicy, 'Always', 'defaults are filled in');
  assert.equal(parse(manifest('web:v1')).metadata.uid, pod.metadata.uid);
  assert.notEqual(parse(manifest('web:v2')).metadata.uid, pod.metadata.uid);
});

test('what is no static pod is refused with the reason', () => {
  const reference = (source: string) => manifest('web:v1', `  volumes: [{ name: v, ${source} }]\n`);
  assert.throws(() => parse(''), /the file is empty/);
  assert.throws(() => parse('apiVersion: v1\nkind: Service\nmetadata: {name: a}'), /Service in version "v1" cannot be handled as a Pod/);
  assert.throws(() => parse(manifest('""')), /invalid pod: spec\.containers\[0\]\.image: Required value/);
  assert.throws(() => parse(reference('configMap: { name: a }')), /static pods may not reference configmaps/);
  assert.throws(() => parse(reference('secret: { secretName: a }')), /static pods may not reference secrets/);
  assert.throws(() => parse(manifest('web:v1', '  serviceAccountName: robot\n')), /static pods may not reference serviceaccounts/);
  assert.throws(() => parse(`${manifest('web:v1')}---\n${manifest('web:v1')}`), /more than one document/);
});

test('a folder of manifests: pods come, change and go with their files', async () => {
  const path = mkdtempSync(join(tmpdir(), 'skiff-manifests-'));
  const complaints: string[] = [];
  const log = { ...silentLogger, error: (message: string) => void complaints.push(message) };
  const statics = new StaticPods({ path, nodeName: 'n1', checkMs: 1000, clock: new VirtualClock(), log });
  const told: string[] = [];
  statics.subscribe({
    added: (pod) => told.push(`+${pod.spec.containers[0]!.image}`),
    deleted: (pod) => told.push(`-${pod.spec.containers[0]!.image}`),
  });
  const read = async () => {
    told.length = 0;
    await statics.read();
    return [...told];
  };
  try {
    mkdirSync(join(path, 'folder'));
    writeFileSync(join(path, '.hidden.yaml'), manifest('hidden:v1'));
    writeFileSync(join(path, 'a.yaml'), manifest('a:v1'));
    writeFileSync(join(path, 'b.json'), 'nonsense: [');
    assert.deepEqual(await read(), ['+a:v1']);
    assert.deepEqual(await read(), []);
    assert.equal(complaints.length, 2, 'of the folder and of the nonsense, once');
    writeFileSync(join(path, 'a.yaml'), manifest('a:v2'));
    writeFileSync(
      join(path, 'b.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b' }, spec: { containers: [{ name: 'x', image: 'b:v1' }] } }),
    );
    utimesSync(join(path, 'b.json'), 1, 1);
    assert.deepEqual(await read(), ['-a:v1', '+a:v2', '+b:v1']);
    rmSync(path, { recursive: true });
    assert.deepEqual(await read(), ['-a:v2', '-b:v1']);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
});
