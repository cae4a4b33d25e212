import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/clock.ts';
import { SubjectAccessReview } from './authorization/subject-access-review.ts';
import { EndpointSlice } from './discovery/endpoint-slice.ts';
import { Event } from './events/event.ts';
import { fromCoreEvent, toCoreEvent } from './events/shapes/convert.ts';
import { cells, made, problems } from './lib/testing.ts';
import { PodDisruptionBudget } from './policy/pod-disruption-budget.ts';
import { ClusterRoleBinding } from './rbac/cluster-role-binding.ts';
import { Role } from './rbac/role.ts';
import { PriorityClass } from './scheduling/priority-class.ts';

test('events.k8s.io events are core events under other names', () => {
  const event = made(Event, {
    metadata: { labels: { a: 'b' } },
    eventTime: '2026-01-01T00:00:00.000000Z',
    series: { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' },
    reportingController: 'a.b/c',
    reportingInstance: 'i',
    action: 'Do',
    reason: 'Why',
    regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
    note: 'text',
    type: 'Normal',
  });
  const stored = toCoreEvent(event);
  assert.equal(stored.message, 'text');
  assert.equal(stored.involvedObject.name, 'p');
  assert.equal(stored.reportingComponent, 'a.b/c');
  assert.deepEqual(fromCoreEvent(stored), event);
  assert.deepEqual(problems(Event, event), []);
  assert.equal(cells(Event, event, Date.parse('2026-01-01T00:00:11Z'))['Last Seen'], '10s');
  assert.deepEqual(problems(Event, made(Event, { regarding: { namespace: 'default' }, type: 'Odd' })), [
    'eventTime: Required value',
    'type: Invalid value: "": has invalid value: Odd',
  ]);
});

test('endpoint slices', () => {
  const slice = (more: object) =>
    made(EndpointSlice, { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }], ...more });
  assert.deepEqual(slice({}).ports, [{ name: '', protocol: 'TCP', port: 80 }]);
  assert.deepEqual(problems(EndpointSlice, slice({})), []);
  assert.deepEqual(problems(EndpointSlice, slice({ endpoints: [{ addresses: [] }] })), [
    'endpoints[0].addresses: Required value: must contain at least 1 address',
  ]);
  assert.deepEqual(problems(EndpointSlice, slice({ addressType: 'IPv6' }), slice({})), [
    'addressType: Invalid value: "IPv6": field is immutable',
  ]);
  assert.ok(
    problems(EndpointSlice, slice({ addressType: '<' }), slice({})).includes('addressType: Invalid value: "\\u003c": field is immutable'),
  );
  const endpoints = [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }, { addresses: ['10.0.0.3'] }, { addresses: ['10.0.0.4'] }];
  const row = cells(EndpointSlice, slice({ endpoints }), 0);
  assert.equal(row.Endpoints, '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...');
  assert.equal(row.Ports, '80');
  assert.equal(cells(EndpointSlice, slice({ ports: [{}] }), 0).Ports, '<unset>');
  // What is dropped counts as a change.
  const now = slice({ endpoints: [{ addresses: ['10.0.0.1'], deprecatedTopology: { a: 'b' } }] });
  EndpointSlice.strategy.prepareForUpdate!(now, slice({ metadata: { generation: 4 } }), { clock: new VirtualClock(), subresource: '' });
  assert.equal(now.metadata.generation, 5);
});

test('roles and bindings', () => {
  assert.deepEqual(problems(Role, made(Role, { rules: [{ verbs: ['get'], resources: ['pods'] }] })), [
    'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
  ]);
  const binding = made(ClusterRoleBinding, {
    roleRef: { kind: 'ClusterRole', name: 'r' },
    subjects: [
      { kind: 'User', name: 'u' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ],
  });
  assert.equal(binding.roleRef.apiGroup, 'rbac.authorization.k8s.io');
  assert.equal(binding.subjects[0].apiGroup, 'rbac.authorization.k8s.io');
  assert.deepEqual(problems(ClusterRoleBinding, binding), []);
  const row = cells(ClusterRoleBinding, binding, 0, true);
  assert.deepEqual([row.Role, row.Users, row.ServiceAccounts], ['ClusterRole/r', 'u', 'n/s']);
  const other = structuredClone(binding);
  other.roleRef.name = 'q';
  assert.match(problems(ClusterRoleBinding, other, binding).join(), /^roleRef: Invalid value: .*: cannot change roleRef$/);
});

test('budgets, priorities, reviews', () => {
  assert.match(
    problems(PodDisruptionBudget, made(PodDisruptionBudget, { spec: { minAvailable: 1, maxUnavailable: '200%' } })).join('\n'),
    /cannot be both set\nspec.maxUnavailable: Invalid value: "200%": must not be greater than 100%$/,
  );
  assert.deepEqual(problems(PriorityClass, made(PriorityClass, { value: 2_000_000_000 })), [
    'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
  ]);
  assert.deepEqual(problems(PriorityClass, made(PriorityClass, { preemptionPolicy: '\x7f' }), made(PriorityClass, {})).slice(-1), [
    'preemptionPolicy: Invalid value: "\x7f": field is immutable',
  ]);
  assert.deepEqual(problems(PriorityClass, made(PriorityClass, { metadata: { name: 'system-node-critical' }, value: 2_000_001_000 })), []);
  const review = made(SubjectAccessReview, { spec: { user: 'u', resourceAttributes: { verb: 'get' } } });
  review.metadata = {};
  assert.deepEqual(problems(SubjectAccessReview, review), []);
  review.spec.user = undefined;
  assert.deepEqual(problems(SubjectAccessReview, review), [
    'spec.user: Invalid value: "": at least one of user or group must be specified',
  ]);
});
