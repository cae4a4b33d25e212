import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AnyKind } from '../../src/api/kind.ts';
import type { Call } from '../../src/client/call.ts';
import { MutatingAdmissionPolicyBinding } from '../../src/kinds/admissionregistration/mutating-admission-policy-binding.ts';
import { MutatingAdmissionPolicy } from '../../src/kinds/admissionregistration/mutating-admission-policy.ts';
import { ValidatingAdmissionPolicyBinding } from '../../src/kinds/admissionregistration/validating-admission-policy-binding.ts';
import { ValidatingAdmissionPolicy } from '../../src/kinds/admissionregistration/validating-admission-policy.ts';
import { Deployment } from '../../src/kinds/apps/deployment.ts';
import { ConfigMap } from '../../src/kinds/core/config-map.ts';
import { Namespace } from '../../src/kinds/core/namespace.ts';
import { admin, startTestApi } from '../helpers/api.ts';

const configMaps = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] };
const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
const about = (...rules: object[]) => ({ resourceRules: rules.length === 0 ? [configMaps] : rules });
const configMap = (name: string, data: Record<string, string> = {}) => ({ metadata: { name, namespace: 'shop' }, data });

async function setUp(t: TestContext) {
  const { client: clientOf } = await startTestApi(t);
  const client = clientOf(admin);
  await client.create(Namespace, { metadata: { name: 'shop', labels: { tier: 'gold' } } });
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const validating = async (name: string, spec: object, binding: object = {}) => {
    const full = { matchConstraints: about(), ...spec };
    await client.create(ValidatingAdmissionPolicy, { metadata: { name }, spec: full as never });
    const bound = { policyName: name, validationActions: ['Deny'], ...binding };
    await client.create(ValidatingAdmissionPolicyBinding, { metadata: { name: `${name}-binding` }, spec: bound as never });
    await settle();
  };
  const mutating = async (name: string, spec: object, binding: object = {}) => {
    const full = { matchConstraints: about(), reinvocationPolicy: 'Never', ...spec };
    await client.create(MutatingAdmissionPolicy, { metadata: { name }, spec: full as never });
    await client.create(MutatingAdmissionPolicyBinding, {
      metadata: { name: `${name}-binding` },
      spec: { policyName: name, ...binding } as never,
    });
    await settle();
  };
  const send = async (kind: AnyKind, call: Partial<Call> & Pick<Call, 'verb'>): Promise<any> =>
    await client.transport({
      group: kind.group,
      version: kind.version,
      resource: kind.plural,
      namespace: 'shop',
      options: {},
      userAgent: 'test/1',
      ...call,
    });
  return { client, validating, mutating, send, settle };
}
const applyConfiguration = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const jsonPatch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

test("validations deny in upstream's words", async (t) => {
  const { client, validating } = await setUp(t);
  await validating('sizes', {
    variables: [{ name: 'count', expression: 'object.data.size()' }],
    matchConditions: [{ name: 'not-exempt', expression: 'object.metadata.name != "exempt"' }],
    validations: [
      { expression: 'variables.count < 3' },
      { expression: 'variables.count != 2', message: 'two is odd', reason: 'Forbidden' },
      {
        expression: '!("bad" in object.data)',
        messageExpression: '"bad is " + object.data.bad + " in " + namespaceObject.metadata.labels.tier',
      },
      { expression: 'authorizer.group("").resource("pods").check("list").allowed()' },
    ],
  });
  await client.create(ConfigMap, configMap('fine', { a: '1' }));
  await client.create(ConfigMap, configMap('exempt', { a: '1', b: '2', c: '3' }));
  const denied = (name: string, why: string) =>
    `configmaps "${name}" is forbidden: ValidatingAdmissionPolicy 'sizes' with binding 'sizes-binding' denied request: ${why}`;
  await assert.rejects(client.create(ConfigMap, configMap('three', { a: '1', b: '2', c: '3' })), {
    code: 422,
    reason: 'Invalid',
    message: denied('three', 'failed expression: variables.count < 3'),
    details: {
      name: 'three',
      kind: 'configmaps',
      causes: [
        {
          message: "ValidatingAdmissionPolicy 'sizes' with binding 'sizes-binding' denied request: failed expression: variables.count < 3",
        },
      ],
    },
  });
  await assert.rejects(client.create(ConfigMap, configMap('two', { a: '1', b: '2' })), {
    code: 403,
    reason: 'Forbidden',
    message: denied('two', 'two is odd'),
  });
  await assert.rejects(client.create(ConfigMap, configMap('bad', { bad: 'x' })), { message: denied('bad', 'bad is x in gold') });
});

test('actions: warnings, and nothing at all', async (t) => {
  const { send, validating } = await setUp(t);
  await validating('w', { validations: [{ expression: 'false', message: 'never' }] }, { validationActions: ['Warn', 'Audit'] });
  await validating(
    'other',
    { validations: [{ expression: 'false' }] },
    { matchResources: { namespaceSelector: { matchLabels: { tier: 'iron' } } } },
  );
  const { warnings, code } = await send(ConfigMap, { verb: 'create', body: configMap('x') });
  assert.equal(code, 201);
  assert.deepEqual(warnings, ["Validation failed for ValidatingAdmissionPolicy 'w' with binding 'w-binding': never"]);
});

test("what can't be evaluated counts by the failure policy", async (t) => {
  const { client, validating } = await setUp(t);
  await validating('ignored', { validations: [{ expression: 'object.data.nothing == "x"' }], failurePolicy: 'Ignore' });
  await client.create(ConfigMap, configMap('fine'));
  await validating('costly', {
    validations: [
      {
        expression:
          '[1,2,3,4,5,6,7,8,9,10].map(a, [1,2,3,4,5,6,7,8,9,10].map(b, [1,2,3,4,5,6,7,8,9,10].map(c, [1,2,3,4,5,6,7,8,9,10].map(d, [1,2,3,4,5,6,7,8,9,10].map(e, [1,2,3,4,5,6,7,8,9,10].map(f, f)))))).size() > 0',
      },
    ],
    matchConstraints: { ...about(), objectSelector: { matchLabels: { costly: 'yes' } } },
  });
  await assert.rejects(
    client.create(ConfigMap, { ...configMap('c'), metadata: { name: 'c', namespace: 'shop', labels: { costly: 'yes' } } }),
    /resulted in error: operation cancelled: actual cost limit exceeded/,
  );
  await validating('strict', { validations: [{ expression: 'object.data.nothing == "x"' }] });
  await assert.rejects(client.create(ConfigMap, configMap('y', {})), {
    code: 422,
    message: `configmaps "y" is forbidden: ValidatingAdmissionPolicy 'strict' with binding 'strict-binding' denied request: expression 'object.data.nothing == "x"' resulted in error: no such key: data`,
  });
});

test('parameters: by name, by labels, missing', async (t) => {
  const { client, validating, settle } = await setUp(t);
  const spec = {
    paramKind,
    matchConstraints: about({ ...configMaps, resourceNames: ['x'] }),
    validations: [{ expression: 'object.data.size() <= int(params.data.most)', messageExpression: '"more than " + params.data.most' }],
  };
  await validating('p', spec, { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } });
  await assert.rejects(client.create(ConfigMap, configMap('x')), {
    code: 422,
    message: `configmaps "x" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p-binding' denied request: failed to configure binding: no params found for policy binding with \`Deny\` parameterNotFoundAction`,
  });
  await client.create(ConfigMap, configMap('limits', { most: '1' }));
  await client.create(ConfigMap, configMap('x', { a: '1' }));
  await assert.rejects(client.update(ConfigMap, configMap('x', { a: '1', b: '2' })), /denied request: more than 1$/);
  await client.delete(ValidatingAdmissionPolicyBinding, { name: 'p-binding' });
  const paramRef = { selector: { matchLabels: { limit: 'yes' } }, namespace: 'default', parameterNotFoundAction: 'Allow' };
  await client.create(ValidatingAdmissionPolicyBinding, {
    metadata: { name: 'labels' },
    spec: { policyName: 'p', validationActions: ['Deny'], paramRef },
  });
  await settle();
  await client.update(ConfigMap, configMap('x', { a: '1', b: '2', c: '3' }));
  const two = { metadata: { name: 'two', namespace: 'default', labels: { limit: 'yes' } }, data: { most: '2' } };
  await client.create(ConfigMap, two);
  await assert.rejects(
    client.update(ConfigMap, configMap('x', { a: '2', b: '2', c: '3' })),
    /with binding 'labels' denied request: more than 2$/,
  );
});

test('mutations: apply configurations, JSON patches, in turn and again', async (t) => {
  const { client, mutating, send } = await setUp(t);
  await mutating('a', {
    reinvocationPolicy: 'IfNeeded',
    variables: [{ name: 'seen', expression: 'has(object.data) && "b" in object.data' }],
    mutations: [applyConfiguration('Object{data: {"a": variables.seen ? "after b" : "before b"}}')],
  });
  await mutating('b', { mutations: [jsonPatch('[JSONPatch{op: "add", path: "/data/b", value: object.data.a}]')] });
  const { data } = await client.create(ConfigMap, configMap('x'));
  assert.deepEqual(data, { a: 'after b', b: 'before b' });
  await mutating('scale', {
    matchConstraints: about({ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments/scale'] }),
    mutations: [applyConfiguration('Object{spec: Object.spec{replicas: 5}}')],
  });
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const spec = { replicas: 1, selector: { matchLabels: { a: 'b' } }, template };
  await client.create(Deployment, { metadata: { name: 'd', namespace: 'shop' }, spec });
  const body = { spec: { replicas: 3 } };
  const { object } = await send(Deployment, { verb: 'patch', name: 'd', subresource: 'scale', patchType: 'merge', body });
  assert.equal(object.spec.replicas, 5);
});

test('mutations that fail', async (t) => {
  const { client, mutating, settle } = await setUp(t);
  const deployments = about({ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] });
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const deployment = { metadata: { name: 'd', namespace: 'shop' }, spec: { replicas: 1, selector: { matchLabels: { a: 'b' } }, template } };
  const rows: readonly [object, number, string][] = [
    [
      applyConfiguration('Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{tolerations: []}}}}'),
      403,
      "policy 'm' with binding 'm-binding' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.template.spec.tolerations",
    ],
    [
      applyConfiguration('Object{spec: Object.spec{nothing: 1}}'),
      403,
      "policy 'm' with binding 'm-binding' denied request: error applying patch: failed to convert patch object to typed object: .spec.nothing: field not declared in schema",
    ],
    [
      jsonPatch('[JSONPatch{op: "remove", path: "/spec/absent"}]'),
      403,
      "policy 'm' with binding 'm-binding' denied request: JSON Patch: error in remove for path: '/spec/absent': Unable to remove nonexistent key: absent: missing value",
    ],
    [
      jsonPatch('[JSONPatch{op: "add", path: "/spec/absent", value: 1}]'),
      500,
      'Internal error occurred: strict decoding error: unknown field "spec.absent"',
    ],
  ];
  for (const [mutation, code, message] of rows) {
    await mutating('m', { matchConstraints: deployments, mutations: [mutation] });
    await assert.rejects(client.create(Deployment, deployment), { code, message });
    await client.deleteCollection(MutatingAdmissionPolicy);
    await client.deleteCollection(MutatingAdmissionPolicyBinding);
    await settle();
  }
});
