import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../src/base/log.ts';
import { Metrics } from '../../src/base/metrics.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Part } from '../../src/base/supervisor.ts';
import { Lease } from '../../src/kinds/coordination/lease.ts';
import { createTestServer } from '../../src/server/lib/testing.ts';
import type { Transport } from '../../src/client/call.ts';
import { createClient } from '../../src/client/client.ts';
import { checkElectionTimes, defaultElectionTimes } from '../../src/client/election-times.ts';
import { electedPart } from '../../src/client/leader-election.ts';

/** Candidates over one server; each can be cut off from it. */
function election() {
  const { server, clock } = createTestServer({ kinds: [Lease] });
  const admin = createClient(server.transport({ user: 'admin', groups: [] }));
  const said: string[] = [];
  const candidate = (identity: string) => {
    const state = { isCut: false, runs: 0, running: 0 };
    const stop = new AbortController();
    const through = server.transport({ user: identity, groups: [] });
    const transport: Transport = async (call) => {
      if (state.isCut) await new Promise(() => undefined);
      return await through(call);
    };
    const part: Part = {
      name: 'work',
      ready: Promise.resolve(),
      async run(signal) {
        state.runs++;
        state.running++;
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        state.running--;
      },
    };
    const metrics = new Metrics();
    const elected = electedPart(
      {
        name: 'kube-scheduler',
        identity,
        times: defaultElectionTimes,
        client: createClient(transport),
        clock,
        random: seededRandom(1),
        log: silentLogger,
        events: { event: (_, __, ___, message) => void said.push(message) },
        metrics,
      },
      [part],
    );
    const running = elected.run(stop.signal);
    const end = async () => {
      stop.abort();
      await running;
    };
    return { state, metrics, end };
  };
  const lease = () => admin.get(Lease, { namespace: 'kube-system', name: 'kube-scheduler' });
  return { server, clock, candidate, said, lease };
}

test('one leads and works; when it stops in order, another follows at once', async () => {
  const { server, clock, candidate, said, lease } = election();
  const a = candidate('a');
  await clock.advance(100);
  const b = candidate('b');
  await clock.advance(30_000);
  assert.deepEqual([a.state.running, b.state.running], [1, 0]);
  const { spec } = await lease();
  assert.deepEqual([spec.holderIdentity, spec.leaseDurationSeconds, spec.leaseTransitions], ['a', 15, 0]);
  assert.notEqual(spec.renewTime, spec.acquireTime);
  assert.match(await a.metrics.text(), /leader_election_master_status\{name="kube-scheduler"\} 1/);
  await a.end();
  assert.deepEqual([a.state.running, (await lease()).spec.holderIdentity], [0, '']);
  await clock.advance(3_000);
  assert.deepEqual([b.state.running, (await lease()).spec.holderIdentity, (await lease()).spec.leaseTransitions], [1, 'b', 1]);
  assert.deepEqual(said, ['a became leader', 'b became leader']);
  await b.end();
  await server.close();
});

test('who cannot renew the lease stops working before another begins, and stands again', async () => {
  const { server, clock, candidate, said, lease } = election();
  const a = candidate('a');
  await clock.advance(100);
  const b = candidate('b');
  await clock.advance(10_000);
  a.state.isCut = true;
  let both = 0;
  for (let step = 0; step < 300; step++) {
    await clock.advance(100);
    if (a.state.running + b.state.running > 1) both++;
  }
  assert.equal(both, 0);
  assert.deepEqual([a.state.running, b.state.running, (await lease()).spec.holderIdentity], [0, 1, 'b']);
  a.state.isCut = false;
  await clock.advance(10_000);
  assert.deepEqual([a.state.running, b.state.running], [0, 1]);
  await b.end();
  await clock.advance(5_000);
  assert.deepEqual([a.state.running, a.state.runs, (await lease()).spec.leaseTransitions], [1, 2, 2]);
  assert.deepEqual(said, ['a became leader', 'a stopped leading', 'b became leader', 'a became leader']);
  await a.end();
  await server.close();
});

test('times must go together', () => {
  checkElectionTimes(defaultElectionTimes);
  const rows: readonly [number, number, number, RegExp][] = [
    [10_000, 10_000, 2_000, /leaseDuration must be greater than renewDeadline/],
    [15_000, 10_000, 9_000, /renewDeadline must be greater than retryPeriod\*JitterFactor/],
    [900, 800, 100, /leaseDuration must be greater than zero/],
  ];
  for (const [leaseDurationMs, renewDeadlineMs, retryPeriodMs, message] of rows)
    assert.throws(() => checkElectionTimes({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }), message);
});
