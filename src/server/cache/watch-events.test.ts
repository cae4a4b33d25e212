import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableOf } from '../../api/table.ts';
import type { ApiObject } from '../../api/meta.ts';
import { isStored } from '../../api/kind.ts';
import { loadKinds } from '../../kinds/catalog.node.ts';
import { bookmarkEvent } from './watch-events.ts';

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
