import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staleTokens } from './stale-tokens.ts';

const nowMs = Date.UTC(2026, 5, 15, 12);
const day = (daysAgo: number) => new Date(nowMs - daysAgo * 86_400_000).toISOString().slice(0, 10);
const secret = (name: string, more: object = {}, createdDaysAgo = 900): any => ({
  type: 'kubernetes.io/service-account-token',
  metadata: {
    namespace: 'a',
    name,
    creationTimestamp: `${day(createdDaysAgo)}T00:00:00Z`,
    annotations: { 'kubernetes.io/service-account.name': 'robot' },
    labels: more,
  },
});
const unused = 'kubernetes.io/legacy-token-last-used';
const invalid = 'kubernetes.io/legacy-token-invalid-since';
const account: any = { metadata: { name: 'robot', uid: 'u' }, secrets: ['t', 'mounted'].map((name) => ({ name })) };
const pod: any = { metadata: { namespace: 'a', name: 'p' }, spec: { volumes: [{ name: 'v', secret: { secretName: 'mounted' } }] } };
const verdict = (one: any, trackedSince: string | undefined = day(400)) => {
  const world = { secrets: [one], accountOf: () => account, podsOf: () => [pod], trackedSince, nowMs };
  const { toMark, toRemove } = staleTokens(world);
  return toMark.length > 0 ? 'mark' : toRemove.length > 0 ? 'remove' : 'keep';
};

test('tokens that nobody used for a year are marked, and removed a year after that', () => {
  assert.equal(verdict(secret('t')), 'mark');
  assert.equal(verdict(secret('t', { [unused]: day(366) })), 'mark');
  assert.equal(verdict(secret('t', { [unused]: day(366), [invalid]: 'yesterday' })), 'mark');
  assert.equal(verdict(secret('t', { [invalid]: day(300) })), 'keep');
  assert.equal(verdict(secret('t', { [invalid]: day(366) })), 'remove');
});

test('what may still be of use is kept', () => {
  assert.equal(verdict(secret('t', { [unused]: day(300) })), 'keep');
  assert.equal(verdict(secret('t', { [unused]: 'soon' })), 'keep');
  assert.equal(verdict(secret('t', {}, 300)), 'keep', 'new');
  assert.equal(verdict(secret('by-hand')), 'keep', 'not made by itself');
  assert.equal(verdict(secret('mounted')), 'keep');
  assert.equal(verdict({ ...secret('t'), type: 'Opaque' }), 'keep');
  assert.equal(verdict(secret('t'), day(300)), 'keep', 'not watched long enough');
  assert.throws(() => verdict(secret('t'), 'long ago'), /trackedSince/);
});
