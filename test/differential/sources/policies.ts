import { type Random, seededRandom } from '../../../src/base/random.ts';
import { chance, pick, type Source, type Step } from '../scenario.ts';
import { ask, collectionOf, get, itemOf, patch, post, put, remove, storedKinds } from './kinds.ts';
import { changed, validVariant } from './objects.ts';

/** Admission by expressions (kubernetes.io: validating and mutating admission policy): policies of the scenario's own namespace, and objects that they judge. */
const api = '/apis/admissionregistration.k8s.io/v1';
const apiVersion = 'admissionregistration.k8s.io/v1';
const own = { namespaceSelector: { matchLabels: { scenario: '$NS' } } };
const judgedKinds = ['ConfigMap', 'ConfigMap', 'Deployment', 'Service', 'Pod', 'Secret', 'ServiceAccount'].map(
  (name) => storedKinds.find(({ kind }) => kind === name)!,
);

const conditions = [
  'object.metadata.name.size() < 4',
  "has(object.data) && 'a' in object.data",
  "!has(object.metadata.labels) || object.metadata.labels.all(k, k.startsWith('a') || k == 'scenario')",
  'oldObject == null || oldObject.metadata.uid == object.metadata.uid',
  "request.operation in ['CREATE', 'DELETE']",
  "request.name == 'one' || request.name == ''",
  "request.namespace == '$NS' && request.resource.resource != 'secrets'",
  "request.kind.kind == 'ConfigMap'",
  "request.subResource == '' || request.dryRun",
  "request.options.kind == 'CreateOptions'",
  "'system:masters' in request.userInfo.groups",
  'request.dryRun == true',
  'params == null',
  "params.data['max'] == '3'",
  'int(params.data.max) > size(object.metadata.name)',
  'params.metadata.labels.size() > 0',
  'variables.n > 3',
  'variables.names.exists(one, one == object.metadata.name)',
  'variables.missing == 1',
  "authorizer.group('').resource('pods').namespace('$NS').check('delete').allowed()",
  "authorizer.serviceAccount('$NS', 'default').group('').resource('pods').namespace('$NS').check('get').allowed()",
  "authorizer.requestResource.check('get').reason() == ''",
  "authorizer.path('/healthz').check('get').allowed()",
  "namespaceObject.metadata.labels['scenario'] == '$NS'",
  'namespaceObject.metadata.name.startsWith("d")',
  'object.spec.replicas <= 1',
  'has(object.spec.replicas) && object.spec.replicas > 100',
  'object.nothing == 1',
  'dyn(object).metadata.name == 1',
  "object.metadata.name.matches('^[a-z]+$')",
  "quantity(object.data.q).isLessThan(quantity('1Gi'))",
  '1 / 0 == 1',
  '[1, 2][5] == 1',
  "object.data.map(k, k).join(',') != ''",
  "sets.contains(['one', 'two'], [object.metadata.name])",
  "url('https://a.b/c').getHost() == 'a.b'",
  "ip('192.0.2.1').family() == 4",
  "cidr('192.0.2.0/24').containsIP('192.0.2.9')",
  "semver('1.2.3').isLessThan(semver('1.10.0'))",
  'format.dns1123Label().validate(object.metadata.name).hasValue()',
  'object.?metadata.?labels.orValue({}).size() > 1',
  "object.?data.a.orValue('') == 'b'",
  'object.spec.template.spec.containers.all(c, has(c.resources) && size(c.resources) == 0)',
  'type(object.metadata.name) == string',
  'timestamp(object.metadata.creationTimestamp) < timestamp("2030-01-01T00:00:00Z")',
  "object.metadata.labels['scenario'].split('d').size() == 2",
  'object.metadata.managedFields.size() == 1',
  'object.kind == "ConfigMap" && object.apiVersion == "v1"',
  'true',
  'false',
  'false || object.a.b.c == 1',
];
const brokenConditions = [
  '',
  '1',
  "'a'",
  'object.',
  'foo == 1',
  'size(1) == 1',
  'has(object)',
  'true &&',
  'object.x ? 1',
  '"a" + 1 == 1',
  '!1',
  'a(b)',
  ' ',
];
const condition = (random: Random): string => pick(random, chance(random, 0.06) ? brokenConditions : conditions);
const texts = [
  "'name is ' + object.metadata.name",
  "'of ' + string(variables.n)",
  'string(1 / 0)',
  "''",
  "' '",
  "'a\\nb'",
  'object.nothing',
  "params.data['max']",
  'request.operation',
  '"x".replace("x", "y")',
  "object.metadata.name == 'one' ? 'is one' : 'is not one'",
];
const text = (random: Random): string => pick(random, chance(random, 0.08) ? ['1', 'true', 'foo', '', "'a' +"] : texts);

const some = <T>(random: Random, most: number, make: (index: number) => T): T[] =>
  Array.from({ length: random.int(most + 1) }, (_, index) => make(index));
const maybe = (random: Random, share: number, value: object): object => (chance(random, share) ? value : {});

function rule(random: Random): object {
  return {
    apiGroups: pick(random, [['*'], ['', 'apps'], [''], ['apps']]),
    apiVersions: pick(random, [['*'], ['v1']]),
    operations: pick(random, [['*'], ['CREATE'], ['CREATE', 'UPDATE'], ['CREATE', 'UPDATE', 'DELETE'], ['DELETE']]),
    resources: pick(random, [
      ['*'],
      ['*/*'],
      ['configmaps', 'deployments'],
      ['configmaps', 'services', 'pods', 'secrets'],
      ['deployments/*', 'deployments'],
    ]),
    ...maybe(random, 0.1, { resourceNames: ['one'] }),
    // Namespaces select nothing of what is in none: others' objects are left alone.
    scope: chance(random, 0.02) ? 'x' : 'Namespaced',
  };
}
/** Nobody but the marker judges the probe. */
const probeRule = {
  apiGroups: ['coordination.k8s.io'],
  apiVersions: ['v1'],
  operations: ['*'],
  resources: ['leases'],
  scope: 'Namespaced',
};
const constraints = (random: Random): object => ({
  ...own,
  resourceRules: Array.from({ length: 1 + random.int(2) }, () => rule(random)),
  excludeResourceRules: [probeRule, ...(chance(random, 0.1) ? [rule(random)] : [])],
  ...maybe(random, 0.15, {
    objectSelector: pick<object>(random, [{ matchLabels: { tier: 'a' } }, { matchExpressions: [{ key: 'scenario', operator: 'Exists' }] }]),
  }),
  ...maybe(random, 0.15, { matchPolicy: pick(random, ['Exact', 'Equivalent', 'x']) }),
});
const variableExpressions = [
  'size(object.metadata.name)',
  "['one', 'two']",
  'variables.n + 1',
  'params.data',
  'object.spec.replicas',
  'object.?metadata.labels.orValue({})',
  '1 / 0',
  'foo',
  '{"a": 1}',
];
const paramKind = (random: Random): object =>
  maybe(random, 0.45, {
    paramKind: pick(random, [
      ...Array(6).fill({ apiVersion: 'v1', kind: 'ConfigMap' }),
      { apiVersion: 'v1', kind: 'Nothing' },
      { apiVersion: 'x/v1', kind: 'X' },
      { kind: 'ConfigMap' },
    ]) as object,
  });
const common = (random: Random): object => ({
  matchConstraints: constraints(random),
  ...paramKind(random),
  variables: some(random, 2, (index) => ({ name: ['n', 'names', 'm'][index], expression: pick(random, variableExpressions) })),
  matchConditions: some(random, 1, (index) => ({ name: `c${index}`, expression: condition(random) })),
  ...maybe(random, 0.4, { failurePolicy: pick(random, ['Fail', 'Ignore', 'Ignore', 'x']) }),
});
function validating(random: Random): object {
  const validation = () => ({
    expression: condition(random),
    ...maybe(random, 0.4, { message: pick(random, ['no', 'a long way home', 'a\nb', ' x']) }),
    ...maybe(random, 0.35, { messageExpression: text(random) }),
    ...maybe(random, 0.3, { reason: pick(random, ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge', 'NotFound', 'x']) }),
  });
  return {
    ...common(random),
    validations: Array.from({ length: chance(random, 0.05) ? 0 : 1 + random.int(3) }, validation),
    auditAnnotations: some(random, 1, (index) => ({ key: pick(random, [`k${index}`, `k${index}`, 'a b']), valueExpression: text(random) })),
  };
}
const configurations = [
  'Object{metadata: Object.metadata{labels: {"m": "1"}}}',
  'Object{metadata: Object.metadata{annotations: {"m": object.metadata.name}}}',
  'Object{data: {"x": object.metadata.name}}',
  'Object{spec: Object.spec{replicas: 3}}',
  'Object{spec: Object.spec{replicas: object.spec.replicas + 1}}',
  'Object{spec: Object.spec{template: Object.spec.template{metadata: Object.spec.template.metadata{labels: {"m": "1"}}}}}',
  'Object{spec: Object.spec{containers: [Object.spec.containers{name: "side", image: "x"}]}}',
  'Object{spec: Object.spec{type: "NodePort"}}',
  'object.kind == "Deployment" ? Object{spec: Object.spec{paused: true}} : Object{}',
  'Object{}',
  'Object{metadata: Object.metadata{name: "other"}}',
  'Object{metadata: Object.metadata{generateName: string(1 / 0)}}',
  'Object{unknown: 1}',
  'Object{spec: 1}',
  '1',
  'Object{metadata: Object.metadata{labels: variables.m}}',
];
const patches = [
  '[JSONPatch{op: "add", path: "/metadata/labels/j", value: "1"}]',
  '[JSONPatch{op: "add", path: "/metadata/annotations", value: {"a": object.metadata.name}}]',
  '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b~c"), value: "x"}]',
  '[JSONPatch{op: "remove", path: "/metadata/labels/nothing"}]',
  '[JSONPatch{op: "test", path: "/metadata/name", value: "one"}, JSONPatch{op: "add", path: "/metadata/labels/t", value: "one"}]',
  '[JSONPatch{op: "replace", path: "/spec/replicas", value: 2}]',
  '[JSONPatch{op: "copy", from: "/metadata/name", path: "/metadata/labels/copied"}]',
  '[JSONPatch{op: "move", from: "/metadata/labels", path: "/metadata/annotations"}]',
  '[JSONPatch{op: "add", path: "/spec/template/spec/containers/-", value: Object.spec.template.spec.containers{name: "side", image: "x"}}]',
  '[JSONPatch{op: "nothing", path: "/a"}]',
  '[JSONPatch{op: "add", path: "metadata", value: 1}]',
  'has(object.data) ? [JSONPatch{op: "add", path: "/data/p", value: "1"}] : []',
  '[]',
  'JSONPatch{}',
  '[1]',
];
function mutating(random: Random): object {
  const mutation = () =>
    chance(random, 0.5)
      ? { patchType: 'ApplyConfiguration', applyConfiguration: { expression: pick(random, configurations) } }
      : { patchType: chance(random, 0.05) ? 'x' : 'JSONPatch', jsonPatch: { expression: pick(random, patches) } };
  return {
    ...common(random),
    mutations: Array.from({ length: 1 + random.int(2) }, mutation),
    reinvocationPolicy: pick(random, ['Never', 'Never', 'IfNeeded', 'x'].slice(0, chance(random, 0.9) ? 3 : 4)),
  };
}

const paramRefs = [
  { name: 'max', namespace: '$NS', parameterNotFoundAction: 'Deny' },
  { name: 'max', parameterNotFoundAction: 'Allow' },
  { name: 'nothing', namespace: '$NS', parameterNotFoundAction: 'Deny' },
  { name: 'nothing', namespace: '$NS', parameterNotFoundAction: 'Allow' },
  { selector: { matchLabels: { scenario: '$NS', role: 'param' } }, parameterNotFoundAction: 'Deny' },
  { selector: { matchLabels: { role: 'none' } }, namespace: '$NS', parameterNotFoundAction: 'Deny' },
  { name: 'max', namespace: '$NS' },
];
const param = (name: string, max: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { scenario: '$NS', role: 'param' } },
  data: { max },
});

type Sort = 'Validating' | 'Mutating';
const plurals = { Validating: 'validatingadmissionpolicies', Mutating: 'mutatingadmissionpolicies' } as const;
const bindingPlurals = { Validating: 'validatingadmissionpolicybindings', Mutating: 'mutatingadmissionpolicybindings' } as const;
const markers = {
  Validating: { validations: [{ expression: 'false', message: 'ready' }] },
  Mutating: {
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "remove", path: "/nothing"}]' } }],
    reinvocationPolicy: 'Never',
  },
} as const;

/** A policy made later that refuses one object: once it does, those made before are known too, and the parameter that was made last. */
function untilKnown(sort: Sort, hasParams: boolean): Step[] {
  const name = '$NS-ready';
  const spec = {
    matchConstraints: { ...own, resourceRules: [probeRule] },
    failurePolicy: 'Fail',
    ...markers[sort],
    ...(hasParams ? { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } } : {}),
  };
  const paramRef = { name: 'max', namespace: '$NS', parameterNotFoundAction: 'Allow' };
  const actions = sort === 'Validating' ? { validationActions: ['Deny'] } : {};
  const probe = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'probe' } };
  return [
    post(`${api}/${plurals[sort]}`, { apiVersion, kind: `${sort}AdmissionPolicy`, metadata: { name }, spec }),
    post(`${api}/${bindingPlurals[sort]}`, {
      apiVersion,
      kind: `${sort}AdmissionPolicyBinding`,
      metadata: { name },
      spec: { policyName: name, ...actions, ...(hasParams ? { paramRef } : {}) },
    }),
    post('/apis/coordination.k8s.io/v1/namespaces/$NS/leases?dryRun=All', probe, { until: sort === 'Validating' ? 422 : 403 }),
  ];
}

function judged(random: Random): Step[] {
  const kind = pick(random, judgedKinds);
  const object = validVariant(random, kind, pick(random, ['one', 'two', 'another']));
  const item = itemOf(kind, object);
  const labelled = chance(random, 0.3)
    ? { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, tier: 'a' } } }
    : object;
  const steps: Step[] = [post(ask(collectionOf(kind), chance(random, 0.1) ? 'dryRun=All' : ''), labelled)];
  if (chance(random, 0.4)) steps.push(put(item, chance(random, 0.5) ? labelled : changed(random, kind, labelled, 1)));
  if (chance(random, 0.4)) steps.push(patch('merge', item, { metadata: { annotations: { a: 'b' } } }));
  if (chance(random, 0.3)) steps.push(patch('apply', ask(item, 'fieldManager=me', 'force=true'), labelled));
  if (kind.scale !== undefined && chance(random, 0.6)) steps.push(patch('merge', `${item}/scale`, { spec: { replicas: 2 } }));
  steps.push(get(item));
  if (chance(random, 0.4)) steps.push(remove(item));
  return steps;
}

function steps(random: Random): Step[] {
  const sort = pick(random, ['Validating', 'Validating', 'Mutating'] as const);
  const name = '$NS-policy';
  const policy = {
    apiVersion,
    kind: `${sort}AdmissionPolicy`,
    metadata: { name },
    spec: sort === 'Validating' ? validating(random) : mutating(random),
  };
  const hasParams = 'paramKind' in policy.spec;
  const actions = pick(random, [['Deny'], ['Deny'], ['Warn'], ['Deny', 'Audit'], ['Warn', 'Audit'], ['Audit'], ['Deny', 'Warn'], []]);
  const binding = {
    apiVersion,
    kind: `${sort}AdmissionPolicyBinding`,
    metadata: { name },
    spec: {
      policyName: chance(random, 0.03) ? 'nothing' : name,
      ...(sort === 'Validating' ? { validationActions: actions } : {}),
      ...maybe(random, hasParams ? 0.9 : 0.05, { paramRef: pick(random, paramRefs) }),
      ...maybe(random, 0.15, {
        matchResources: pick<object>(random, [
          { objectSelector: { matchLabels: { tier: 'a' } } },
          { namespaceSelector: {} },
          constraints(random),
        ]),
      }),
    },
  };
  const [policyItem, bindingItem] = [`${api}/${plurals[sort]}/${name}`, `${api}/${bindingPlurals[sort]}/${name}`];
  return [
    ...(hasParams
      ? [post('/api/v1/namespaces/$NS/configmaps', param('min', 'x')), post('/api/v1/namespaces/$NS/configmaps', param('max', '3'))]
      : []),
    post(`${api}/${plurals[sort]}`, policy, { label: 'policy' }),
    post(`${api}/${bindingPlurals[sort]}`, binding, { label: 'binding', needs: 'policy' }),
    ...untilKnown(sort, hasParams).map((step, index) => (index === 0 ? { ...step, needs: 'binding' } : step)),
    ...Array.from({ length: 3 }, () => judged(random)).flat(),
    get(policyItem),
    // What waits for parameters stays: with the last policy of a kind of parameters, upstream stops to follow them, and is slow to begin again.
    ...[
      bindingItem,
      policyItem,
      ...(hasParams ? [] : [`${api}/${bindingPlurals[sort]}/$NS-ready`, `${api}/${plurals[sort]}/$NS-ready`]),
    ].map((item) => remove(item)),
  ];
}
/** A policy that stays would judge what others ask. */
const after: readonly Step[] = (['Validating', 'Mutating'] as const).flatMap((sort) =>
  [bindingPlurals[sort], plurals[sort]].map((plural) => remove(`${api}/${plural}/$NS-policy`)),
);

export const policies: Source = {
  name: 'policies',
  scenario(seed) {
    const random = seededRandom(seed);
    return { name: `policies ${seed}`, steps: steps(random), after };
  },
};
