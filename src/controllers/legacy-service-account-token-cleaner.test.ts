import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notFound } from '../api/status.ts';
import type { ControllerContext } from '../client/controller.ts';
import { legacyServiceAccountTokenCleaner } from './legacy-service-account-token-cleaner.ts';

test('a server that has not begun to track uses is asked again soon, without a word; one that has, the next day', async () => {
  const stop = new AbortController();
  const slept: number[] = [];
  const warned: string[] = [];
  let asked = 0;
  const context = {
    cache: () => ({ list: () => [], get: () => undefined }),
    client: {
      async get() {
        if (++asked === 1) throw notFound({ group: '', resource: 'configmaps' }, 'tracking');
        return { data: { since: '2026-01-01' } };
      },
    },
    clock: {
      now: () => Date.UTC(2026, 0, 2),
      async sleep(ms: number) {
        if (slept.push(ms) === 2) stop.abort();
      },
    },
    log: { warn: (text: string) => void warned.push(text) },
    signal: stop.signal,
  } as unknown as ControllerContext;
  await legacyServiceAccountTokenCleaner.background!(context);
  assert.deepEqual([slept, warned], [[60_000, 86_400_000], []]);
});
