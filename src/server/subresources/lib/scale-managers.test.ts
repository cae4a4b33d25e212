import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withManagers } from '../../../api/apply/managers.ts';
import type { ManagedFieldsEntry } from '../../../api/meta.ts';
import { afterApply, afterUpdate, ownersOf, withOwners } from './scale-managers.ts';

const path = ['spec', 'replicas'];
const created: ManagedFieldsEntry[] = [
  {
    manager: 'unknown',
    operation: 'Update',
    apiVersion: 'apps/v1',
    time: '2026-01-02T15:04:05Z',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:paused': {}, 'f:replicas': {} } },
  } as never,
];
const entries = (owners: ReturnType<typeof ownersOf>, before: readonly ManagedFieldsEntry[] = created): any =>
  (withManagers({ metadata: {} }, withOwners(before, owners, path, 'apps/v1')).metadata as any).managedFields;
const shown = (all: any[]) =>
  all.map((one) => [one.manager, one.operation, one.subresource, one.time !== undefined, JSON.stringify(one.fieldsV1)]);
const replicas = '{"f:spec":{"f:replicas":{}}}';
const rest = ['unknown', 'Update', undefined, true, '{"f:spec":{"f:paused":{}}}'];

test('who writes through the scale owns the replicas, without a time', () => {
  const owners = ownersOf(created, path);
  assert.deepEqual(shown(entries(afterUpdate(owners, 'me', 2, 3))), [['me', 'Update', 'scale', false, replicas], rest]);
  assert.deepEqual(shown(entries(afterUpdate(owners, 'me', 2, 2))), [['unknown', 'Update', undefined, false, replicas], rest]);
  assert.deepEqual(shown(entries(afterUpdate(owners, 'me', 2, 0))), [rest]);
  assert.deepEqual(afterUpdate([], 'me', 2, 3), []);
});
test('applying a scale conflicts with who owns another value', () => {
  const owners = ownersOf(created, path);
  assert.deepEqual(
    afterApply(owners, 'app', 2, 4).conflicts.map(({ manager }) => manager),
    ['unknown'],
  );
  assert.deepEqual(
    afterApply([], 'app', 2, 4).conflicts.map(({ manager }) => manager),
    ['before-first-apply'],
  );
  const same = afterApply(owners, 'app', 2, 2);
  assert.deepEqual([same.conflicts, same.owners.map(({ manager }) => manager)], [[], ['unknown', 'app']]);
  const forced = entries(afterApply(owners, 'app', 2, 4).owners);
  assert.deepEqual(shown(forced), [['app', 'Apply', 'scale', false, replicas], rest]);
  assert.equal(afterApply(ownersOf(forced, path), 'app', 4, undefined).replicas, 0, 'what nobody owns any more goes');
  assert.equal(afterApply(ownersOf(forced, path), 'other', 4, undefined).replicas, 4);
});
test('who applied the replicas keeps his entry while he owns them', () => {
  const applied = [{ ...created[0]!, manager: 'app', operation: 'Apply' as const }];
  const both = '{"f:spec":{"f:paused":{},"f:replicas":{}}}';
  assert.deepEqual(shown(entries(afterUpdate(ownersOf(applied, path), 'me', 2, 2), applied)), [['app', 'Apply', undefined, true, both]]);
  assert.deepEqual(
    entries(afterUpdate(ownersOf(applied, path), 'me', 2, 3), applied).map(({ manager }: any) => manager),
    ['app', 'me'],
  );
});
