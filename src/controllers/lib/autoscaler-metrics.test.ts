import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '../../api/status.ts';
import type { Call } from '../../client/call.ts';
import { evaluate, MetricError, shownSelector, tolerancesOf } from './autoscaler-metrics.ts';

const pod = (name: string) =>
  ({
    metadata: { name },
    spec: { containers: [{ name: 'web', resources: { requests: { cpu: '100m', memory: '100Mi' } } }] },
    status: {
      phase: 'Running',
      startTime: '2026-01-01T00:00:00Z',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  }) as any;
const kinds = [{ group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments' }] as never;
/** Evaluates over an API that answers with `items`, or with an error. */
async function result(spec: object, items: readonly object[] | StatusError) {
  const calls: string[] = [];
  const transport = async ({ verb, group, resource, name, subresource, options, query }: Call) => {
    calls.push([verb, group, resource, name, subresource, options.labelSelector, query?.metricLabelSelector].filter(Boolean).join(' '));
    if (items instanceof StatusError) throw items;
    return { code: 200, type: 'object', object: { items } } as never;
  };
  const group = { current: 2, tolerances: { up: 0.1, down: 0.1 }, pods: [pod('a'), pod('b')], nowMs: Date.parse('2026-01-01T12:00:00Z') };
  const around = { transport, kinds, namespace: 'shop', labelSelector: 'app=web', group, statusReplicas: 2 };
  try {
    return { calls, ...(await evaluate(spec as never, around)) };
  } catch (error) {
    if (!(error instanceof MetricError)) throw error;
    return { calls, reason: error.reason, message: error.message, whole: error.whole };
  }
}
const usage = (name: string, cpu: string, memory: string) => ({
  metadata: { name },
  timestamp: '2026-01-01T11:59:50Z',
  window: '30s',
  containers: [{ name: 'web', usage: { cpu, memory } }],
});
const metric = { name: 'qps' };
const object = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const notFound = new StatusError(404, 'NotFound', 'the server could not find the requested resource');

test('resources of pods', async () => {
  const items = [usage('a', '150m', '200Mi'), usage('b', '50m', '100Mi')];
  const target = { type: 'AverageValue', averageValue: '75Mi' };
  assert.deepEqual(await result({ type: 'Resource', resource: { name: 'memory', target } }, items), {
    calls: ['list metrics.k8s.io pods app=web'],
    replicas: 4,
    name: 'memory resource',
    status: { type: 'Resource', resource: { name: 'memory', current: { averageValue: '150Mi' } } },
  });
  const share = { type: 'Utilization', averageUtilization: 50 };
  assert.deepEqual(
    await result({ type: 'ContainerResource', containerResource: { name: 'cpu', container: 'web', target: share } }, items),
    {
      calls: ['list metrics.k8s.io pods app=web'],
      replicas: 4,
      name: 'cpu container resource utilization (percentage of request)',
      status: {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'web', current: { averageUtilization: 100, averageValue: '100m' } },
      },
    },
  );
  const none = await result({ type: 'ContainerResource', containerResource: { name: 'cpu', container: 'web', target: share } }, []);
  const why = 'failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API';
  assert.deepEqual(
    [none.reason, none.message, none.whole],
    ['FailedGetContainerResourceMetric', why, `failed to get web container metric value: ${why}`],
  );
});

test('metrics of pods, of another object and from outside', async () => {
  const items = [
    { describedObject: { name: 'a' }, value: '20', timestamp: '2026-01-01T11:59:50Z' },
    { describedObject: { name: 'b' }, value: '10', timestamp: '2026-01-01T11:59:50Z' },
  ];
  assert.deepEqual(
    await result(
      { type: 'Pods', pods: { metric: { ...metric, selector: { matchLabels: { verb: 'get' } } }, target: { averageValue: '5' } } },
      items,
    ),
    {
      calls: ['get custom.metrics.k8s.io pods * qps app=web verb=get'],
      replicas: 6,
      name: 'pods metric qps',
      status: {
        type: 'Pods',
        pods: { metric: { name: 'qps', selector: { matchLabels: { verb: 'get' } } }, current: { averageValue: '15' } },
      },
    },
  );
  assert.deepEqual(
    await result(
      { type: 'Object', object: { describedObject: object, metric, target: { type: 'Value', value: '10' } } },
      items.slice(0, 1),
    ),
    {
      calls: ['get custom.metrics.k8s.io deployments.apps web qps'],
      replicas: 4,
      name: 'Deployment metric qps',
      status: { type: 'Object', object: { describedObject: object, metric, current: { value: '20' } } },
    },
  );
  assert.deepEqual(await result({ type: 'External', external: { metric, target: { averageValue: '7500m' } } }, items), {
    calls: ['list external.metrics.k8s.io qps'],
    replicas: 4,
    name: 'external metric qps(nil)',
    status: { type: 'External', external: { metric, current: { averageValue: '15' } } },
  });
});

test('what is said when there is no metric', async () => {
  const found = await result(
    { type: 'Object', object: { describedObject: object, metric, target: { type: 'Value', value: '10' } } },
    notFound,
  );
  const why =
    'unable to get metric qps: Deployment on shop web/unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered';
  assert.deepEqual([found.reason, found.message, found.whole], ['FailedGetObjectMetric', why, `failed to get object metric value: ${why}`]);
  const outside = await result({ type: 'External', external: { metric, target: { value: '10' } } }, notFound);
  const because =
    'unable to get external metric shop/qps/nil: unable to fetch metrics from external metrics API: the server could not find the requested resource (get qps.external.metrics.k8s.io)';
  assert.deepEqual(
    [outside.reason, outside.message, outside.whole],
    ['FailedGetExternalMetric', because, `failed to get qps external metric value: failed to get external metric qps: ${because}`],
  );
});

test('selectors as Go prints them, and tolerances', () => {
  const expressions = [{ key: 'a', operator: 'In', values: ['b', 'c'] }];
  assert.equal(
    shownSelector({ matchLabels: { z: '1', b: '2' }, matchExpressions: expressions }),
    '&LabelSelector{MatchLabels:map[string]string{b: 2,z: 1,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:a,Operator:In,Values:[b c],},},}',
  );
  assert.deepEqual(tolerancesOf({ spec: { behavior: { scaleUp: { tolerance: '5m' } } } } as never), { up: 0.005, down: 0.1 });
});
