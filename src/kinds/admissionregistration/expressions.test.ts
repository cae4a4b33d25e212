import assert from 'node:assert/strict';
import { test } from 'node:test';
import { made, problems } from '../lib/testing.ts';
import { MutatingAdmissionPolicy } from './mutating-admission-policy.ts';
import { ValidatingAdmissionPolicy } from './validating-admission-policy.ts';
import { ValidatingWebhookConfiguration } from './validating-webhook-configuration.ts';

const matchConstraints = { resourceRules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }] };
const policy = (spec: object) => made(ValidatingAdmissionPolicy, { metadata: { name: 'p' }, spec: { matchConstraints, ...spec } });
/** What is wrong, without what every message has. */
const faults = (spec: object, old?: object) =>
  problems(ValidatingAdmissionPolicy, policy(spec), old && policy(old)).map((text) => text.replace(/^spec\./, ''));
const undeclared = (expression: string, name: string, column: number) =>
  `Invalid value: ${JSON.stringify(expression)}: compilation failed: ERROR: <input>:1:${column}: undeclared reference to '${name}' (in container '')` +
  `\n | ${expression}\n | ${'.'.repeat(column - 1)}^`;
const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };

test('validations must compile, and give a bool', () => {
  const of = (expression: string, more: object = {}) => faults({ validations: [{ expression }], ...more });
  for (const good of [
    'object.spec.replicas <= 5',
    "request.userInfo.username != 'eve'",
    "authorizer.group('').resource('pods').check('get').allowed()",
  ])
    assert.deepEqual(of(good), []);
  assert.deepEqual(of('1'), ['validations[0].expression: Invalid value: "1": must evaluate to bool but got int']);
  assert.deepEqual(of('params.x'), [`validations[0].expression: ${undeclared('params.x', 'params', 1)}`]);
  assert.deepEqual(of('params.x == 1', { paramKind }), []);
  assert.match(of('request.foo')[0]!, /undefined field 'foo'/);
  assert.match(of("'x'.matches('(')")[0]!, /invalid matches argument/);
  assert.match(of("int('x') == 1")[0]!, /^validations\[0\]\.expression: Internal error: program instantiation failed: /);
});

test('messages and audit annotations', () => {
  const message = (messageExpression: string) => faults({ validations: [{ expression: 'true', messageExpression }] });
  assert.deepEqual(message("'no ' + object.metadata.name"), []);
  assert.deepEqual(message('1'), ['validations[0].messageExpression: Invalid value: "1": must evaluate to string but got int']);
  assert.deepEqual(message('authorizer'), [`validations[0].messageExpression: ${undeclared('authorizer', 'authorizer', 1)}`]);
  const audit = (valueExpression: string) => faults({ auditAnnotations: [{ key: 'k', valueExpression }] });
  assert.deepEqual([audit("'a'"), audit('null')], [[], []]);
  assert.deepEqual(audit('1'), [
    'auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
  ]);
});

test('each expression knows the variables before it, by their types', () => {
  const variables = [
    { name: 'one', expression: '1' },
    { name: 'list', expression: '[variables.one]' },
    { name: 'late', expression: 'variables.later' },
    { name: 'later', expression: 'object.x' },
  ];
  const validations = ['variables.list[0] == 1', "variables.one == 'x'", 'variables.late.anything'].map((expression) => ({ expression }));
  const [late, text, anything] = faults({ variables, validations });
  assert.match(late!, /^variables\[2\]\.expression: .*undefined field 'later'/);
  assert.match(text!, /^validations\[1\]\.expression: .*found no matching overload for '_==_' applied to '\(int, string\)'/);
  assert.match(anything!, /^validations\[2\]\.expression: .*must evaluate to bool but got dyn/);
  assert.match(faults({ validations: [{ expression: 'variables.x' }] })[0]!, /undeclared reference to 'variables'/);
});

test('match conditions see no variables, and parameters of policies only', () => {
  const matchConditions = ['params.x == 1', ' variables.a'].map((expression, index) => ({ name: `n${index}`, expression }));
  assert.deepEqual(faults({ paramKind, matchConditions, validations: [{ expression: 'true' }] }), [
    `matchConditions[1].expression: ${undeclared('variables.a', 'variables', 1)}`,
  ]);
  const webhook = { name: 'a.b.c', clientConfig: { url: 'https://x.y' }, sideEffects: 'None', admissionReviewVersions: ['v1'] };
  const configuration = made(ValidatingWebhookConfiguration, { webhooks: [{ ...webhook, matchConditions }] });
  assert.deepEqual(problems(ValidatingWebhookConfiguration, configuration), [
    `webhooks[0].matchConditions[0].expression: ${undeclared('params.x == 1', 'params', 1)}`,
    `webhooks[0].matchConditions[1].expression: ${undeclared('variables.a', 'variables', 1)}`,
  ]);
});

test('mutations give objects and patches', () => {
  const of = (mutation: object) =>
    problems(
      MutatingAdmissionPolicy,
      made(MutatingAdmissionPolicy, {
        metadata: { name: 'p' },
        spec: { matchConstraints, reinvocationPolicy: 'Never', mutations: [mutation] },
      }),
    );
  const apply = (expression: string) => of({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
  const patch = (expression: string) => of({ patchType: 'JSONPatch', jsonPatch: { expression } });
  assert.deepEqual(apply('Object{spec: Object.spec{replicas: 1}}'), []);
  assert.deepEqual(apply('Object.spec{}'), [
    'spec.mutations[0].applyConfiguration.expression: Invalid value: "Object.spec{}": must evaluate to Object but got Object.spec',
  ]);
  assert.deepEqual(patch("[JSONPatch{op: 'add', path: '/a/' + jsonpatch.escapeKey('b/c'), value: 1}]"), []);
  assert.deepEqual(patch('1'), [
    'spec.mutations[0].jsonPatch.expression: Invalid value: "1": must evaluate to list(JSONPatch) but got int',
  ]);
});

test('what is stored already stays', () => {
  const old = { validations: [{ expression: 'true' }], matchConditions: [{ name: 'a', expression: 'nonsense' }] };
  assert.deepEqual(faults({ ...old, failurePolicy: 'Ignore' }, old), []);
  assert.equal(faults({ ...old, matchConditions: [...old.matchConditions, { name: 'b', expression: 'true' }] }, old).length, 1);
});

test('warnings name a field by a path', () => {
  const status = (fieldRef: string) => ({ typeChecking: { expressionWarnings: [{ fieldRef, warning: 'w' }] } });
  const object = (fieldRef: string) => ({ ...policy({ validations: [{ expression: 'true' }] }), status: status(fieldRef) });
  const of = (fieldRef: string) => problems(ValidatingAdmissionPolicy, object(fieldRef), object('spec.a'), 'status');
  assert.deepEqual(of('spec.validations[0].expression'), []);
  assert.deepEqual(of('spec['), [
    'status.typeChecking.expressionWarnings[0].fieldRef: Invalid value: "spec[": invalid JSONPath: unterminated array',
  ]);
});
