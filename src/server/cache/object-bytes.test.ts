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
    for (let time = 0; time < 2; time++) assert.equal(Buffer.from(bytes.json(object)).toString(), wanted);
    assert.match(wanted, /^\{"kind":"ConfigMap","apiVersion":"v1","metadata":\{"name":"a","uid":"[^"]*","resourceVersion":"\d+","labels"/);
  }
  const unnamed = await stored({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: {} } as unknown as ApiObject);
  assert.equal(JSON.parse(Buffer.from(bytes.json(unnamed)).toString()).metadata.resourceVersion, unnamed.metadata.resourceVersion);
});
