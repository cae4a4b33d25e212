import assert from 'node:assert/strict';
import { Metrics } from '../../base/metrics.ts';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startKmsPlugin } from '../../../test/helpers/kms-plugin.ts';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import { formatYaml } from '../../base/yaml.ts';
import { createMemoryStore } from '../../store/memory.ts';
import type { Store } from '../../store/store.ts';
import { createTestServer, Gadget, Widget } from '../lib/testing.ts';
import { told } from '../lib/told.ts';
import { RegistryLayout } from '../registry-layout.ts';
import { parseEncryptionConfiguration } from './configuration.ts';
import { TransformedStore } from './transformed-store.ts';
import { readingUpstream } from './upstream-values.ts';
import { Encryption } from './encryption.ts';

const root = mkdtempSync(join(tmpdir(), 'encryption-'));
const stop = new AbortController();
const clock = new VirtualClock();
after(() => {
  stop.abort();
  rmSync(root, { recursive: true, force: true });
});
const secretOf = (letter: string, length = 32) => Buffer.alloc(length, letter).toString('base64');
const keys = (...letters: string[]) => ({ keys: letters.map((letter) => ({ name: `key-${letter}`, secret: secretOf(letter) })) });
const written = (...resources: readonly { readonly resources: readonly string[]; readonly providers: readonly object[] }[]) =>
  formatYaml({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources });
const widgets = (...providers: readonly object[]) => written({ resources: ['widgets.test.io'], providers });
let files = 0;
const file = (text: string) => {
  const path = join(root, `encryption-${files++}.yaml`);
  writeFileSync(path, text);
  return path;
};
async function encryptionOf(text: string, reloads = false, path = file(text), metrics = new Metrics()): Promise<Encryption> {
  const flags = { 'encryption-provider-config': path, 'encryption-provider-config-automatic-reload': reloads };
  return await Encryption.start({
    flags,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    signal: stop.signal,
    metrics,
    apiServerId: 'a',
  });
}
const layout = new RegistryLayout([]);
/** A server over a raw store, as after a start with this configuration. */
async function started(text: string, raw: Store = createMemoryStore({ clock })) {
  const store = new TransformedStore(raw, await encryptionOf(text), layout);
  return { ...createTestServer({ more: { store } }), raw };
}
const stored = async (raw: Store, name = 'a') => Buffer.from((await raw.get(`/test.io/widgets/default/${name}`))!.value);
const providers = { aesgcm: keys('a'), aescbc: keys('b'), secretbox: keys('c') };

test('what kube-apiserver stored can be read, and what is stored begins as there', async () => {
  const { secret, values } = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/upstream.json'), 'utf8'));
  await using kms = await startKmsPlugin(join(root, 'golden.sock'));
  const known = { keys: [{ name: 'key1', secret }] };
  const encryption = await encryptionOf(
    written(
      { resources: ['secrets'], providers: [{ aesgcm: known }] },
      { resources: ['configmaps'], providers: [{ aescbc: known }] },
      { resources: ['services'], providers: [{ secretbox: known }] },
      { resources: ['serviceaccounts'], providers: [{ kms: { apiVersion: 'v2', name: 'vault', endpoint: kms.endpoint } }] },
    ),
  );
  for (const { provider, place, stored } of values) {
    const [, , resource] = place.split('/');
    const transformer = encryption.transformer('', resource);
    const value = Buffer.from(stored, 'base64');
    const { plain, isStale } = await transformer.decrypt(value, Buffer.from(place));
    assert.equal(Buffer.from(plain).subarray(0, 4).toString(), 'k8s\0', provider);
    assert.equal(isStale, false);
    const again = Buffer.from(await transformer.encrypt(plain, Buffer.from(place)));
    const prefix = /^k8s:enc:[a-z]+:v\d:[a-z0-9]+:/.exec(value.toString('latin1'))![0];
    assert.equal(again.subarray(0, prefix.length).toString(), prefix);
    assert.deepEqual(Buffer.from((await transformer.decrypt(again, Buffer.from(place))).plain), Buffer.from(plain));
    // Values can't be moved to another place, where the cipher is of that kind.
    if (provider === 'aesgcm' || provider === 'kms')
      await assert.rejects(async () => await transformer.decrypt(value, Buffer.from(`${place}x`)), /message authentication failed/);
    value[value.length - 1]! ^= 1;
    await assert.rejects(async () => await transformer.decrypt(value, Buffer.from(place)));
  }
});

test('the raw store holds no plain text, and the server serves as ever', async (t) => {
  for (const [name, provider] of Object.entries(providers))
    await t.test(name, async () => {
      const { raw, server, widget, one, list, send } = await started(widgets({ [name]: provider }));
      const reply = await send(Widget, { verb: 'watch', options: {} });
      assert(reply.type === 'watch');
      const events = reply.events[Symbol.asyncIterator]();
      await widget('a', { spec: { color: 'plain-text' } });
      assert.equal(((await events.next()).value as any).object.spec.color, 'plain-text');
      const value = await stored(raw);
      assert.match(value.toString('latin1'), new RegExp(`^k8s:enc:${name}:v1:key-`));
      assert.equal(value.includes('plain-text'), false);
      assert.equal((await one(Widget, { verb: 'get', name: 'a' })).spec.color, 'plain-text');
      await one(Widget, { verb: 'patch', name: 'a', patchType: 'merge', body: { spec: { size: 7 } } });
      assert.equal(((await events.next()).value as any).object.spec.size, 7);
      await one(Widget, { verb: 'delete', name: 'a' });
      const gone = (await events.next()).value as any;
      assert.deepEqual([gone.type, gone.object.spec.size], ['DELETED', 7]);
      assert.deepEqual((await list(Widget)).items, []);
      await server.close();
      // A new start reads what the old one wrote.
      const next = await started(widgets({ [name]: provider }), raw);
      await next.widget('b');
      assert.equal((await next.list(Widget)).items.length, 1);
      await next.server.close();
    });
});

test('rotation: old keys read, the first writes, and an update that changes nothing stores anew', async () => {
  const first = await started(widgets({ identity: {} }));
  await first.widget('a', { spec: { color: 'blue' } });
  await first.server.close();
  const steps: readonly [string, RegExp][] = [
    [widgets({ aesgcm: keys('a') }, { identity: {} }), /^k8s:enc:aesgcm:v1:key-a:/],
    [widgets({ aesgcm: keys('b', 'a') }), /^k8s:enc:aesgcm:v1:key-b:/],
    [widgets({ secretbox: keys('c') }, { aesgcm: keys('b') }), /^k8s:enc:secretbox:v1:key-c:/],
    // Another key of the same name.
    [
      widgets({ secretbox: { keys: [{ name: 'key-c', secret: secretOf('z') }] } }, { secretbox: keys('c') }),
      /^k8s:enc:secretbox:v1:key-c:/,
    ],
    [widgets({ identity: {} }, { secretbox: { keys: [{ name: 'key-c', secret: secretOf('z') }] } }), /^\{/],
  ];
  for (const [config, prefix] of steps) {
    const { server, one } = await started(config, first.raw);
    const before = await stored(first.raw);
    const object = await one(Widget, { verb: 'get', name: 'a' });
    assert.equal(object.spec.color, 'blue');
    const again = await one(Widget, { verb: 'update', name: 'a', body: object });
    const after = await stored(first.raw);
    assert.match(after.toString('latin1'), prefix);
    assert.notDeepEqual(after, before);
    assert.notEqual(again.metadata.resourceVersion, object.metadata.resourceVersion);
    const third = await one(Widget, { verb: 'update', name: 'a', body: again });
    assert.equal(third.metadata.resourceVersion, again.metadata.resourceVersion, 'once is enough');
    await server.close();
  }
});

test('a key that is missing is told with the name of the object, and concerns its kind only', async () => {
  const first = await started(widgets({ aesgcm: keys('a') }));
  await first.widget('a');
  await first.server.close();
  const wrong = await started(widgets({ aesgcm: keys('b') }, { identity: {} }), first.raw);
  const message =
    'Internal error occurred: unable to transform key "/registry/test.io/widgets/default/a": no matching key was found for the provided AES transformer';
  await assert.rejects(wrong.one(Widget, { verb: 'get', name: 'a' }), { code: 500, message });
  await assert.rejects(wrong.list(Widget), { code: 500, message });
  await wrong.server.close();
  const off = createTestServer({ more: { store: first.raw } });
  await assert.rejects(off.list(Widget), {
    code: 500,
    message: /unable to decode \/test.io\/widgets\/default\/a: it is stored encrypted, and this server has no key/,
  });
  await off.server.close();
});

test('a value that another server stored with a key of its own is told, and the rest goes on', async () => {
  const raw = createMemoryStore({ clock });
  const { server, widget, list } = await started(widgets({ aesgcm: keys('a') }), raw);
  await widget('a');
  assert.equal((await list(Widget)).items.length, 1);
  const other = await encryptionOf(widgets({ aesgcm: keys('b') }));
  const place = '/test.io/widgets/default/b';
  const value = await other.transformer('test.io', 'widgets').encrypt(Buffer.from('{}'), Buffer.from(place));
  await raw.txn({ compare: [], writes: [{ type: 'put', key: place, value }] });
  await assert.rejects(list(Widget), { message: /unable to transform key "\/registry\/test.io\/widgets\/default\/b"/ });
  await raw.txn({ compare: [], writes: [{ type: 'delete', key: place }] });
  assert.equal((await list(Widget)).items.length, 1);
  await server.close();
});

test('a file that is followed: a new key writes from then on, a bad one changes nothing', async () => {
  const text = widgets({ aesgcm: keys('a') });
  const path = file(text);
  const raw = createMemoryStore({ clock });
  const encryption = await encryptionOf(text, true, path);
  assert.deepEqual(
    encryption.checks.map(({ name }) => name),
    ['kms-providers'],
  );
  const { server, widget } = createTestServer({ more: { store: new TransformedStore(raw, encryption, layout) } });
  await widget('a');
  writeFileSync(path, widgets({ aesgcm: keys() }));
  await clock.advance(6_000);
  await widget('b');
  writeFileSync(path, widgets({ aesgcm: keys('z', 'a') }));
  await clock.advance(6_000);
  await widget('c');
  const prefixes = await Promise.all(['a', 'b', 'c'].map(async (name) => (await stored(raw, name)).toString('latin1').slice(0, 24)));
  assert.deepEqual(prefixes, ['k8s:enc:aesgcm:v1:key-a:', 'k8s:enc:aesgcm:v1:key-a:', 'k8s:enc:aesgcm:v1:key-z:']);
  await server.close();
});

test('a key service: one seed for many values, another when its key changes, and what it says of its health', async () => {
  await using kms = await startKmsPlugin(join(root, 'kms.sock'));
  const config = widgets({ kms: { apiVersion: 'v2', name: 'vault', endpoint: kms.endpoint } });
  const metrics = new Metrics();
  const encryption = await encryptionOf(config, false, file(config), metrics);
  const raw = createMemoryStore({ clock });
  const { server, widget, one } = createTestServer({ more: { store: new TransformedStore(raw, encryption, layout) } });
  await widget('a');
  await widget('b');
  assert.deepEqual(kms.counts, { encrypt: 1, decrypt: 0, status: 1 });
  const check = encryption.checks[0]!;
  assert.equal(check.name, 'kms-providers');
  await check.check();
  const polled = async (ms: number) => {
    const { status } = kms.counts;
    await clock.advance(ms);
    while (kms.counts.status === status) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  kms.keyId = 'key-2';
  await polled(61_000);
  while (kms.counts.encrypt < 2) await new Promise((resolve) => setImmediate(resolve));
  await check.check();
  const object = await one(Widget, { verb: 'get', name: 'a' });
  await one(Widget, { verb: 'update', name: 'a', body: object });
  assert.match((await stored(raw)).toString('latin1'), /key-2/);
  assert.match((await stored(raw, 'b')).toString('latin1'), /key-1/);
  kms.healthz = 'on fire';
  await polled(61_000);
  await assert.rejects(
    async () => await check.check(),
    /kms-provider-0: kmsv2 Provider vault is not healthy, error: got unexpected healthz status: on fire/,
  );
  await widget('c');
  const counted = await metrics.text();
  for (const line of [
    /^apiserver_envelope_encryption_key_id_hash_total\{transformation_type="to_storage",provider_name="vault",key_id_hash="sha256:[0-9a-f]{64}",apiserver_id_hash="sha256:[0-9a-f]{64}"\} 2$/m,
    /^apiserver_envelope_encryption_kms_operations_latency_seconds_count\{provider_name="vault",method_name="\/v2.KeyManagementService\/Encrypt",grpc_status_code="OK"\} 2$/m,
    /^apiserver_storage_transformation_operations_total\{resource="widgets.test.io",transformation_type="to_storage",transformer_prefix="k8s:enc:kms:v2:vault:",status="OK"\} 4$/m,
    /^apiserver_envelope_encryption_dek_source_cache_size\{provider_name="vault"\} 2$/m,
    /^apiserver_storage_envelope_transformation_cache_misses_total 0$/m,
  ])
    assert.match(counted, line);
  await clock.advance(200_000);
  await assert.rejects(widget('d'), { code: 500, message: /encryptedDEKSource with keyID hash "sha256:[0-9a-f]{64}" expired at/ });
  await server.close();
  kms.healthz = 'ok';
  // A new start asks the service for the seeds of before, once each.
  const before = kms.counts.decrypt;
  const next = await started(config, raw);
  assert.equal((await next.list(Widget)).items.length, 3);
  assert.ok(kms.counts.decrypt - before >= 2);
  await next.server.close();
  kms.lost.add('key-1');
  const lost = await started(config, raw);
  await assert.rejects(lost.list(Widget), {
    code: 500,
    message: /unable to transform key "\/registry\/test.io\/widgets\/default\/b": failed to decrypt DEK, error: .*no key key-1/,
  });
  await lost.server.close();
});

test('a key service that is not there at the start: reads and writes say so, and go on once it is', async () => {
  const path = join(root, 'late.sock');
  const raw = createMemoryStore({ clock });
  const start = encryptionOf(widgets({ kms: { apiVersion: 'v2', name: 'late', endpoint: `unix://${path}`, timeout: '1s' } }));
  while ((await Promise.race([start.then(() => true), clock.advance(500).then(() => false)])) === false)
    await new Promise((resolve) => setImmediate(resolve));
  const { server, widget } = createTestServer({ more: { store: new TransformedStore(raw, await start, layout) } });
  await assert.rejects(widget('a'), { code: 500, message: 'Internal error occurred: got unexpected nil transformer' });
  await using _kms = await startKmsPlugin(path);
  for (;;) {
    await clock.advance(10_000);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    const done = await widget('a').then(
      () => true,
      () => false,
    );
    if (done) break;
  }
  await server.close();
});

test('wildcards, and what a configuration gets wrong, in the words of upstream', async () => {
  const encryption = await encryptionOf(
    written(
      { resources: ['secrets', 'deployments.apps'], providers: [{ aesgcm: keys('a') }] },
      { resources: ['*.apps'], providers: [{ aesgcm: keys('b') }] },
      { resources: ['*.'], providers: [{ aesgcm: keys('c') }] },
      { resources: ['*.*'], providers: [{ aesgcm: keys('d') }] },
    ),
  );
  const keyOf = async (group: string, resource: string) =>
    Buffer.from(await encryption.transformer(group, resource).encrypt(Buffer.from('x'), Buffer.from('y')))
      .toString('latin1')
      .slice(22, 23);
  assert.deepEqual(
    await Promise.all([
      keyOf('', 'secrets'),
      keyOf('apps', 'deployments'),
      keyOf('apps', 'daemonsets'),
      keyOf('', 'pods'),
      keyOf('example.com', 'gadgets'),
    ]),
    ['a', 'a', 'b', 'c', 'd'],
  );
  const table: readonly [string, RegExp][] = [
    [written(), /resources: Required value: at least one resources is required/],
    [
      written({ resources: [], providers: [] }),
      /resources\[0\].resources: Required value: at least one resources\[0\].resources is required/,
    ],
    [widgets({}), /resources\[0\].providers\[0\]: Invalid value: \{\}: provider does not contain any of the expected providers/],
    [
      widgets({ identity: {}, aesgcm: keys('a') }),
      /more than one provider specified in a single element, should split into different list elements/,
    ],
    [
      widgets({ aesgcm: { keys: [{ name: 'k', secret: secretOf('a', 5) }] } }),
      /aesgcm.keys\[0\].secret: Invalid value: "REDACTED": secret is not of the expected length, got 5, expected one of \[16 24 32\]/,
    ],
    [
      widgets({ secretbox: { keys: [{ name: '', secret: '%%' }] } }),
      /keys\[0\].name: Required value: name is a mandatory field for a key, .*secret: Invalid value: "REDACTED": secrets must be base64 encoded/,
    ],
    [
      written({ resources: ['secrets', '*.'], providers: [{ identity: {} }] }),
      /using overlapping resources such as 'secrets' and '\*\.' in the same resource list/,
    ],
    [written({ resources: ['*'], providers: [{ identity: {} }] }), /use '\*\.' to encrypt all the resources from core API group/],
    [written({ resources: ['x.events.k8s.io'], providers: [{ identity: {} }] }), /Use 'events' instead in the config file/],
    [
      widgets({ kms: { apiVersion: 'v1', name: 'x', endpoint: 'unix:///x' } }),
      /KMSv1 is deprecated and will only receive security updates going forward/,
    ],
    [
      widgets({ kms: { apiVersion: 'v2', name: 'x:y', endpoint: 'tcp:///x' } }),
      /must not contain ':', .*unsupported scheme "tcp" for KMS provider, only unix is supported/,
    ],
  ];
  for (const [text, message] of table) assert.throws(() => parseEncryptionConfiguration(text, false), message);
  await assert.rejects(
    encryptionOf(written({ resources: ['*.*'], providers: [{ identity: {} }] }, { resources: ['secrets'], providers: [{ identity: {} }] })),
    /resource "secrets" is masked by earlier rule "\*\.\*"/,
  );
});

test('only what is encrypted is counted, also where values may be those of kube-apiserver', async () => {
  const metrics = new Metrics();
  const encryption = await encryptionOf(widgets({ aesgcm: keys('a') }), false, undefined, metrics);
  for (const transformers of [encryption, readingUpstream(encryption, [Widget, Gadget])]) {
    const store = new TransformedStore(createMemoryStore({ clock }), transformers, layout);
    const { server, one, list, widget } = createTestServer({ more: { store } });
    await widget('a');
    await one(Gadget, { verb: 'create', body: { metadata: { name: 'g' }, value: 'v' } });
    for (const kind of [Widget, Gadget]) await list(kind);
    await store.range('/core/gadgets/');
    await server.close();
  }
  const resources = Object.keys(told(await metrics.text(), 'apiserver_storage_transformation_operations_total')).map(
    (labels) => /resource="([^"]*)"/.exec(labels)?.[1],
  );
  assert.deepEqual([...new Set(resources)], ['widgets.test.io']);
});
