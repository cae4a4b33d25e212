import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiObject } from '../../api/meta.ts';
import { ConfigMap } from '../../kinds/core/config-map.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { ObjectBytes } from './object-bytes.ts';
import { encodeStored, objectOf } from './stored-object.ts';

const uid = '11111111-2222-4333-8444-555555555555';
const configMap = (data: Record<string, string>, name = 'a') =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, uid, labels: { app: 'x' } }, data }) as unknown as ApiObject;

async function stored(object: ApiObject): Promise<ApiObject> {
  const store = createMemoryStore();
  const result = await store.txn({ compare: [], writes: [{ type: 'put', key: '/core/configmaps/d/a', value: encodeStored(object) }] });
  assert.ok(result.ok);
  return objectOf(result.entries[0]!);
}

test('JSON of a stored object is what encoding it gives, from its bytes or not', async () => {
  const bytes = new ObjectBytes({ byKind: () => ConfigMap } as never);
  const texts = { plain: 'é', quotes: '"uid":"x"', html: '<&>', lines: '\u2028\u2029', none: '' };
  for (const [key, text] of Object.entries(texts)) {
    const object = await stored(configMap({ [key]: text, a: 'b' }));
    const wanted = `${JSON.stringify(object).replaceAll(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
    for (let time = 0; time < 2; time++) {
      assert.equal(Buffer.from(bytes.json(object)).toString(), wanted);
      assert.equal(`${Buffer.concat(bytes.jsonParts(object)).toString()}\n`, wanted);
    }
    assert.match(wanted, /^\{"kind":"ConfigMap","apiVersion":"v1","metadata":\{"name":"a","uid":"[^"]*","resourceVersion":"\d+","labels"/);
  }
  const unnamed = await stored({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: {} } as unknown as ApiObject);
  assert.equal(JSON.parse(Buffer.from(bytes.json(unnamed)).toString()).metadata.resourceVersion, unnamed.metadata.resourceVersion);
});

test('objects of one make share the fields of their managers, and show them as they were written', async () => {
  const managed = (name: string, time: string, field = 'f:a') => {
    const object = configMap({ a: 'b' }, name);
    const fieldsV1 = { 'f:data': { '.': {}, [field]: {} } };
    return {
      ...object,
      metadata: { ...object.metadata, managedFields: [{ manager: 'm', operation: 'Update', apiVersion: 'v1', time, fieldsV1 }] },
    } as unknown as ApiObject;
  };
  const [one, two, other] = await Promise.all([
    stored(managed('one', '2026-01-01T00:00:00Z')),
    stored(managed('two', '2026-01-02T00:00:00Z')),
    stored(managed('three', '2026-01-02T00:00:00Z', 'f:c')),
  ]);
  const entryOf = (object: ApiObject) => object.metadata.managedFields![0]!;
  assert.equal(entryOf(one).fieldsV1, entryOf(two).fieldsV1);
  assert.notEqual(entryOf(one).time, entryOf(two).time);
  assert.deepEqual(entryOf(other).fieldsV1, { 'f:data': { '.': {}, 'f:c': {} } });
});
