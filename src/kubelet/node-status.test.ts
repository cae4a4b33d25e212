import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saysTheSame } from './node-status.ts';

test('an empty list is stored as none, and is no reason to report anew', () => {
  assert.ok(saysTheSame([], undefined));
  assert.ok(saysTheSame(undefined, undefined));
  assert.ok(saysTheSame([{ names: ['a'], sizeBytes: 1 }], [{ names: ['a'], sizeBytes: 1 }]));
  assert.ok(!saysTheSame([{ names: ['a'] }], undefined));
  assert.ok(!saysTheSame([], [{ names: ['a'] }]));
});

test('resources that others advertise are no reason to report anew', () => {
  assert.ok(saysTheSame({ cpu: '2' }, { cpu: '2', 'example.com/dongle': '3' }));
  assert.ok(!saysTheSame({ cpu: '2', memory: '1Gi' }, { cpu: '2', 'example.com/dongle': '3' }));
  assert.ok(!saysTheSame({ cpu: '2' }, undefined));
});
