import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeEnvelope } from '../../api/codec-protobuf.ts';
import { messageShape } from '../../api/kind.ts';
import { VirtualClock } from '../../base/clock.ts';
import { Deployment } from '../../kinds/apps/deployment.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { RegistryLayout } from '../registry-layout.ts';
import { readingUpstream } from './upstream-values.ts';
import { TransformedStore } from './transformed-store.ts';
import { untransformed } from './transformer.ts';

const web = {
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: { name: 'web', namespace: 'shop', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'web:1' }] } },
  },
  status: {},
};
const key = '/apps/deployments/shop/web';
const textOf = (value: Uint8Array) => new TextDecoder().decode(value);

test('what kube-apiserver stored is read as if it had been written here, and is stale', async () => {
  const raw = createMemoryStore({ clock: new VirtualClock() });
  const store = new TransformedStore(raw, readingUpstream(untransformed, [Deployment]), new RegistryLayout([Deployment]));
  const value = writeEnvelope(web, messageShape(Deployment), web);
  await raw.txn({ compare: [], writes: [{ type: 'put', key, value }] });
  const entry = (await store.get(key))!;
  const { creationTimestamp, ...metadata } = web.metadata;
  const read = JSON.parse(textOf(entry.value));
  assert.deepEqual(read.metadata, { ...metadata, creationTimestamp });
  assert.deepEqual(read.spec.template.spec.containers[0].image, 'web:1');
  assert.equal(await store.isStale(entry), true);

  await store.txn({ compare: [], writes: [{ type: 'put', key, value: entry.value }] });
  const rewritten = (await store.get(key))!;
  assert.equal(textOf((await raw.get(key))!.value), textOf(rewritten.value));
  assert.equal(await store.isStale(rewritten), false);
});

test('a kind that nobody knows is named, and holds up no other', async () => {
  const raw = createMemoryStore({ clock: new VirtualClock() });
  const store = new TransformedStore(raw, readingUpstream(untransformed, []), new RegistryLayout([Deployment]));
  await raw.txn({ compare: [], writes: [{ type: 'put', key, value: writeEnvelope(web, messageShape(Deployment), web) }] });
  await assert.rejects(store.get(key), {
    message: /unable to transform key "\/registry\/deployments\/shop\/web": no kind "Deployment" is known for version "apps\/v1"/,
  });
});

test('a definition, which is stored in v1beta1, is read in v1', async () => {
  const raw = createMemoryStore({ clock: new VirtualClock() });
  const store = new TransformedStore(raw, readingUpstream(untransformed, []), new RegistryLayout([]));
  const names = { plural: 'widgets', kind: 'Widget' };
  const of = (spec: object) => ({
    kind: 'CustomResourceDefinition',
    apiVersion: 'apiextensions.k8s.io/v1beta1',
    metadata: { name: 'widgets.example.com' },
    spec: { group: 'example.com', names, scope: 'Namespaced', preserveUnknownFields: false, ...spec },
    status: { storedVersions: ['v1'] },
  });
  const key = '/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com';
  const read = async (spec: object) => {
    await raw.txn({ compare: [], writes: [{ type: 'put', key, value: new TextEncoder().encode(JSON.stringify(of(spec))) }] });
    return JSON.parse(textOf((await store.get(key))!.value));
  };
  const schema = { openAPIV3Schema: { type: 'object' } };
  const column = { name: 'Size', type: 'integer' };
  const [v1, v2] = [
    { name: 'v1', served: true, storage: true },
    { name: 'v2', served: true, storage: false },
  ];
  const one = await read({
    version: 'v1',
    versions: [v1, v2],
    validation: schema,
    subresources: { status: {} },
    additionalPrinterColumns: [{ ...column, JSONPath: '.spec.size' }],
    conversion: { strategy: 'Webhook', webhookClientConfig: { url: 'https://a' }, conversionReviewVersions: ['v1'] },
  });
  const shared = { schema, subresources: { status: {} }, additionalPrinterColumns: [{ ...column, jsonPath: '.spec.size' }] };
  assert.equal(one.apiVersion, 'apiextensions.k8s.io/v1');
  assert.deepEqual(one.spec.versions, [
    { ...v1, ...shared },
    { ...v2, ...shared },
  ]);
  assert.deepEqual(one.spec.conversion, {
    strategy: 'Webhook',
    webhook: { clientConfig: { url: 'https://a' }, conversionReviewVersions: ['v1'] },
  });
  assert.deepEqual(Object.keys(one.spec).sort(), ['conversion', 'group', 'names', 'scope', 'versions']);
  const other = await read({
    version: 'v1',
    versions: [{ ...v1, schema }, v2],
    conversion: { strategy: 'None', conversionReviewVersions: ['v1'] },
  });
  assert.deepEqual(other.spec.versions, [{ ...v1, schema }, v2]);
  assert.deepEqual(other.spec.conversion, { strategy: 'None' });
});
