import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterScaling, decide, type History, noHistory } from './autoscaler-behavior.ts';

const nowMs = 10_000_000;
interface Given {
  readonly current: number;
  readonly desired: number;
  readonly min?: number;
  readonly max?: number;
  readonly behavior?: object;
  readonly history?: Partial<History>;
}
const rules = (policies: readonly (readonly [type: string, value: number, periodSeconds: number])[], more: object = {}) => ({
  selectPolicy: 'Max',
  stabilizationWindowSeconds: 0,
  policies: policies.map(([type, value, periodSeconds]) => ({ type, value, periodSeconds })),
  ...more,
});
const said = ({ current, desired, min = 1, max = 100, behavior, history = {} }: Given) => {
  const autoscaler = { spec: behavior === undefined ? {} : { behavior } } as never;
  const { replicas, ableToScale, scalingLimited } = decide(autoscaler, desired, { current, min, max }, { ...noHistory, ...history }, nowMs);
  return `${replicas} ${ableToScale.reason} ${scalingLimited.limited} ${scalingLimited.reason}`;
};
const upTo = (...policies: Parameters<typeof rules>[0]) => ({ scaleUp: rules(policies), scaleDown: rules([['Percent', 100, 15]]) });

test('without behaviors it goes up by double or four at most, and down after five minutes', () => {
  assert.equal(said({ current: 5, desired: 7 }), '7 ReadyForNewScale false DesiredWithinRange');
  assert.equal(said({ current: 1, desired: 20 }), '4 ReadyForNewScale true ScaleUpLimit');
  assert.equal(said({ current: 5, desired: 20 }), '10 ReadyForNewScale true ScaleUpLimit');
  assert.equal(said({ current: 5, desired: 9, max: 8 }), '8 ReadyForNewScale true TooManyReplicas');
  assert.equal(said({ current: 5, desired: 0, min: 2 }), '2 ReadyForNewScale true TooFewReplicas');
  const recent = (ageMs: number) => ({ recommendations: [{ replicas: 8, atMs: nowMs - ageMs }] });
  assert.equal(said({ current: 8, desired: 3, history: recent(200_000) }), '8 ScaleDownStabilized false DesiredWithinRange');
  assert.equal(said({ current: 8, desired: 3, history: recent(400_000) }), '3 ReadyForNewScale false DesiredWithinRange');
});

test('policies say how fast', () => {
  assert.equal(said({ current: 10, desired: 50, behavior: upTo(['Pods', 4, 60]) }), '14 ReadyForNewScale true ScaleUpLimit');
  assert.equal(
    said({ current: 10, desired: 50, behavior: upTo(['Pods', 4, 60], ['Percent', 100, 60]) }),
    '20 ReadyForNewScale true ScaleUpLimit',
  );
  const least = {
    scaleUp: rules(
      [
        ['Pods', 4, 60],
        ['Percent', 100, 60],
      ],
      { selectPolicy: 'Min' },
    ),
  };
  assert.equal(said({ current: 10, desired: 50, behavior: least }), '14 ReadyForNewScale true ScaleUpLimit');
  const off = { scaleUp: rules([['Pods', 4, 60]], { selectPolicy: 'Disabled' }), scaleDown: rules([], { selectPolicy: 'Disabled' }) };
  assert.equal(said({ current: 10, desired: 50, behavior: off }), '10 ReadyForNewScale true ScaleUpLimit');
  assert.equal(said({ current: 10, desired: 5, behavior: off }), '10 ReadyForNewScale true ScaleDownLimit');
  const down = { scaleDown: rules([['Percent', 10, 60]]) };
  assert.equal(said({ current: 10, desired: 5, behavior: down }), '9 ReadyForNewScale true ScaleDownLimit');
  assert.equal(
    said({
      current: 10,
      desired: 5,
      behavior: {
        scaleDown: rules([
          ['Pods', 2, 60],
          ['Percent', 50, 60],
        ]),
      },
    }),
    '5 ReadyForNewScale false DesiredWithinRange',
  );
  const slow = {
    scaleDown: rules(
      [
        ['Pods', 2, 60],
        ['Percent', 50, 60],
      ],
      { selectPolicy: 'Min' },
    ),
  };
  assert.equal(said({ current: 10, desired: 5, behavior: slow }), '8 ReadyForNewScale true ScaleDownLimit');
});

test('what was changed within the period counts', () => {
  const behavior = upTo(['Pods', 4, 60]);
  const grown = {
    ups: [
      { change: 3, atMs: nowMs - 30_000 },
      { change: 9, atMs: nowMs - 90_000 },
    ],
  };
  assert.equal(said({ current: 13, desired: 50, behavior, history: grown }), '14 ReadyForNewScale true ScaleUpLimit');
  const shrunk = { scaleDown: rules([['Pods', 4, 60]]) };
  const history = { downs: [{ change: 4, atMs: nowMs - 30_000 }] };
  assert.equal(said({ current: 6, desired: 1, behavior: shrunk, history }), '6 ReadyForNewScale true ScaleDownLimit');
});

test('windows steady both directions', () => {
  const behavior = {
    scaleUp: rules([['Pods', 100, 60]], { stabilizationWindowSeconds: 60 }),
    scaleDown: rules([['Percent', 100, 60]], { stabilizationWindowSeconds: 120 }),
  };
  const history = {
    recommendations: [
      { replicas: 12, atMs: nowMs - 30_000 },
      { replicas: 7, atMs: nowMs - 100_000 },
    ],
  };
  assert.equal(said({ current: 10, desired: 20, behavior, history }), '12 ScaleUpStabilized false DesiredWithinRange');
  assert.equal(said({ current: 10, desired: 2, behavior, history }), '10 ScaleDownStabilized false DesiredWithinRange');
});

test('changes are remembered for behaviors only', () => {
  assert.equal(afterScaling(noHistory, { spec: {} } as never, 1, 2, nowMs), noHistory);
  const { ups, downs } = afterScaling({ ...noHistory, ups: [{ change: 1, atMs: 0 }] }, { spec: { behavior: {} } } as never, 3, 5, nowMs);
  assert.deepEqual([ups, downs], [[{ change: 2, atMs: nowMs }], []]);
});
