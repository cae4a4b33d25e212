import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cells, created, made, problems } from '../lib/testing.ts';
import { ConfigMap } from './config-map.ts';
import { Endpoints } from './endpoints.ts';
import { Event } from './event.ts';
import { LimitRange } from './limit-range.ts';
import { Namespace } from './namespace.ts';
import { Node } from './node.ts';
import { ReplicationController } from './replication-controller.ts';
import { ResourceQuota } from './resource-quota.ts';
import { Secret } from './secret.ts';

test('a null among bytes is empty, as upstream keeps it', () => {
  const secret = made(Secret, { data: { a: null } });
  assert.deepEqual(secret.data, { a: '' });
  assert.deepEqual(problems(Secret, secret), []);
  assert.deepEqual(problems(ConfigMap, made(ConfigMap, { binaryData: { a: null } })), []);
});
test('a namespace starts active, with its finalizer and its name as label', () => {
  const namespace = created(Namespace, { metadata: { name: 'n' } });
  assert.deepEqual(namespace.spec, { finalizers: ['kubernetes'] });
  assert.deepEqual(namespace.status, { phase: 'Active' });
  assert.deepEqual(namespace.metadata.labels, { 'kubernetes.io/metadata.name': 'n' });
  assert.deepEqual(problems(Namespace, namespace), []);
});

test('stringData goes into data, as base64', () => {
  const secret = made(Secret, { data: { a: 'eA==', b: 'eA==' }, stringData: { b: 'ü' } });
  assert.deepEqual(secret.data, { a: 'eA==', b: 'w7w=' });
  assert.equal(secret.stringData, undefined);
  assert.equal(secret.type, 'Opaque');
});
test('secrets of known types carry what they need', () => {
  assert.deepEqual(problems(Secret, made(Secret, { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } })), [
    'data[tls.key]: Required value',
  ]);
  const registries = (stringData: object) => problems(Secret, made(Secret, { type: 'kubernetes.io/dockerconfigjson', stringData }));
  const refused = 'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": ';
  assert.deepEqual(registries({ '.dockerconfigjson': '{}' }), []);
  assert.deepEqual(registries({ '.dockerconfigjson': '\0' }), [`${refused}invalid character '\\x00' looking for beginning of value`]);
  assert.deepEqual(registries({ '.dockerconfigjson': '' }), [`${refused}unexpected end of JSON input`]);
  assert.deepEqual(registries({ '.dockerconfigjson': '[]' }), [
    `${refused}json: cannot unmarshal array into Go value of type map[string]interface {}`,
  ]);
  assert.deepEqual(problems(Secret, made(Secret, { type: '<\u0001' }), made(Secret, { type: 'b' })), [
    'type: Invalid value: "\\u003c\\u0001": field is immutable',
  ]);
  assert.deepEqual(problems(Secret, made(Secret, { type: 'a' }), made(Secret, { type: 'b' })), [
    'type: Invalid value: "a": field is immutable',
  ]);
});
test('immutable data stays', () => {
  const old = made(ConfigMap, { data: { a: '1' }, immutable: true });
  assert.deepEqual(problems(ConfigMap, made(ConfigMap, { data: { a: '2' } }), old), [
    'immutable: Forbidden: field is immutable when `immutable` is set',
    'data: Forbidden: field is immutable when `immutable` is set',
  ]);
  assert.deepEqual(problems(ConfigMap, made(ConfigMap, { data: { a: 'x'.repeat(1024 * 1024 + 1) } })), [
    ': Too long: may not be more than 1048576 bytes',
  ]);
});

test('columns of nodes', () => {
  const node = made(Node, {
    metadata: {
      labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'a' },
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.5' }],
      nodeInfo: { kubeletVersion: 'v1.36.0', kernelVersion: '6.1', architecture: 'amd64' },
    },
  });
  assert.deepEqual(Object.values(cells(Node, node, Date.parse('2026-01-03T01:00:00Z'), true)), [
    'a',
    'Ready,SchedulingDisabled',
    'a,control-plane',
    '2d1h',
    'v1.36.0',
    '10.0.0.5',
    '<none>',
    '<unknown>',
    '6.1 (amd64)',
    '<unknown>',
  ]);
});

test('columns of Endpoints', () => {
  const shown = (subsets: object[]) => cells(Endpoints, made(Endpoints, { subsets }), 0).Endpoints;
  const addresses = (count: number) => Array.from({ length: count }, (_, index) => ({ ip: `10.0.0.${index}` }));
  assert.equal(shown([]), '<none>');
  assert.equal(shown([{ addresses: addresses(2), ports: [{ port: 80 }] }]), '10.0.0.0:80,10.0.0.1:80');
  assert.equal(shown([{ addresses: addresses(5) }]), '10.0.0.0,10.0.0.1,10.0.0.2 + 2 more...');
});

test('columns and rules of events', () => {
  const event = made(Event, {
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    reason: 'Pulled',
    message: ' done ',
    source: { component: 'kubelet', host: 'n' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:01:00Z',
    count: 3,
    type: 'Normal',
  });
  assert.deepEqual(Object.values(cells(Event, event, Date.parse('2026-01-01T00:02:00Z'), true)), [
    '60s',
    'Normal',
    'Pulled',
    'pod/p',
    '',
    'kubelet, n',
    'done',
    '2m',
    3,
    'a',
  ]);
  assert.deepEqual(problems(Event, event), []);
  event.involvedObject.namespace = 'other';
  assert.deepEqual(problems(Event, event), ['involvedObject.namespace: Invalid value: "other": does not match event.namespace']);
});

test('limits default each other', () => {
  const range = made(LimitRange, { spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }] } });
  assert.deepEqual(range.spec.limits[0], {
    type: 'Container',
    max: { cpu: '2' },
    min: { memory: '1Mi' },
    default: { cpu: '2' },
    defaultRequest: { cpu: '2', memory: '1Mi' },
  });
  assert.deepEqual(problems(LimitRange, range), []);
  const wrong = made(LimitRange, { spec: { limits: [{ type: 'Pod', max: { cpu: '1' }, min: { cpu: '2' } }] } });
  assert.deepEqual(problems(LimitRange, wrong), ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1']);
  const ratio = (max: string, min: string, most: string) =>
    problems(
      LimitRange,
      made(LimitRange, {
        spec: { limits: [{ type: 'Container', max: { cpu: max }, min: { cpu: min }, maxLimitRequestRatio: { cpu: most } }] },
      }),
    ).map((text) => text.split(': ').at(-1));
  assert.deepEqual(ratio('1500m', '1', '2'), ['ratio 2 is greater than max/min = 1.500000']);
  assert.deepEqual(ratio('1500m', '1', '100P'), ['ratio 100P is greater than max/min = 2.000000']);
  // What 64 bits do not hold counts as nothing.
  assert.deepEqual(ratio('1e30', '1', '10'), ['ratio 10 is greater than max/min = 0.000000']);
  assert.deepEqual(ratio('5', '0', '10'), []);
  assert.match(created(LimitRange, { metadata: { name: '' } }).metadata.name, /^[0-9a-f-]{36}$/);
});

test('quotas name what they count', () => {
  assert.deepEqual(
    problems(ResourceQuota, made(ResourceQuota, { spec: { hard: { pods: '10', 'requests.cpu': '1', 'count/jobs.batch': '3' } } })),
    [],
  );
  assert.deepEqual(problems(ResourceQuota, made(ResourceQuota, { spec: { hard: { what: '1' } } })), [
    'spec.hard[what]: Invalid value: "what": must be a standard resource type or fully qualified',
    'spec.hard[what]: Invalid value: "what": must be a standard resource for quota',
  ]);
  const scoped = (...scopes: string[]) => made(ResourceQuota, { spec: { scopes } });
  assert.deepEqual(problems(ResourceQuota, scoped('BestEffort', 'NotTerminating'), scoped('NotTerminating', 'BestEffort')), []);
  assert.deepEqual(problems(ResourceQuota, scoped(), scoped('BestEffort')), ['spec.scopes: Invalid value: null: field is immutable']);
});

test('effects of taints are named in the order upstream names them in', () => {
  const node = made(Node, { spec: { taints: [{ key: 'a', effect: 'Odd' }] } });
  assert.deepEqual(problems(Node, node), [
    'metadata.taints[0].effect: Unsupported value: "Odd": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
  ]);
});

test('a ReplicationController selects what its template is labelled with', () => {
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'a:1' }] } };
  const controller = made(ReplicationController, { metadata: { creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { template } });
  assert.deepEqual([controller.spec.replicas, controller.spec.selector, controller.metadata.labels], [1, { app: 'x' }, { app: 'x' }]);
  assert.deepEqual(problems(ReplicationController, controller), []);
  assert.deepEqual(Object.values(cells(ReplicationController, controller, Date.parse('2026-01-01T00:00:30Z'), true)), [
    'a',
    1,
    0,
    0,
    '30s',
    'c',
    'a:1',
    'app=x',
  ]);
  assert.deepEqual(problems(ReplicationController, made(ReplicationController, { spec: { replicas: -1 } })), [
    'spec.selector: Required value',
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    'spec.template: Required value',
  ]);
  const status = { replicas: 1, readyReplicas: 2, availableReplicas: 3 };
  assert.deepEqual(problems(ReplicationController, { ...controller, status }, controller, 'status'), [
    'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
  ]);
});

test('namespaces are selected by their phase; their name has no other name', () => {
  assert.deepEqual(Object.keys(Namespace.strategy.selectableFields ?? {}), ['status.phase']);
});

test('the swap of a node is looked at where the node is, not its status', () => {
  const node = made(Node, { status: { nodeInfo: { swap: { capacity: 0 } } } });
  assert.match(problems(Node, node, node).join(), /nodeSwapStatus\.capacity: Invalid value: 0/);
  assert.deepEqual(problems(Node, node, node, 'status'), []);
});

test('a node tells of what nobody uses', () => {
  const node = made(Node, { spec: { externalID: 'a', podCIDRs: ['10.0.0.1/8'] } });
  assert.deepEqual(
    [...Node.strategy.warnings!(node)],
    [
      'spec.externalID: this field is deprecated, and is unused by Kubernetes',
      'spec.podCIDRs[0]: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
    ],
  );
});
