import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadKinds } from '../kinds/catalog.node.ts';
import { decodeObject } from './decode.ts';

const kinds = await loadKinds();
const replicaSet = kinds.find(({ kind }) => kind === 'ReplicaSet')!;
const message = (object: object) => {
  try {
    decodeObject(replicaSet, object);
    return '';
  } catch (error) {
    return (error as Error).message.replace(/^.* cannot be handled as a ReplicaSet: /, '');
  }
};

test('of several wrong values the first of the text is told, but for those that stop the reader', () => {
  const number = 'json: cannot unmarshal number 1.5 into Go struct field ReplicaSetStatus.status.readyReplicas of type int32';
  const spec = 'json: cannot unmarshal bool into Go struct field ReplicaSet.spec of type v1.ReplicaSetSpec';
  const time = 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"';
  assert.equal(message({ status: { readyReplicas: 1.5 }, spec: true }), number);
  assert.equal(message({ spec: true, status: { readyReplicas: 1.5 } }), spec);
  assert.equal(message({ spec: true, status: { conditions: [1, { lastTransitionTime: 'x' }] } }), time);
  assert.equal(message({ spec: { replicas: null } }), '');
});
