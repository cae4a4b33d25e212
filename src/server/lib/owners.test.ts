import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropDuplicateOwners } from './owners.ts';

const owner = (more: object = {}) => ({ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u', ...more });
const dropped = (owners: readonly object[], when?: ' after mutating admission happens') => {
  const warnings: string[] = [];
  const draft: any = { metadata: { ownerReferences: owners } };
  dropDuplicateOwners(draft, (text) => warnings.push(text), when);
  return { kept: draft.metadata.ownerReferences.length, warnings };
};

test('an owner that is there twice is kept once; one that says no differs from one that says nothing', () => {
  assert.deepEqual(dropped([owner(), owner({ name: 'b' }), owner({ controller: false })]), { kept: 3, warnings: [] });
  const { kept, warnings } = dropped([owner(), owner({ uid: 'v' }), owner()]);
  assert.equal(kept, 2);
  assert.match(warnings.join(), /^\.metadata\.ownerReferences contains duplicate entries; API server .* observed: u$/);
  assert.match(
    dropped([owner(), owner()], ' after mutating admission happens').warnings.join(),
    /entries after mutating admission happens; API/,
  );
});
