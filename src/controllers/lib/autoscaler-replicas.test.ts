import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byAverage, byUtilization, byValue, byValuePerPod, type Samples, type Tolerances } from './autoscaler-replicas.ts';

const nowMs = Date.parse('2026-01-01T12:00:00Z');
const time = (ms: number) => new Date(ms).toISOString();
/** R: ready; U: not ready since its start, just now; H: ready, but started just now; P: pending; F: failed; D: being deleted. */
const podOf = (state: string, i: number, request: string | undefined) => {
  const startedMs = state === 'H' || state === 'U' ? nowMs : nowMs - 600_000;
  const phase = { P: 'Pending', F: 'Failed' }[state] ?? 'Running';
  return {
    metadata: { name: `pod-${i}`, ...(state === 'D' ? { deletionTimestamp: 'x' } : {}) },
    spec: { containers: [{ name: 'web', resources: request === undefined ? {} : { requests: { cpu: request } } }] },
    status: {
      phase,
      startTime: time(startedMs),
      conditions: [{ type: 'Ready', status: 'RH'.includes(state) ? 'True' : 'False', lastTransitionTime: time(startedMs) }],
    },
  } as any;
};
const tenth: Tolerances = { up: 0.1, down: 0.1 };
const groupOf = (current: number, states: string, requests: readonly string[] = [], tolerances = tenth) => ({
  current,
  tolerances,
  nowMs,
  pods: [...states].map((state, i) => podOf(state, i, requests[i] ?? (requests.length === 0 ? '1' : undefined))),
});
const samplesOf = (levels: readonly number[]): Samples =>
  new Map(levels.map((milli, i) => [`pod-${i}`, { milli, timestampMs: nowMs, windowMs: 60_000 }]));

test('replicas by the share of requests that is used', () => {
  // States of the pods, levels, target in percent; replicas and utilization. The figures are those of upstream's replica_calculator_test.go.
  const cases: [
    what: string,
    current: number,
    states: string,
    levels: number[],
    target: number,
    replicas: number,
    utilization: number,
    requests?: string[],
    tolerances?: Tolerances,
  ][] = [
    ['up', 3, 'RRR', [300, 500, 700], 30, 5, 50],
    ['up, unready', 3, 'URR', [300, 500, 700], 30, 4, 60],
    ['up, just started', 3, 'HRR', [300, 500, 700], 30, 4, 60],
    ['up, too many unready', 3, 'RUU', [400, 500, 700], 30, 3, 40],
    ['up, failed ones', 2, 'RRFF', [500, 700], 30, 4, 60],
    ['up, deleted ones', 2, 'RRDD', [500, 700], 30, 4, 60],
    ['down', 5, 'RRRRR', [100, 300, 500, 250, 250], 50, 3, 28],
    ['down, unready', 5, 'RRRUU', [100, 300, 500, 250, 250], 50, 2, 30],
    ['down, pending', 5, 'RPPPP', [100], 50, 1, 10],
    ['down, just started', 5, 'RRRHH', [100, 300, 500, 250, 250], 50, 2, 30],
    ['within tolerance', 3, 'RRR', [1010, 1030, 1020], 100, 3, 102, ['0.9', '1.0', '1.1']],
    ['no tolerance', 3, 'RRR', [909, 1010, 1111], 100, 4, 101, ['0.9', '1.0', '1.1'], { up: 0, down: 0 }],
    ['much tolerance up', 3, 'RRR', [1890, 1910, 1900], 100, 3, 190, ['0.9', '1.0', '1.1'], { up: 2, down: 0.1 }],
    ['little tolerance up', 3, 'RRR', [1100, 1080, 1090], 100, 4, 109, ['0.9', '1.0', '1.1'], { up: 0.08, down: 2 }],
    ['tolerance down', 3, 'RRR', [660, 640, 650], 100, 3, 65, ['0.9', '1.0', '1.1'], { up: 0.1, down: 0.36 }],
    ['less tolerance down', 3, 'RRR', [660, 640, 650], 100, 2, 65, ['0.9', '1.0', '1.1'], { up: 0.1, down: 0.34 }],
    ['samples of no pod', 4, 'RRRR', [4000, 9500, 3000, 7000, 3200, 2000], 100, 24, 587],
    ['two missing', 4, 'RRRR', [400, 95], 100, 3, 24],
    ['one missing, equal', 2, 'RR', [1000], 100, 2, 100],
    ['one missing, more', 2, 'RR', [1900], 100, 2, 190],
    ['one missing, less', 2, 'RR', [600], 100, 2, 60],
    ['missing and unready', 3, 'URR', [100, 450], 50, 3, 45],
    ['missing and just started', 3, 'HRR', [100, 450], 50, 3, 45],
    ['missing and unready, up', 3, 'URR', [100, 2000], 50, 4, 200],
    ['missing and unready, down', 4, 'URRR', [100, 100, 100], 50, 3, 10],
    ['missing, down, a target over 100', 4, 'URRR', [200, 100, 100], 300, 2, 6, ['1.0', '1.0', '2.0', '2.0']],
  ];
  for (const [what, current, states, levels, target, replicas, utilization, requests, tolerances] of cases) {
    const found = byUtilization(groupOf(current, states, requests, tolerances), samplesOf(levels), 'cpu', '', target);
    assert.deepEqual([found.replicas, found.utilization], [replicas, utilization], what);
  }
});

test('replicas by an average, and by one value', () => {
  const average = (current: number, states: string, levels: number[], target: number) => {
    const { replicas, averageMilli } = byAverage(groupOf(current, states), samplesOf(levels), '', target);
    return [replicas, averageMilli];
  };
  assert.deepEqual(average(3, 'RRR', [20000, 10000, 30000], 15000), [4, 20000]);
  assert.deepEqual(average(3, 'RRH', [50000, 10000, 30000], 15000), [6, 30000]);
  assert.deepEqual(average(3, 'URU', [50000, 15000, 30000], 15000), [7, 31666]);
  assert.deepEqual(average(5, 'RRRRR', [12000, 12000, 12000, 12000, 12000], 20000), [3, 12000]);
  assert.deepEqual(average(3, 'RRR', [20000, 21000, 21000], 20000), [3, 20666]);
  assert.equal(byValue(groupOf(3, 'RRR'), 20000, 15000), 4);
  assert.equal(byValue(groupOf(3, 'URU'), 50000, 10000), 5);
  assert.equal(byValue(groupOf(3, 'RRR'), 20666, 20000), 3);
  assert.equal(byValue(groupOf(0, ''), 20000, 15000), 2);
  assert.equal(byValue(groupOf(3, 'RRR'), Number.MAX_SAFE_INTEGER, 1), 2147483647);
  assert.deepEqual(byValuePerPod(3, tenth, 20000, 5000), { replicas: 4, averageMilli: 6667 });
  assert.deepEqual(byValuePerPod(5, tenth, 8600, 2867), { replicas: 3, averageMilli: 1720 });
  assert.deepEqual(byValuePerPod(4, tenth, 20166, 5000), { replicas: 4, averageMilli: 5042 });
});

test('why no number can be told', () => {
  const by = (states: string, levels: number[], requests?: string[], container = '') =>
    byUtilization(groupOf(1, states, requests), samplesOf(levels), 'cpu', container, 80);
  assert.throws(() => by('', [1]), { message: 'no pods returned by selector while calculating replica count' });
  assert.throws(() => by('UU', [1, 1]), { message: 'did not receive metrics for targeted pods (pods might be unready)' });
  assert.throws(() => by('RR', [1, 1], ['1']), { message: 'missing request for cpu in container web of Pod pod-1' });
  assert.throws(() => by('R', [1], ['1'], 'other'), { message: 'container other not found in Pod pod-0' });
  const older = new Map([['older', { milli: 1, timestampMs: nowMs, windowMs: 0 }]]);
  assert.throws(() => byUtilization(groupOf(1, 'R'), older, 'cpu', '', 80), { message: 'no metrics returned matched known pods' });
});
