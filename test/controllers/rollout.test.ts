import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNotFound } from '../../src/api/status.ts';
import { Deployment } from '../../src/kinds/apps/deployment.ts';
import { ReplicaSet } from '../../src/kinds/apps/replica-set.ts';
import { ConfigMap } from '../../src/kinds/core/config-map.ts';
import { Endpoints } from '../../src/kinds/core/endpoints.ts';
import { Event } from '../../src/kinds/core/event.ts';
import { Namespace } from '../../src/kinds/core/namespace.ts';
import { Node } from '../../src/kinds/core/node.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { Service } from '../../src/kinds/core/service.ts';
import { ServiceAccount } from '../../src/kinds/core/service-account.ts';
import { EndpointSlice } from '../../src/kinds/discovery/endpoint-slice.ts';
import { PodDisruptionBudget } from '../../src/kinds/policy/pod-disruption-budget.ts';
import { TestControlPlane } from '../helpers/control-plane.ts';

const namespace = 'app';
const key = { namespace, name: 'web' };
const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 8080 }] }], terminationGracePeriodSeconds: 1 },
});

async function withDeployment(plane: TestControlPlane, replicas = 3) {
  await plane.until('the service account', () => plane.client.get(ServiceAccount, { namespace, name: 'default' }).catch(() => undefined));
  await plane.client.create(Deployment, {
    metadata: { name: 'web', namespace, annotations: { 'kubernetes.io/change-cause': 'first' } },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template('web:v1') },
  });
  return await complete(plane, replicas);
}
function complete(plane: TestControlPlane, replicas: number): Promise<Deployment> {
  return plane.until('the rollout', async () => {
    const { status, metadata, ...rest } = await plane.client.get(Deployment, key);
    const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
    const done =
      status.observedGeneration === metadata.generation &&
      status.updatedReplicas === replicas &&
      status.replicas === replicas &&
      status.availableReplicas === replicas &&
      progressing?.reason === 'NewReplicaSetAvailable';
    return done && ({ status, metadata, ...rest } as Deployment);
  });
}

test('a deployment rolls out, scales, rolls over and back, and its service follows', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  await client.create(Service, {
    metadata: { name: 'web', namespace },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  });
  await client.create(PodDisruptionBudget, {
    metadata: { name: 'web', namespace },
    spec: { maxUnavailable: '50%', selector: { matchLabels: { app: 'web' } } },
  });
  const first = await withDeployment(plane);
  assert.equal(first.metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
  assert.equal(first.status.conditions?.find(({ type }) => type === 'Available')?.status, 'True');
  const [replicaSet] = (await client.list(ReplicaSet, { namespace })).items;
  assert.match(replicaSet!.metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
  assert.equal(replicaSet!.metadata.annotations?.['kubernetes.io/change-cause'], 'first');

  const slice = await plane.until('three endpoints', async () => {
    const { items } = await client.list(EndpointSlice, { namespace });
    return items.find(({ endpoints }) => endpoints.filter(({ conditions }) => conditions?.ready).length === 3);
  });
  assert.deepEqual(slice.ports, [{ name: '', port: 8080, protocol: 'TCP' }]);
  assert.equal(slice.endpoints[0]!.zone, 'z1');
  const endpoints = await plane.until('the old endpoints', async () => {
    const found = await client.get(Endpoints, key).catch(() => undefined);
    return found?.subsets?.[0]?.addresses?.length === 3 && found;
  });
  assert.equal(endpoints.metadata.labels?.['endpoints.kubernetes.io/managed-by'], 'endpoint-controller');
  await plane.until('the budget', async () => {
    const { status } = await client.get(PodDisruptionBudget, key);
    return status.expectedPods === 3 && status.disruptionsAllowed === 2 && status.desiredHealthy === 1;
  });

  await client.patch(Deployment, key, 'merge', { spec: { replicas: 5 } });
  await complete(plane, 5);
  await client.patch(Deployment, key, 'merge', { spec: { template: template('web:v2') } });
  const second = await complete(plane, 5);
  assert.equal(second.metadata.annotations?.['deployment.kubernetes.io/revision'], '2');
  const pods = await plane.until('only new pods', async () => {
    const { items } = await client.list(Pod, { namespace });
    return items.length === 5 && items;
  });
  assert.ok(pods.every(({ spec }) => spec.containers[0]!.image === 'web:v2'));

  await client.patch(Deployment, key, 'merge', { spec: { template: template('web:v1') } });
  const third = await complete(plane, 5);
  assert.equal(third.metadata.annotations?.['deployment.kubernetes.io/revision'], '3');
  const { items } = await client.list(ReplicaSet, { namespace });
  assert.equal(items.length, 2);
  const history = items.find(({ metadata }) => metadata.uid === replicaSet!.metadata.uid)!.metadata.annotations;
  assert.equal(history?.['deployment.kubernetes.io/revision-history'], '1');

  await plane.until('events', async () => {
    const { items: events } = await client.list(Event, { namespace });
    return events.some(({ reason, message }) => reason === 'ScalingReplicaSet' && message?.endsWith('from 0 to 3'));
  });
});

test('a broken template keeps the old pods serving, and is healed by going back', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  await withDeployment(plane, 4);
  plane.unready = (pod) => pod.spec.containers[0]!.image === 'web:bad';
  await client.patch(Deployment, key, 'merge', { spec: { template: template('web:bad') } });
  const stuck = await plane.until('the rollout to stop', async () => {
    const { status } = await client.get(Deployment, key);
    return status.updatedReplicas === 2 && status.replicas === 5 && status.availableReplicas === 3 && status;
  });
  assert.equal(stuck.unavailableReplicas, 2);
  await client.patch(Deployment, key, 'merge', { spec: { template: template('web:v1') } });
  await complete(plane, 4);
});

test('Recreate ends all old pods before it starts new ones', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client, informers } = plane;
  await withDeployment(plane, 2);
  let mixed = false;
  informers.of(Pod).subscribe({
    added: () => {
      const images = informers
        .of(Pod)
        .cache.list(namespace)
        .map(({ spec }) => spec.containers[0]!.image);
      if (new Set(images).size > 1) mixed = true;
    },
  });
  await client.patch(Deployment, key, 'merge', {
    spec: { strategy: { type: 'Recreate', rollingUpdate: null }, template: template('web:v2') },
  });
  await complete(plane, 2);
  assert.equal(mixed, false);
});

test('a paused deployment scales but does not roll, and goes on when resumed', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  await withDeployment(plane, 2);
  await client.patch(Deployment, key, 'merge', { spec: { paused: true, replicas: 3, template: template('web:v2') } });
  await plane.until('it scales', async () => {
    const { status } = await client.get(Deployment, key);
    return status.replicas === 3 && status.conditions?.some(({ reason }) => reason === 'DeploymentPaused');
  });
  assert.equal((await client.list(ReplicaSet, { namespace })).items.length, 1);
  await client.patch(Deployment, key, 'merge', { spec: { paused: false } });
  await complete(plane, 3);
});

test('what has no owner left goes: in the background, in the foreground, or is orphaned', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  const gone = (what: string, count: () => Promise<number>) => plane.until(what, async () => (await count()) === 0);
  const pods = async () => (await client.list(Pod, { namespace })).items.length;
  const replicaSets = async () => (await client.list(ReplicaSet, { namespace })).items.length;
  const deployments = async () => (await client.list(Deployment, { namespace })).items.length;

  await withDeployment(plane, 2);
  await client.delete(Deployment, key, { propagationPolicy: 'Background' });
  await gone('pods of the first', pods);
  await gone('replica sets of the first', replicaSets);

  await withDeployment(plane, 2);
  await client.delete(Deployment, key, { propagationPolicy: 'Foreground' });
  await gone('the second deployment', deployments);
  assert.equal(await replicaSets(), 0);

  await withDeployment(plane, 2);
  await client.delete(Deployment, key, { propagationPolicy: 'Orphan' });
  await gone('the third deployment', deployments);
  const [orphan] = (await client.list(ReplicaSet, { namespace })).items;
  assert.equal(orphan?.metadata.ownerReferences, undefined);
  assert.equal(await pods(), 2);
});

test('a namespace gets its defaults, and is emptied before it goes', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  await plane.until('the CA', () => client.get(ConfigMap, { namespace, name: 'kube-root-ca.crt' }).catch(() => undefined));
  await withDeployment(plane, 2);
  await client.delete(Namespace, { name: namespace });
  await plane.until('the namespace to go', async () => {
    try {
      await client.get(Namespace, { name: namespace });
      return false;
    } catch (error) {
      return isNotFound(error);
    }
  });
  assert.equal((await client.list(Pod, { namespace })).items.length, 0);
});

test('pods are evicted from a node with a NoExecute taint that they do not tolerate', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  await withDeployment(plane, 1);
  const node = await plane.until('a CIDR', async () => {
    const found = await client.get(Node, { name: 'node-1' });
    return found.spec.podCIDR === '10.244.0.0/24' && found;
  });
  const [before] = (await client.list(Pod, { namespace })).items;
  await client.patch(Node, node.metadata, 'merge', { spec: { taints: [{ key: 'gone', effect: 'NoExecute' }] } });
  await plane.until(
    'the eviction',
    async () => !(await client.list(Pod, { namespace })).items.some(({ metadata }) => metadata.uid === before!.metadata.uid),
  );
});

test('Endpoints that somebody made without a service stay', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  await client.create(Endpoints, {
    metadata: { name: 'by-hand', namespace },
    subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ port: 80 }] }],
  });
  await client.create(Endpoints, {
    metadata: { name: 'left-over', namespace, labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
  });
  await plane.until(
    'what the controller made goes',
    async () => !(await client.list(Endpoints, { namespace })).items.some(({ metadata }) => metadata.name === 'left-over'),
  );
  assert.ok(await client.get(Endpoints, { name: 'by-hand', namespace }));
});

test('binding a pod is no new generation of it', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  await withDeployment(plane, 1);
  const [pod] = (await client.list(Pod, { namespace })).items;
  assert.ok(pod!.spec.nodeName);
  assert.equal(pod!.metadata.generation, 1);
});
