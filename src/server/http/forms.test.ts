import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiObject } from '../../api/meta.ts';
import type { WatchEvent } from '../../client/call.ts';
import { anyForm } from '../negotiate.ts';
import { shownEvents } from './forms.ts';

async function* given(...types: readonly WatchEvent['type'][]): AsyncGenerator<WatchEvent> {
  for (const type of types) yield { type, object: {} as ApiObject };
}

test('a watch whose objects cannot be shown ends at the first of them; errors can be told', async () => {
  const shown = async (as: 'PartialObjectMetadataList' | undefined, ...types: readonly WatchEvent['type'][]) =>
    (await Array.fromAsync(shownEvents(given(...types), { accepted: { ...anyForm, as } }))).map(({ type }) => type);
  assert.deepEqual(await shown('PartialObjectMetadataList', 'ADDED', 'ERROR'), []);
  assert.deepEqual(await shown('PartialObjectMetadataList', 'ERROR'), ['ERROR']);
  assert.deepEqual(await shown(undefined, 'ADDED', 'ERROR'), ['ADDED', 'ERROR']);
});
