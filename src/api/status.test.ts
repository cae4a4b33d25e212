import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forbidden, notFound } from './status.ts';

test('what an error is about is quoted as Go does it', () => {
  assert.equal(notFound({ group: '', resource: 'pods' }, '\u0000ü').message, 'pods "\\x00ü" not found');
});

test('forbidden is told of an object, of a resource, or of nothing', () => {
  const pods = { group: 'a.b', resource: 'pods' };
  assert.equal(forbidden(pods, 'x', 'why').message, 'pods.a.b "x" is forbidden: why');
  assert.equal(forbidden(pods, '', 'why').message, 'pods.a.b is forbidden: why');
  const nothing = forbidden({ group: '', resource: '' }, 'x', 'why');
  assert.deepEqual([nothing.message, nothing.details], ['forbidden: why', { name: 'x' }]);
});
