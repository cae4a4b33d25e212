import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackoffTable } from './backoff-table.ts';

const minuteMs = 60_000;

test('delays double from 10 s to 5 min, and begin again after ten good minutes', () => {
  const table = new BackoffTable();
  let nowMs = 0;
  const fails = (afterMs: number) => {
    nowMs += afterMs;
    const failedMs = nowMs;
    while (table.isWaiting('a', failedMs, nowMs)) nowMs += 1000;
    table.next('a', failedMs, nowMs);
    return (nowMs - failedMs) / 1000;
  };
  assert.deepEqual(
    Array.from({ length: 8 }, () => fails(1000)),
    [0, 10, 20, 40, 80, 160, 300, 300],
  );
  // Less than ten minutes count from when it was started, not from when it failed before.
  assert.equal(fails(9 * minuteMs), 300);
  assert.equal(fails(10 * minuteMs + 1), 0);
  assert.equal(fails(1000), 10);
});

test('a failure is noticed once', () => {
  const table = new BackoffTable();
  assert.equal(table.noticed('a', 'one', 5), 5);
  assert.equal(table.noticed('a', 'one', 9), 5);
  assert.equal(table.noticed('a', 'two', 9), 9);
  table.forget('a');
  assert.equal(table.noticed('a', 'two', 12), 12);
});

test('waiting since the last try', () => {
  const table = new BackoffTable();
  table.next('a', 0);
  assert.deepEqual(
    [table.isWaitingSinceUpdate('a', 9_999), table.isWaitingSinceUpdate('a', 10_000), table.untilMs('a')],
    [true, false, 10_000],
  );
});
