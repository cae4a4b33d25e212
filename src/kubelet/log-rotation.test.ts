import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nextName, rotateLog } from './log-rotation.ts';

test('rotated logs sort by age, also when the clock was set back', () => {
  const nowMs = Date.UTC(2026, 0, 2, 15, 4, 5);
  assert.equal(nextName('0.log', [], nowMs), '0.log.20260102-150405');
  assert.equal(nextName('0.log', ['0.log.20260102-150405'], nowMs), '0.log.20260102-150406');
  assert.equal(nextName('0.log', ['0.log.20260105-000000', '0.log.20260104-000000'], nowMs), '0.log.20260105-000001');
});

test('a log is put aside, the oldest go; what cannot be reopened stays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-logs-'));
  const path = join(folder, '0.log');
  try {
    for (let round = 0; round < 6; round++) {
      writeFileSync(path, `round ${round}`);
      await rotateLog(path, 3, Date.UTC(2026, 0, 1, 0, 0, round), async () => writeFileSync(path, ''));
    }
    assert.deepEqual(readdirSync(folder).sort(), ['0.log', '0.log.20260101-000004', '0.log.20260101-000005']);
    assert.equal(readFileSync(join(folder, '0.log.20260101-000004'), 'utf8'), 'round 4');
    writeFileSync(path, 'last');
    await assert.rejects(rotateLog(path, 3, Date.UTC(2026, 0, 2), () => Promise.reject(new Error('no'))));
    assert.equal(readFileSync(path, 'utf8'), 'last');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
