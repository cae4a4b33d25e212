import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextStep, ttlSteps } from './ttl-steps.ts';

test('a step is left only well beyond its end', () => {
  const secondsAt = (...counts: readonly number[]) => ttlSteps[counts.reduce((step, count) => nextStep(step, count), 0)]!.seconds;
  assert.deepEqual([secondsAt(100), secondsAt(101), secondsAt(101, 95), secondsAt(101, 89)], [0, 15, 15, 0]);
  assert.deepEqual([secondsAt(5000), secondsAt(5000, 1800), secondsAt(5000, 1799), secondsAt(5000, 3)], [300, 300, 60, 0]);
});
