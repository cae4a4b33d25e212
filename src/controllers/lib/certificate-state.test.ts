import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueCertificate } from '../../server/certs/issue.ts';
import { isForSigner, isStale } from './certificate-state.ts';

const nowMs = Date.UTC(2026, 0, 10);
const ago = (hours: number) => new Date(nowMs - hours * 3_600_000).toISOString().replace('.000', '');
const request = (createdHoursAgo: number, conditions: object[] = [], certificate?: string): any => ({
  metadata: { name: 'x', creationTimestamp: ago(createdHoursAgo) },
  spec: {},
  status: { conditions, certificate },
});
const condition = (type: string, hoursAgo: number, status = 'True') => ({ type, status, lastUpdateTime: ago(hoursAgo) });

test('requests go an hour after they were settled, and a day after nothing came of them', async () => {
  const hourMs = 3_600_000;
  const issue = async (endMs: number) => {
    const { certificatePem } = await issueCertificate({
      commonName: 'x',
      use: 'client',
      notBeforeMs: endMs - 9 * hourMs,
      notAfterMs: endMs,
    });
    return btoa(certificatePem);
  };
  const [valid, expired] = await Promise.all([issue(nowMs + hourMs), issue(nowMs - hourMs)]);
  const stale = (...args: Parameters<typeof request>) => isStale(request(...args), nowMs);
  assert.deepEqual([stale(23), stale(25)], [false, true]);
  assert.deepEqual([stale(25, [condition('Denied', 0.9)]), stale(25, [condition('Denied', 1.1)])], [false, true]);
  assert.deepEqual([stale(25, [condition('Failed', 0.9)]), stale(25, [condition('Failed', 1.1)])], [false, true]);
  assert.deepEqual([stale(30, [condition('Approved', 2)]), stale(30, [condition('Approved', 25)])], [false, true]);
  assert.deepEqual([stale(30, [condition('Approved', 0.5)], valid), stale(30, [condition('Approved', 2)], valid)], [false, true]);
  assert.deepEqual([stale(30, [condition('Approved', 0.5)], expired), stale(30, [condition('Approved', 0.5)], btoa('?'))], [true, false]);
});

test('signers look at what is approved, not denied, and did not fail', () => {
  const looked = (...conditions: object[]) => isForSigner(request(0, conditions));
  assert.deepEqual(
    [looked(), looked(condition('Approved', 0)), looked(condition('Approved', 0), condition('Denied', 0))],
    [false, true, false],
  );
  assert.deepEqual(
    ['True', '', 'False'].map((status) => looked(condition('Approved', 0), condition('Failed', 0, status))),
    [false, false, true],
  );
});
