import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '../base/metrics.ts';
import { serve } from './lib/serving.ts';
import { told } from './lib/told.ts';
import { createTestServer, Widget } from './lib/testing.ts';

const widgets = '/apis/test.io/v1/namespaces/default/widgets';
const json = { 'content-type': 'application/json' };
const widget = (name: string) => JSON.stringify({ metadata: { name }, spec: { size: 1 } });

test('lists from the cache and from the store are counted, and what watches begin with', async (t) => {
  const { h1, store } = await serve(t);
  for (const name of ['a', 'b', 'c']) assert.equal((await h1('POST', widgets, widget(name), json)).code, 201);
  const first = await h1('GET', `${widgets}?limit=2`);
  await h1('GET', `${widgets}?resourceVersion=0&labelSelector=a%3Db`);
  await h1('PUT', `${widgets}/a`, widget('a'), json);
  await h1('POST', widgets, widget('d'), json);
  await h1('GET', `${widgets}?resourceVersion=${first.json.metadata.resourceVersion}&resourceVersionMatch=Exact`);
  await h1('GET', `${widgets}?resourceVersion=${store.revision + 1}&resourceVersionMatch=Exact`);
  const { text } = await h1('GET', '/metrics');
  const place = 'group="test.io",resource="widgets"';
  assert.deepEqual(told(text, 'apiserver_cache_list_total'), { [`{${place},index=""}`]: 2 });
  assert.deepEqual(told(text, 'apiserver_cache_list_fetched_objects_total'), { [`{${place},index=""}`]: 6 });
  assert.deepEqual(told(text, 'apiserver_cache_list_returned_objects_total'), { [`{${place}}`]: 2 });
  // The first read loads what is there.
  assert.deepEqual(told(text, 'apiserver_storage_list_total'), { [`{${place}}`]: 2 });
  assert.deepEqual(told(text, 'apiserver_storage_list_returned_objects_total'), { [`{${place}}`]: 6 });
  assert.deepEqual(told(text, 'apiserver_watch_cache_consistent_read_total'), { [`{${place},success="true",fallback="false"}`]: 1 });
  assert.deepEqual(told(text, 'apiserver_watch_cache_read_wait_seconds_count'), { [`{${place}}`]: 1 });
  assert.deepEqual(told(text, 'watch_cache_capacity'), { [`{${place}}`]: 2048 });
  const sizes = told(text, 'apiserver_request_body_size_bytes_count');
  assert.deepEqual(sizes, { [`{${place},verb="create"}`]: 4, [`{${place},verb="update"}`]: 1 });
});

test('how an update was found to change more than times', async () => {
  const metrics = new Metrics();
  const { one, widget: create, clock, server } = createTestServer({ more: { metrics } });
  await create('a');
  const update = async (size: number) => {
    await clock.advance(2000);
    await one(Widget, { verb: 'update', name: 'a', body: { metadata: { name: 'a' }, spec: { size } } });
  };
  await update(2);
  await update(3);
  await update(3);
  assert.deepEqual(told(await metrics.text(), 'apiserver_request_timestamp_comparison_time_count'), {
    '{code_path="unequal_objects_fast"}': 1,
    '{code_path="unequal_objects_slow"}': 1,
    '{code_path="equal_objects"}': 1,
  });
  await server.close();
});

test('a watch that begins with everything is timed until it told that; fields and own requests are told', async (t) => {
  const { h1, h2, server } = await serve(t);
  await h1('POST', widgets, widget('a'), json);
  const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1';
  const watching = h2('GET', `${widgets}?${query}`);
  for (const value of ['Strict', 'Nonsense']) await h1('POST', `${widgets}?fieldValidation=${value}`, widget(value.toLowerCase()), json);
  await server.transport({ user: 'system:apiserver', groups: [] })({
    verb: 'list',
    group: 'test.io',
    version: 'v1',
    resource: 'widgets',
    options: {},
  });
  const { text } = await h1('GET', '/metrics');
  assert.deepEqual(told(text, 'field_validation_request_duration_seconds_count'), {
    '{field_validation=""}': 0,
    '{field_validation="Strict"}': 0,
    '{field_validation="invalid"}': 0,
  });
  assert.deepEqual(told(text, 'apiserver_selfrequest_total'), { '{verb="LIST",group="test.io",resource="widgets",subresource=""}': 1 });
  const initial = told(text, 'apiserver_watch_list_duration_seconds_count');
  assert.deepEqual(initial, { '{group="test.io",version="v1",resource="widgets",scope="namespace"}': 1 });
  assert.equal(Object.values(told(text, 'apiserver_init_events_total'))[0], 1);
  await server.close();
  await watching.catch(() => undefined);
});
