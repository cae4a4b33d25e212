import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import type { Exchange } from './exchange.ts';
import { handle } from './handler.ts';
import type { HttpDeps } from './passage.ts';

test('what fails because the client went away is not told as a fault of the server', async () => {
  for (const gone of [true, false]) {
    const stop = new AbortController();
    const faults: string[] = [];
    const log = { ...silentLogger, error: (message: string) => void faults.push(message) };
    const run = async () => {
      if (gone) stop.abort();
      throw new Error('aborted');
    };
    const deps = { chain: { run }, clock: systemClock, random: seededRandom(1), metrics: { observe: () => undefined }, log };
    const exchange = {
      method: 'GET',
      path: '/version',
      search: '',
      headers: {},
      signal: stop.signal,
      begun: true,
      destroy: () => undefined,
    };
    await handle(deps as unknown as HttpDeps, exchange as unknown as Exchange, { headers: {}, rawHeaders: [] } as never);
    assert.deepEqual(faults, gone ? [] : ['a request failed inside the server']);
  }
});
