import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { cells, created, made, problems } from '../lib/testing.ts';
import { HorizontalPodAutoscalerV1 } from './horizontal-pod-autoscaler-v1.ts';
import { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { toStoredAutoscaler } from './lib/autoscaler-strategy.ts';
import { fromV2 } from './lib/convert.ts';

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const spec = { scaleTargetRef, maxReplicas: 10 };
const annotation = (name: string) => `autoscaling.alpha.kubernetes.io/${name}`;
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const pods = {
  type: 'Pods',
  pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '100m' } },
};

test('defaults of both versions', () => {
  assert.deepEqual(made(HorizontalPodAutoscaler, { spec }).spec, { ...spec, minReplicas: 1, metrics: [cpu(80)] });
  assert.deepEqual(made(HorizontalPodAutoscalerV1, { spec }).spec, { ...spec, minReplicas: 1, targetCPUUtilizationPercentage: 80 });
  const behavior = made(HorizontalPodAutoscaler, { spec: { ...spec, behavior: { scaleDown: { selectPolicy: 'Min' } } } }).spec.behavior;
  assert.deepEqual(behavior, {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
    },
    scaleDown: { selectPolicy: 'Min', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
  });
});

test('what v1 has no fields for stands in annotations', () => {
  const stored = made(HorizontalPodAutoscaler, {
    metadata: { annotations: { a: 'b', [annotation('metrics')]: 'dropped' } },
    spec: { ...spec, metrics: [pods, cpu(50)], behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 5 }] } } },
    status: {
      desiredReplicas: 2,
      currentReplicas: 1,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 7, averageValue: '7m' } } }],
      conditions: [{ type: 'AbleToScale', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'R', message: 'm' }],
    },
  });
  const shown = fromV2(stored);
  assert.deepEqual(shown.spec, { ...spec, minReplicas: 1, targetCPUUtilizationPercentage: 50 });
  assert.deepEqual(shown.status, { currentReplicas: 1, desiredReplicas: 2, currentCPUUtilizationPercentage: 7 });
  assert.deepEqual(shown.metadata.annotations, {
    a: 'b',
    [annotation('metrics')]: '[{"type":"Pods","pods":{"metricName":"qps","targetAverageValue":"100m"}}]',
    [annotation('current-metrics')]:
      '[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":7,"currentAverageValue":"7m"}}]',
    [annotation('behavior')]:
      '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":5}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null}}',
    [annotation('conditions')]:
      '[{"type":"AbleToScale","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z","reason":"R","message":"m"}]',
  });
  assert.deepEqual(toStoredAutoscaler(shown), stored);
});

test('annotations that cannot be read do not count; those of the other part stay', () => {
  const odd = { [annotation('metrics')]: '[{"type":1}]', [annotation('behavior')]: '{' };
  assert.equal(made(HorizontalPodAutoscalerV1, { metadata: { annotations: odd }, spec }).metadata.annotations, undefined);
  const conditions = '[{"type":"X","status":"True","lastTransitionTime":null}]';
  const own = { metadata: { annotations: { [annotation('conditions')]: conditions } }, spec };
  assert.equal(created(HorizontalPodAutoscalerV1, own).metadata.annotations, undefined);
  const old = made(HorizontalPodAutoscalerV1, own);
  const now = made(HorizontalPodAutoscalerV1, { spec });
  HorizontalPodAutoscalerV1.strategy.prepareForUpdate!(now, old, { clock: new VirtualClock(), subresource: '' });
  assert.deepEqual(now.metadata.annotations, { [annotation('conditions')]: conditions });
});

test('rules', () => {
  const says = (more: object, old?: object) =>
    problems(
      HorizontalPodAutoscaler,
      made(HorizontalPodAutoscaler, { spec: { ...spec, ...more } }),
      old === undefined ? undefined : made(HorizontalPodAutoscaler, { spec: { ...spec, ...old } }),
    );
  assert.deepEqual(says({}), []);
  assert.deepEqual(says({ maxReplicas: 0, minReplicas: 0, scaleTargetRef: { kind: 'Deployment', name: '' } }), [
    'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
    'spec.maxReplicas: Required value: must be set and greater than 0',
    'spec.scaleTargetRef.name: Required value',
    'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
    'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
  ]);
  assert.deepEqual(says({ minReplicas: 20 }), ['spec.maxReplicas: Invalid value: 10: must be greater than or equal to `minReplicas`']);
  assert.deepEqual(says({ scaleTargetRef: { kind: 'ReplicationController', name: 'a' } }), []);
  const bare = { scaleTargetRef: { kind: 'Deployment', name: 'a' } };
  assert.deepEqual(says(bare, bare), []);
  const several = says({ metrics: [{ type: 'object', object: {}, resource: {} }] });
  const alone = 'Forbidden: must populate the given metric source only';
  for (const source of ['object', 'resource']) assert.ok(several.includes(`spec.metrics[0].${source}: ${alone}`), several.join('\n'));
  assert.deepEqual(says({ metrics: [{ type: 'Pods', resource: cpu(0).resource }, { type: 'Odd' }] }), [
    'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
    'spec.metrics[0].pods: Required value: must populate information for the given metric source',
    'spec.metrics[1].type: Unsupported value: "Odd": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
    'spec.metrics[1].type: Unsupported value: "Odd": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
  ]);
  const policy = { type: 'Odd', value: 0, periodSeconds: 1801 };
  assert.deepEqual(says({ behavior: { scaleUp: { stabilizationWindowSeconds: 3601, selectPolicy: 'Odd', policies: [policy] } } }), [
    'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
    'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Odd": supported values: "Disabled", "Max", "Min"',
    'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Odd": supported values: "Percent", "Pods"',
    'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
    'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
  ]);
  assert.deepEqual(
    problems(HorizontalPodAutoscalerV1, made(HorizontalPodAutoscalerV1, { spec: { ...spec, targetCPUUtilizationPercentage: -1 } })),
    ['spec.metrics[0].resource.target.averageUtilization: Invalid value: -1: must be greater than 0'],
  );
});

test('columns', () => {
  const memory = { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } };
  const autoscaler = made(HorizontalPodAutoscaler, {
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { ...spec, metrics: [cpu(80), pods, memory] },
    status: {
      currentReplicas: 3,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 5 } } }],
    },
  });
  const row = ['a', 'Deployment/web', 'cpu: 5%/80%, <unknown>/100m + 1 more...', '1', 10, 3, '30s'];
  assert.deepEqual(Object.values(cells(HorizontalPodAutoscaler, autoscaler, Date.parse('2026-01-01T00:00:30Z'))), row);
  const shown = cells(HorizontalPodAutoscalerV1, fromV2(autoscaler), Date.parse('2026-01-01T00:00:30Z'));
  assert.equal(shown.Targets, '<unknown>/100m, memory: <unknown>/1Gi + 1 more...');
});
