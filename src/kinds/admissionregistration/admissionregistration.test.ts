import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cells, made, problems } from '../lib/testing.ts';
import { MutatingAdmissionPolicy } from './mutating-admission-policy.ts';
import { MutatingAdmissionPolicyBinding } from './mutating-admission-policy-binding.ts';
import { MutatingWebhookConfiguration } from './mutating-webhook-configuration.ts';
import { ValidatingAdmissionPolicy } from './validating-admission-policy.ts';
import { ValidatingAdmissionPolicyBinding } from './validating-admission-policy-binding.ts';
import { ValidatingWebhookConfiguration } from './validating-webhook-configuration.ts';

const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
const hook = (more: object = {}) => ({
  name: 'a.b.c',
  clientConfig: { url: 'https://x.y/z' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  ...more,
});
const webhooks = (...hooks: object[]) => made(ValidatingWebhookConfiguration, { webhooks: hooks });

test('webhooks get defaults', () => {
  const [webhook] = webhooks(hook({ rules, clientConfig: { service: { name: 'n', namespace: 's' } } })).webhooks;
  assert.deepEqual([webhook.failurePolicy, webhook.matchPolicy, webhook.timeoutSeconds], ['Fail', 'Equivalent', 10]);
  assert.deepEqual([webhook.namespaceSelector, webhook.objectSelector], [{}, {}]);
  assert.equal(webhook.rules[0].scope, '*');
  assert.equal(webhook.clientConfig.service.port, 443);
  assert.equal(made(MutatingWebhookConfiguration, { webhooks: [hook()] }).webhooks[0].reinvocationPolicy, 'Never');
  assert.deepEqual(problems(ValidatingWebhookConfiguration, webhooks(webhook)), []);
});

test('webhooks that cannot be', () => {
  assert.deepEqual(problems(ValidatingWebhookConfiguration, webhooks({})), [
    'webhooks[0].name: Required value',
    'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
    'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
    'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
  ]);
  const odd = {
    operations: ['*', 'FOO'],
    apiGroups: ['*', 'a'],
    apiVersions: ['*', ''],
    resources: ['pods/*', 'pods/log', '*', 'x'],
    scope: 'Q',
  };
  assert.deepEqual(
    problems(ValidatingWebhookConfiguration, webhooks(hook({ rules: [odd] }), hook({ admissionReviewVersions: ['v2', 'v2'] }))),
    [
      'webhooks[0].rules[0].operations: Invalid value: ["*","FOO"]: if \'*\' is present, must not specify other operations',
      'webhooks[0].rules[0].operations[1]: Unsupported value: "FOO": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
      'webhooks[0].rules[0].apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other API groups',
      'webhooks[0].rules[0].apiVersions: Invalid value: ["*",""]: if \'*\' is present, must not specify other API versions',
      'webhooks[0].rules[0].apiVersions[1]: Required value',
      'webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if \'pods/*\' is present, must not specify pods/log',
      'webhooks[0].rules[0].resources: Invalid value: ["pods/*","pods/log","*","x"]: if \'*\' is present, must not specify other resources without subresources',
      'webhooks[0].rules[0].scope: Unsupported value: "Q": supported values: "*", "Cluster", "Namespaced"',
      'webhooks[1].admissionReviewVersions[1]: Invalid value: "v2": duplicate version',
      'webhooks[1].admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1',
      'webhooks[1].name: Duplicate value: "a.b.c"',
    ],
  );
});

test('a url says https and a host, and nothing else', () => {
  const of = (clientConfig: object) => problems(ValidatingWebhookConfiguration, webhooks(hook({ clientConfig })));
  assert.deepEqual(of({ url: 'http://u:p@/x?q#f' }), [
    'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
    'webhooks[0].clientConfig.url: Invalid value: "": host must be specified; desired format: https://host[/path]',
    'webhooks[0].clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL',
    'webhooks[0].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
    'webhooks[0].clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL',
  ]);
  assert.deepEqual(of({ service: { name: '', namespace: 'n', path: '//', port: 0 } }), [
    'webhooks[0].clientConfig.service.namespace: Required value',
    'webhooks[0].clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive',
    'webhooks[0].clientConfig.service.path: Invalid value: "//": segment[0] may not be empty',
  ]);
});

test('an update may keep what was stored before the rule', () => {
  const old = webhooks(hook({ sideEffects: 'Some', admissionReviewVersions: ['v2'] }), hook());
  assert.deepEqual(problems(ValidatingWebhookConfiguration, old, old), []);
  assert.equal(problems(ValidatingWebhookConfiguration, old, webhooks(hook())).length, 3);
});

test('policies', () => {
  const policy = (spec: object) => made(ValidatingAdmissionPolicy, { spec });
  const good = policy({ matchConstraints: { resourceRules: rules }, validations: [{ expression: 'true' }] });
  assert.equal(good.spec.failurePolicy, 'Fail');
  assert.equal(good.spec.matchConstraints.matchPolicy, 'Equivalent');
  assert.deepEqual(problems(ValidatingAdmissionPolicy, good), []);
  assert.deepEqual(problems(ValidatingAdmissionPolicy, policy({})), [
    'spec.matchConstraints: Required value',
    'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
    'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
  ]);
  const odd = policy({
    paramKind: { apiVersion: 'a/b/c', kind: 'K k' },
    matchConstraints: { resourceRules: rules },
    matchConditions: [{ name: 'x', expression: ' ' }],
    variables: [{ name: 'if', expression: '1' }],
    validations: [{ expression: '', message: 'a\nb', reason: 'Unauthorized' }],
    auditAnnotations: [{ key: '', valueExpression: ' ' }],
  });
  const shown = problems(ValidatingAdmissionPolicy, odd);
  assert.equal(shown[0], 'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c');
  assert.match(shown[1]!, /^spec.paramKind.kind: Invalid value: "K k": may have mixed case, but should otherwise match: a DNS-1035 label/);
  assert.deepEqual(shown.slice(2, 7), [
    'spec.matchConditions[0].expression: Required value',
    'spec.variables[0].name: Invalid value: "if": must be a valid CEL identifier',
    'spec.validations[0].expression: Required value: expression is not specified',
    'spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks',
    'spec.validations[0].reason: Unsupported value: "Unauthorized": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
  ]);
  const status = { ...good, status: { conditions: [{ type: 'A', status: 'X', reason: '', message: '', lastTransitionTime: null }] } };
  assert.deepEqual(problems(ValidatingAdmissionPolicy, status, good, 'status'), [
    'status.conditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
    'status.conditions[0].lastTransitionTime: Required value',
    'status.conditions[0].reason: Required value',
  ]);
});

test('policies that change, and bindings', () => {
  const mutations = [{}, { patchType: 'JSONPatch', applyConfiguration: { expression: 'Object{}' } }];
  const policy = made(MutatingAdmissionPolicy, {
    spec: { matchConstraints: { resourceRules: [{ ...rules[0], operations: ['DELETE'] }] }, mutations },
  });
  assert.deepEqual(problems(MutatingAdmissionPolicy, policy), [
    'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    'spec.mutations[0].patchType: Required value',
    'spec.mutations[1].jsonPatch: Required value: must be specified when patchType is JSONPatch',
    'spec.mutations[1].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
    'spec.reinvocationPolicy: Required value',
  ]);
  const binding = (spec: object) => made(ValidatingAdmissionPolicyBinding, { spec });
  assert.deepEqual(problems(ValidatingAdmissionPolicyBinding, binding({ paramRef: {}, validationActions: ['Deny', 'Warn', 'Deny'] })), [
    'spec.policyName: Required value',
    'spec.paramRef: Required value: one of name or selector must be specified',
    'spec.paramRef.parameterNotFoundAction: Required value',
    'spec.validationActions[2]: Duplicate value: "Deny"',
    'spec.validationActions: Invalid value: ["Deny","Warn","Deny"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
  ]);
  const columns = (paramRef?: object) => cells(ValidatingAdmissionPolicyBinding, binding({ policyName: 'p', paramRef }), 0).ParamRef;
  assert.equal(columns(), '<unset>');
  assert.equal(columns({ name: 'x' }), '*/x');
  assert.equal(
    columns({ selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'k', operator: 'In', values: ['x', 'y'] }] } }),
    '&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}',
  );
  assert.deepEqual(problems(MutatingAdmissionPolicyBinding, made(MutatingAdmissionPolicyBinding, { spec: { policyName: 'p' } })), []);
});
