/** Environments and programs as others use them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Shape, bytes, int32, intOrString, list, map, object, opt, quantity, recursive, shape, string, time } from '../api/schema.ts';
import {
  type AuthorizationRequest,
  CelError,
  LazyMap,
  type Program,
  authorizerType,
  authorizerValue,
  environment,
  escapeIdentifier,
  jsonPatchLibrary,
  jsonPatchType,
  misplacedObjects,
  mutationTypes,
  objectType,
  requestResourceValue,
  resourceCheckType,
  sameType,
  schemaType,
  schemaValue,
  shapeType,
  toJson,
  types as t,
  typeText,
  unescapeIdentifier,
} from './index.ts';

type Options = Parameters<typeof environment>[0];
function compiled(expression: string, options: Options = {}): Program {
  const { program, failure } = environment(options).compile(expression);
  assert.equal(failure?.text, undefined);
  return program!;
}
const failure = (expression: string, options: Options = {}) => environment(options).compile(expression).failure;

test('issues tell where they are', () => {
  const found = failure("'é😀' == foo &&\n  bar");
  assert.deepEqual(found?.issues, [
    { message: "undeclared reference to 'foo' (in container '')", line: 1, column: 8 },
    { message: "undeclared reference to 'bar' (in container '')", line: 2, column: 2 },
  ]);
  assert.equal(
    found?.text,
    `ERROR: <input>:1:9: undeclared reference to 'foo' (in container '')
 | 'é😀' == foo &&
 | .．．.....^
ERROR: <input>:2:3: undeclared reference to 'bar' (in container '')
 |   bar
 | ..^`,
  );
});

test('programs tell their type and what they read', () => {
  const program = compiled('a.map(x, x + c)', { variables: { a: t.list(t.int), b: t.int, c: t.int } });
  assert.equal(typeText(program.outputType), 'list(int)');
  assert.ok(sameType(program.outputType, t.list(t.int)));
  assert.deepEqual([...program.references].sort(), ['a', 'c']);
  const { value } = program.evaluate({ a: [1, 2], c: 10 });
  assert.deepEqual(toJson(value!), [11, 12]);
});

test('variables are bound when they are read', () => {
  let calls = 0;
  const variables = { a: t.dyn, b: t.dyn, m: t.dyn };
  const bindings = {
    a: true,
    b: () => {
      calls++;
      return 1;
    },
  };
  assert.equal(compiled('a || b == 1', { variables }).evaluate(bindings).value, true);
  assert.equal(calls, 0);
  assert.equal(compiled('b == 1', { variables }).evaluate(bindings).value, true);
  assert.equal(calls, 1);
  assert.deepEqual(compiled('m', { variables }).evaluate(bindings).error, { message: 'no such attribute(s): m', kind: 'value' });
  const lazy = new LazyMap({ x: () => 5 });
  assert.equal(compiled('m.x + 1', { variables }).evaluate({ m: lazy }).value, 6);
});

test('limits end evaluations', () => {
  const program = compiled('a.all(x, a.all(y, x + y >= 0))', { variables: { a: t.list(t.int) } });
  const a = Array.from({ length: 200 }, (_, index) => index);
  assert.equal(program.evaluate({ a }).value, true);
  const limited = program.evaluate({ a }, { costLimit: 1000 });
  assert.deepEqual(limited.error, { message: 'operation cancelled: actual cost limit exceeded', kind: 'costLimit' });
  let asked = 0;
  const interrupted = program.evaluate({ a }, { interrupted: () => ++asked > 10 });
  assert.deepEqual(interrupted.error, { message: 'operation interrupted', kind: 'interrupted' });
  assert.equal(asked, 11);
});

test('new expressions have the libraries of the version they must run on', () => {
  const versions = ['1.27', '1.28', '1.29', '1.30', '1.31', '1.32', '1.33', '1.34', '1.35'];
  const since = (expression: string) =>
    versions.find((version) => failure(expression, { kind: 'new', compatibilityVersion: version }) === undefined);
  const table: Readonly<Record<string, string>> = {
    "url('/a').getHost() == ''": '1.27',
    "quantity('1') == quantity('1')": '1.28',
    'optional.of(1).hasValue()': '1.28',
    'sets.contains([1], [1])': '1.29',
    "strings.quote('a') == 'a'": '1.29',
    "ip('::1').family() == 6": '1.30',
    "format.uuid().validate('a').hasValue()": '1.31',
    '[1].all(i, v, i < v)': '1.32',
    "semver('1.2.3').major() == 1": '1.33',
    '[3, 1].sort() == [1, 3]': '1.34',
  };
  for (const [expression, version] of Object.entries(table)) assert.equal(since(expression), version, expression);
  for (const expression of Object.keys(table)) assert.equal(failure(expression, { kind: 'stored' }), undefined);
  assert.match(failure('math.greatest(1, 2) == 2')!.text, /undeclared reference to 'math'/);
});

test('the authorizer is asked, at once or later', async () => {
  const asked: AuthorizationRequest[] = [];
  const decide = (request: AuthorizationRequest) => {
    asked.push(request);
    return request.verb === 'fail' ? { allowed: false, reason: '', error: 'down' } : { allowed: request.name === 'web', reason: 'told so' };
  };
  const variables = { authorizer: authorizerType, 'authorizer.requestResource': resourceCheckType };
  const expression = `authorizer.group('apps').resource('deployments').namespace('ns').name('web').check('get').allowed()
    && authorizer.requestResource.check('update').reason() == 'told so'
    && authorizer.path('/healthz').check('fail').error() == 'down'
    && !authorizer.serviceAccount('ns', 'sa').path('/a').check('get').allowed()
    && authorizer.group('apps').resource('deployments').namespace('ns').name('web').check('get').allowed()`;
  const program = compiled(expression, { variables });
  const resource = { group: '', resource: 'pods', subresource: 'status', namespace: 'ns', name: 'web' };
  const bindings = (authorizer: ReturnType<typeof authorizerValue>) => ({
    authorizer,
    'authorizer.requestResource': requestResourceValue(authorizer, resource),
  });
  const limits = { costLimit: 10_000_000 };
  const now = program.evaluate(bindings(authorizerValue(decide)), limits);
  assert.equal(now.value, true);
  assert.deepEqual(asked.splice(0), [
    { group: 'apps', resource: 'deployments', namespace: 'ns', name: 'web', verb: 'get' },
    { ...resource, verb: 'update' },
    { path: '/healthz', verb: 'fail' },
    { serviceAccount: { namespace: 'ns', name: 'sa' }, path: '/a', verb: 'get' },
  ]);
  const later = await program.evaluateAsync(bindings(authorizerValue(async (request) => decide(request))), limits);
  assert.deepEqual(later, now);
  assert.equal(asked.length, 4);
  await assert.rejects(program.evaluateAsync(bindings(authorizerValue(async () => assert.fail('gone')))), /gone/);
  const invalid = compiled("authorizer.serviceAccount('ns', 'A').path('/a').check('get').allowed()", { variables });
  assert.equal(invalid.evaluate({ authorizer: authorizerValue(decide) }).error?.message, 'Invalid service account name');
});

test('mutating policies construct objects and patches', () => {
  const options = { typeResolver: mutationTypes, libraries: [jsonPatchLibrary] };
  const whole = compiled("Object{spec: Object.spec{replicas: 1, items: [Object.spec.items{name: 'a'}]}}", options);
  assert.ok(sameType(whole.outputType, objectType));
  const { value } = whole.evaluate({});
  assert.deepEqual(toJson(value!), { spec: { replicas: 1, items: [{ name: 'a' }] } });
  assert.deepEqual(misplacedObjects(value!), []);
  assert.deepEqual(misplacedObjects(compiled('Object{spec: Object.status{}}', options).evaluate({}).value!), [
    'unexpected type name "Object.status", expected "Object.spec", which matches field name path from root Object type',
  ]);
  const patches = compiled("[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b~'), value: {'x': 1}}]", options);
  assert.ok(sameType(patches.outputType, t.list(jsonPatchType)));
  assert.deepEqual(toJson(patches.evaluate({}).value!), [{ op: 'add', path: '/metadata/labels/a~1b~0', value: { x: 1 } }]);
});

test('shapes of kinds are types', () => {
  const tree: Shape = shape('Tree', { name: string(1), child: opt(recursive(2, () => tree)) });
  const thing = shape('Thing', {
    name: string(1),
    count: opt(int32(2)),
    port: opt(intOrString(3)),
    blob: opt(bytes(4)),
    at: opt(time(5)),
    size: opt(quantity(6)),
    labels: opt(map(7, string(0))),
    parts: opt(list(8, object(0, shape('Part', { 'dash-ed': string(1) })))),
    tree: opt(object(9, tree)),
  });
  const variables = { object: shapeType(thing, 'Thing') };
  const typeOf = (expression: string) => typeText(compiled(expression, { variables }).outputType);
  assert.deepEqual(['object', 'object.count', 'object.port', 'object.blob', 'object.at', 'object.labels', 'object.parts[0]'].map(typeOf), [
    'Thing',
    'int',
    'dyn',
    'bytes',
    'google.protobuf.Timestamp',
    'map(string, string)',
    'Thing.parts.@idx',
  ]);
  assert.equal(typeOf('object.parts[0].dash__dash__ed'), 'string');
  assert.equal(typeOf('object.tree.name'), 'string');
  for (const [expression, field] of [
    ['object.nam', 'nam'],
    ['object.tree.child.name', 'name'],
    ['object.size', 'size'],
  ] as const) {
    assert.match(failure(expression, { variables })!.text, new RegExp(`undefined field '${field}'`), expression);
  }
});

test('values keep what their schema says', () => {
  const schema = {
    type: 'object',
    properties: {
      set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      at: { type: 'string', format: 'date-time' },
      ttl: { type: 'string', format: 'duration' },
      port: { 'x-kubernetes-int-or-string': true },
      ratios: { type: 'array', items: { type: 'number' } },
    },
  };
  const options = { variables: { self: schemaType(schema, false)!, oldSelf: schemaType(schema, false)! } };
  const json = { set: ['a', 'b'], at: '2024-01-01T00:00:00Z', ttl: '90s', port: 'http', ratios: [1, 2.5] };
  const run = (expression: string, self: unknown = json) =>
    compiled(expression, options).evaluate({ self: schemaValue(self, schema), oldSelf: schemaValue({ ...json, set: ['b', 'a'] }, schema) });
  assert.equal(run('self.set == oldSelf.set && self.at < self.at + self.ttl && self.port == "http"').value, true);
  assert.deepEqual(toJson(run("self.set + ['b', 'c']").value!), ['a', 'b', 'c']);
  assert.deepEqual(toJson(run('self.ratios + [3.5, 4.0]').value!), [1, 2.5, 3.5, 4]);
  assert.deepEqual(toJson(run('self').value!), json);
  assert.equal(run('self.ttl', { ttl: 'long' }).error?.message, 'Invalid duration long: unable to parse long as duration');
  assert.equal(run('self.set', { set: 'a' }).error?.message, 'invalid data, expected an array for the provided schema with type=array');
  assert.ok(schemaValue(1, { type: 'string' }) instanceof CelError);
});

test('estimates know bounds of schemas', () => {
  const schema = (bounds: { maxItems?: number; maxLength?: number }) => ({
    type: 'object',
    properties: { list: { type: 'array', ...bounds, items: { type: 'string', ...bounds } } },
  });
  const estimate = (bounds: object) =>
    compiled("self.list.all(x, x.contains('abc'))", { variables: { self: schemaType(schema(bounds))! } }).estimateCost();
  assert.deepEqual(estimate({ maxItems: 10, maxLength: 20 }), { min: 3, max: 123 });
  const unbounded = estimate({});
  assert.ok(unbounded.max > 10_000_000);
});

test('identifiers are escaped and back', () => {
  const table = { a: 'a', 'a-b': 'a__dash__b', 'a.b/c': 'a__dot__b__slash__c', a__b: 'a__underscores__b', if: '__if__', self: 'self' };
  for (const [name, escaped] of Object.entries(table)) {
    assert.equal(escapeIdentifier(name), escaped);
    assert.equal(unescapeIdentifier(escaped), name);
  }
  assert.equal(escapeIdentifier('1a'), undefined);
  assert.equal(escapeIdentifier('a b'), undefined);
  assert.equal(unescapeIdentifier('a__what__b'), undefined);
});
