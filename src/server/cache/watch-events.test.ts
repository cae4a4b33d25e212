import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStored } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { tableOf } from '../../api/table.ts';
import type { WatchEvent } from '../../client/call.ts';
import { loadKinds } from '../../kinds/catalog.node.ts';
import { ConfigMap } from '../../kinds/core/config-map.ts';
import { ObjectBytes } from './object-bytes.ts';
import { bookmarkEvent, jsonFrames, protobufFrames } from './watch-events.ts';

const eventOf = (name: string, size = 10): WatchEvent => ({
  type: 'MODIFIED',
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'x'.repeat(size) } } as unknown as ApiObject,
});
const bytes = new ObjectBytes({ byKind: () => ConfigMap } as never);

test('the pieces of a batch hold its frames in order, and none is much over 64 KiB', () => {
  const events = Array.from({ length: 40 }, (_, index) => eventOf(`c${index}`, 10_000));
  for (const frames of [jsonFrames(bytes, undefined), protobufFrames(bytes, undefined)]) {
    const written: Uint8Array[] = [];
    for (let at = 0; at < events.length; ) {
      const piece = frames.piece(events, at);
      assert.ok(piece.bytes.byteLength < 80 * 1024);
      assert.deepEqual(
        piece.sizes,
        piece.events.map((event) => frames.frame(event).byteLength),
      );
      written.push(piece.bytes);
      at += piece.events.length;
    }
    assert.ok(written.length > 4);
    assert.deepEqual(Buffer.concat(written), Buffer.concat(events.map((event) => frames.frame(event))));
  }
});

test('watchers that take the same events are given the same piece', () => {
  const { piece } = jsonFrames(bytes, undefined);
  const [a, b, c] = [eventOf('a'), eventOf('b'), eventOf('c')];
  const first = piece([a, b], 0);
  assert.equal(piece([a, b], 0), first);
  assert.equal(piece([c, a, b], 1), first);
  for (const [events, start, wanted] of [
    [[a, b, c], 0, [a, b, c]],
    [[a], 0, [a]],
    [[a, c], 0, [a, c]],
    [[a, b], 1, [b]],
  ] as const) {
    assert.equal(piece([a, b], 0).events.length, 2);
    assert.deepEqual(piece(events, start).events, wanted);
  }
  // A full piece is shared with who has more events.
  const large = Array.from({ length: 10 }, (_, index) => eventOf(`l${index}`, 10_000));
  const full = piece(large, 0);
  assert.ok(full.events.length < large.length);
  assert.equal(piece([...large, a], 0), full);
});

test('tables show a bookmark, which has neither name nor time', async () => {
  const options = { nowMs: 0, includeObject: 'None', metadata: {}, version: 'v1', shown: (object: ApiObject) => object } as const;
  for (const kind of (await loadKinds()).filter(isStored)) {
    const { columnDefinitions, rows } = tableOf(kind, [bookmarkEvent(kind, 1, true).object as ApiObject], options);
    const named = (name: string) => rows[0]!.cells[columnDefinitions!.findIndex((column) => (column as { name: string }).name === name)];
    assert.equal(named('Name'), '', kind.kind);
    if (kind.kind === 'HorizontalPodAutoscaler') assert.equal(named('Targets'), '<none>');
    assert.deepEqual((rows[0]!.object as any).metadata.annotations['k8s.io/initial-events-end'], 'true');
    if (columnDefinitions!.some((column) => (column as { name: string }).name === 'Created At'))
      assert.equal(named('Created At'), '0001-01-01T00:00:00Z', kind.kind);
  }
});
