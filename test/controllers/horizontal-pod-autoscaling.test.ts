import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deployment } from '../../src/kinds/apps/deployment.ts';
import { HorizontalPodAutoscaler } from '../../src/kinds/autoscaling/horizontal-pod-autoscaler.ts';
import { Event } from '../../src/kinds/core/event.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import type { Interceptor } from '../../src/client/call.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'default';
const key = { namespace, name: 'web' };
const labels = { app: 'web' };
const web = {
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'web', image: 'web:1', resources: { requests: { cpu: '100m' } } }] },
    },
  },
} as never;
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const autoscaler = (spec: object = {}) =>
  ({ metadata: { name: 'web', namespace }, spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 10, ...spec } }) as never;

/** Answers as a metrics server does: every pod uses so much. */
class Metrics {
  cpu: string | undefined;
  cluster: SimulatedCluster | undefined;
  readonly between: () => Interceptor = () => (next) => async (call) => {
    if (call.group !== 'metrics.k8s.io' || this.cpu === undefined) return next(call);
    const { items } = await this.cluster!.client.list(Pod, { namespace: call.namespace, labelSelector: call.options.labelSelector! });
    const timestamp = new Date(this.cluster!.clock.now()).toISOString();
    const metrics = items.map(({ metadata }) => ({
      metadata: { name: metadata.name },
      timestamp,
      window: '30s',
      containers: [{ name: 'web', usage: { cpu: this.cpu! } }],
    }));
    return { code: 200, type: 'object', object: { kind: 'PodMetricsList', items: metrics } };
  };
}
const conditionsOf = ({ status }: HorizontalPodAutoscaler) =>
  (status.conditions ?? []).map(({ type, status, reason, message }) => [type, status, reason, message].join('|'));

test('without metrics an autoscaler says so', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(Deployment, web);
  await client.create(HorizontalPodAutoscaler, autoscaler());
  const found = await cluster.until('it looked', async () => {
    const now = await client.get(HorizontalPodAutoscaler, key);
    return now.status.conditions !== undefined && now;
  });
  const why =
    'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: ' +
    'the server could not find the requested resource (get pods.metrics.k8s.io)';
  assert.deepEqual(conditionsOf(found), [
    "AbleToScale|True|SucceededGetScale|the HPA controller was able to get the target's current scale",
    `ScalingActive|False|FailedGetResourceMetric|the HPA was unable to compute the replica count: ${why}`,
  ]);
  assert.deepEqual(found.status.currentMetrics, [{ type: '' }]);
  const messages = await cluster.until('events', async () => {
    const all = (await client.list(Event, { namespace })).items;
    const own = all.filter(({ involvedObject }) => involvedObject.kind === 'HorizontalPodAutoscaler');
    return own.length >= 2 && own.map(({ reason, message }) => `${reason}: ${message}`);
  });
  assert.deepEqual(messages.sort(), [
    `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
    `FailedGetResourceMetric: ${why}`,
  ]);
});

test('a target that is not there, or has no scale', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  const name = (name: string) => ({ metadata: { name, namespace } });
  const wrong = { ...scaleTargetRef, name: 'none' };
  await client.create(HorizontalPodAutoscaler, { ...(autoscaler({ scaleTargetRef: wrong }) as object), ...name('a') } as never);
  const unknown = { ...scaleTargetRef, apiVersion: 'x.io/v1', kind: 'Thing' };
  await client.create(HorizontalPodAutoscaler, { ...(autoscaler({ scaleTargetRef: unknown }) as object), ...name('b') } as never);
  const noScale = { ...scaleTargetRef, kind: 'ControllerRevision' };
  await client.create(HorizontalPodAutoscaler, { ...(autoscaler({ scaleTargetRef: noScale }) as object), ...name('c') } as never);
  const said = (name: string) =>
    cluster.until('it looked', async () => (await client.get(HorizontalPodAutoscaler, { namespace, name })).status.conditions?.[0]);
  assert.equal(
    (await said('a')).message,
    'the HPA controller was unable to get the target\'s current scale: deployments.apps "none" not found',
  );
  assert.equal(
    (await said('c')).message,
    "the HPA controller was unable to get the target's current scale: the server could not find the requested resource",
  );
  assert.equal(
    (await said('b')).message,
    'the HPA controller was unable to get the target\'s current scale: no matches for kind "Thing" in group "x.io"',
  );
});

test('an autoscaler follows what the pods use, up at once and down after a while', async () => {
  const metrics = new Metrics();
  await using cluster = await SimulatedCluster.start({ between: metrics.between });
  metrics.cluster = cluster;
  const { client } = cluster;
  metrics.cpu = '160m';
  await client.create(Deployment, web);
  await cluster.advance(400_000);
  await client.create(
    HorizontalPodAutoscaler,
    autoscaler({ metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }] }),
  );
  await cluster.until('two', async () => (await client.get(Deployment, key)).spec.replicas === 2);
  const grown = await cluster.until('it says so', async () => {
    const now = await client.get(HorizontalPodAutoscaler, key);
    return now.status.desiredReplicas === 2 && now;
  });
  assert.deepEqual(conditionsOf(grown), [
    'AbleToScale|True|SucceededRescale|the HPA controller was able to update the target scale to 2',
    'ScalingActive|True|ValidMetricFound|the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
    'ScalingLimited|False|DesiredWithinRange|the desired count is within the acceptable range',
  ]);
  assert.deepEqual(grown.status.currentMetrics, [
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 160, averageValue: '160m' } } },
  ]);
  metrics.cpu = '10m';
  const loweredMs = cluster.clock.now();
  await cluster.until('one', async () => (await client.get(Deployment, key)).spec.replicas === 1);
  assert.ok(cluster.clock.now() - loweredMs >= 270_000, 'it waits five minutes from the last higher recommendation');
  const { items } = await client.list(Event, { namespace });
  const sizes = items.filter(({ reason }) => reason === 'SuccessfulRescale').map(({ message }) => message);
  assert.deepEqual(sizes.sort(), [
    'New size: 1; reason: All metrics below target',
    'New size: 2; reason: cpu resource utilization (percentage of request) above target',
  ]);
});

test('limits hold whatever metrics say', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(Deployment, web);
  await client.create(HorizontalPodAutoscaler, autoscaler({ minReplicas: 3 }));
  await cluster.until('three', async () => (await client.get(Deployment, key)).spec.replicas === 3);
  await client.patch(Deployment, key, 'merge', { spec: { replicas: 20 } });
  await cluster.until('ten', async () => (await client.get(Deployment, key)).spec.replicas === 10);
  await client.patch(Deployment, key, 'merge', { spec: { replicas: 0 } });
  await cluster.until('it is off', async () => {
    const now = await client.get(HorizontalPodAutoscaler, key);
    return now.status.conditions?.some(({ reason }) => reason === 'ScalingDisabled');
  });
});
