import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cells, made, problems } from '../lib/testing.ts';
import { FlowSchema } from './flow-schema.ts';
import { bootstrapLevels, bootstrapSchemas } from './lib/bootstrap.ts';
import { PriorityLevelConfiguration } from './priority-level-configuration.ts';

test('what the server makes by itself is right', () => {
  for (const [kind, objects] of [
    [FlowSchema, bootstrapSchemas],
    [PriorityLevelConfiguration, bootstrapLevels],
  ] as const)
    for (const { name, spec } of objects) assert.deepEqual(problems(kind, made(kind, { metadata: { name }, spec })), [], name);
});

test('flow schemas', () => {
  const of = (spec: object, name = 'a') => problems(FlowSchema, made(FlowSchema, { metadata: { name }, spec }));
  assert.equal(made(FlowSchema, {}).spec.matchingPrecedence, 1000);
  const subjects = [{ kind: 'User', group: { name: 'g' } }, {}, { kind: 'ServiceAccount', serviceAccount: { name: '*' } }];
  const resourceRules = [{ verbs: ['foo'], apiGroups: ['*', 'a'], resources: ['b'], namespaces: [] }];
  const nonResourceRules = [{ verbs: ['*'], nonResourceURLs: ['a', '/a//b', '/*/a'] }];
  assert.deepEqual(
    of({
      matchingPrecedence: 1,
      distinguisherMethod: { type: 'X' },
      rules: [{ subjects, resourceRules, nonResourceRules }, { subjects: [] }],
    }),
    [
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      'spec.distinguisherMethod.type: Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser"',
      'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
      "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      'spec.rules[0].subjects[1].kind: Unsupported value: "": supported values: "Group", "ServiceAccount", "User"',
      'spec.rules[0].subjects[2].serviceAccount.namespace: Required value: must specify namespace for service account',
      'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["foo"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      `spec.rules[0].resourceRules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other api groups`,
      'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "a": must start with slash',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "/a//b": must not contain double slash',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/*/a": wildcard can only do suffix matching',
      'spec.rules[1].subjects: Required value: subjects must contain at least one value',
      'spec.rules[1]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
    ],
  );
  assert.match(
    of({ ...bootstrapSchemas.at(-1)!.spec, matchingPrecedence: 9 }, 'catch-all')[0]!,
    /^spec: Invalid value: \{"PriorityLevelConfiguration":.*: spec of 'catch-all' must equal the fixed value$/,
  );
});

test('priority levels', () => {
  const of = (spec: object, name = 'a') =>
    problems(PriorityLevelConfiguration, made(PriorityLevelConfiguration, { metadata: { name }, spec }));
  const limited = (limitResponse: object, more: object = {}) => ({ type: 'Limited', limited: { limitResponse, ...more } });
  const level = made(PriorityLevelConfiguration, { spec: limited({ type: 'Queue', queuing: {} }) });
  const row = cells(PriorityLevelConfiguration, level, 0);
  assert.deepEqual([row.NominalConcurrencyShares, row.Queues, row.HandSize, row.QueueLengthLimit], [30, 64, 8, 50]);
  assert.deepEqual(of({}), ['spec.type: Required value']);
  assert.deepEqual(of({ type: 'Exempt' }), [`spec.type: Invalid value: "Exempt": must be 'Exempt' if and only if \`name\` is 'exempt'`]);
  assert.deepEqual(of(limited({ type: 'Queue', queuing: { queues: 4, handSize: 5 } }, { lendablePercent: 101 })), [
    'spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)',
    'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
  ]);
  assert.deepEqual(of(limited({ type: 'Queue', queuing: { queues: 1024, handSize: 7 } })), [
    'spec.limited.limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60',
  ]);
  assert.deepEqual(of({ type: 'Exempt', exempt: { nominalConcurrencyShares: 5 } }, 'exempt'), []);
  assert.match(of(limited({ type: 'Reject' }), 'catch-all').join(), /spec of 'catch-all' must equal the fixed value$/);
});
