import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalMicroTime, canonicalTime, parseTime } from './gotime.ts';

test('a time is of the years from 0 to 9999 in UTC, so that its text can be read again', () => {
  assert.equal(canonicalTime('0000-01-01T00:00:00Z'), '0000-01-01T00:00:00Z');
  assert.equal(canonicalTime('9999-12-31T23:59:59.9+00:00'), '9999-12-31T23:59:59Z');
  for (const text of ['0000-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01']) {
    assert.throws(() => canonicalTime(text), { message: `parsing time "${text}": year out of range` });
    assert.equal(parseTime(text), undefined);
  }
  assert.throws(() => canonicalMicroTime('0000-01-01T00:00:00.000000+00:01'), { message: /year out of range/ });
});
