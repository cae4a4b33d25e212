import { type Random, seededRandom } from '../../../src/base/random.ts';
import { chance, type Edit, pick, type Source, type Step } from '../scenario.ts';
import { ask, get, json, partialListHeaders, patch, post, protobufHeaders, put, remove, tableHeaders } from './kinds.ts';
import { editsBetween } from './values.ts';

const names = ['a', 'b', 'name', 'size', 'list', 'deep', 'x-y', 'self', 'in'];
const stringFormats = [
  'date-time',
  'date',
  'email',
  'ipv4',
  'ipv6',
  'cidr',
  'uri',
  'hostname',
  'uuid',
  'byte',
  'duration',
  'mac',
  'nothing',
  'bsonobjectid',
  'isbn',
  'creditcard',
  'rgbcolor',
  'k8s-short-name',
  'k8s-long-name',
  'password',
  'uuid4',
  'ssn',
];
const patterns = ['^[a-z]+$', '^a{2,3}$', '(', '\\d', '^(?i)a$', '.*', 'a|b'];
const rules: Readonly<Record<string, readonly string[]>> = {
  string: [
    'self.size() < 5',
    'self != "bad"',
    'self.startsWith("a")',
    'self == oldSelf',
    'self.matches("^[a-z]*$")',
    'self',
    'self > 1',
    'self in ["a", "b"]',
    'self.lowerAscii() == self',
    'isURL(self) || size(self) < 9',
    'self.split("").all(c, c != "x")',
    'self.find("[0-9]+") == ""',
    'isQuantity(self)',
    'quantity(self).isGreaterThan(quantity("1"))',
    'self.format()',
    'ip.isCanonical(self)',
    'duration(self) > duration("1s")',
    'self.replace("a", "b") != "b"',
    '!format.dns1123Label().validate(self).hasValue()',
  ],
  integer: [
    'self > 0',
    'self % 2 == 0',
    'self / 0 == 1',
    'self >= oldSelf',
    'self + 9223372036854775807 > 0',
    'self < "a"',
    'self == 5.0',
    'type(self) == int',
    'double(self) > 0.5',
  ],
  number: ['self > 0.5', 'self < 10.0', 'self == oldSelf', 'self > 1', 'math.greatest(self, 2.0) > 1.0'],
  boolean: ['self', '!self', 'self || true', 'self == oldSelf', 'self ? true : false'],
  object: [
    'true',
    'false',
    'has(self.a)',
    '!has(self.a) || self.a != null',
    'self == oldSelf',
    'self.nothing',
    'has(self.b) && has(self.name)',
    'self.size() < 2',
    'self.all(k, k != "bad")',
    'oldSelf.hasValue()',
    'size(self.list) < 3',
    'self.__in__ != "x"',
    'self.x__dash__y == "a"',
    'has(self.metadata)',
    'self.a.b.c',
    'self.?a.orValue("") != "bad"',
  ],
  array: [
    'self.size() < 3',
    'self.all(x, x != "bad")',
    'self.exists(x, x == 1)',
    'self.isSorted()',
    'self.sum() < 5',
    'self == oldSelf',
    'self.all(x, self.exists_one(y, x == y))',
    'self.indexOf("a") >= 0',
    'self.map(x, x).size() > 0',
    'self[0] == self[1]',
    'sets.contains(self, ["a"])',
    'self.filter(x, x > 0).size() > 0',
  ],
  any: ['self == 1', 'true', 'type(self) == string'],
};
const messages = ['', 'no', 'a\nb', ' ', 'x'.repeat(2049)];

function validationsOf(random: Random, type: string): object[] {
  return Array.from({ length: pick(random, [1, 1, 2]) }, () => ({
    rule: pick(random, rules[type] ?? rules.any!),
    ...(chance(random, 0.3) ? { message: pick(random, messages) } : {}),
    ...(chance(random, 0.15)
      ? { messageExpression: pick(random, ['"bad: " + string(self)', '"x"', '1', 'self', '""', '"a" + "b"', 'self.nothing']) }
      : {}),
    ...(chance(random, 0.15)
      ? { reason: pick(random, ['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate', 'x']) }
      : {}),
    ...(chance(random, 0.12) ? { fieldPath: pick(random, ['.a', '.b', '.nothing', 'a', '.a.b', "['a']", '.list[0]', '']) } : {}),
    ...(chance(random, 0.1) ? { optionalOldSelf: chance(random, 0.7) } : {}),
  }));
}

/** A structural schema. */
function schemaOf(random: Random, depth: number): any {
  const type = pick(
    random,
    depth <= 0
      ? ['string', 'integer', 'number', 'boolean']
      : ['string', 'integer', 'number', 'boolean', 'object', 'object', 'array', 'array', 'int-or-string', 'map'],
  );
  const rule = (of: string) => (chance(random, 0.18) ? { 'x-kubernetes-validations': validationsOf(random, of) } : {});
  const nullable = chance(random, 0.12) ? { nullable: true } : {};
  switch (type) {
    case 'int-or-string':
      return {
        'x-kubernetes-int-or-string': true,
        ...(chance(random, 0.3) ? { anyOf: [{ type: 'integer' }, { type: 'string' }] } : {}),
        ...(chance(random, 0.2) ? { pattern: '^[0-9]+%$' } : {}),
        ...nullable,
      };
    case 'object':
      return { ...objectSchema(random, depth), ...rule('object'), ...nullable };
    case 'map':
      return {
        type: 'object',
        additionalProperties: schemaOf(random, depth - 1),
        ...(chance(random, 0.3) ? { maxProperties: 2 } : {}),
        ...(chance(random, 0.15) ? { minProperties: 1 } : {}),
        ...(chance(random, 0.2) ? { 'x-kubernetes-map-type': pick(random, ['granular', 'atomic']) } : {}),
        ...rule('object'),
        ...nullable,
      };
    case 'array':
      return { ...arraySchema(random, depth), ...rule('array'), ...nullable };
    case 'string':
      return {
        type,
        ...(chance(random, 0.2) ? { maxLength: pick(random, [1, 3, 10]) } : {}),
        ...(chance(random, 0.1) ? { minLength: 1 } : {}),
        ...(chance(random, 0.12) ? { pattern: pick(random, patterns) } : {}),
        ...(chance(random, 0.2) ? { format: pick(random, stringFormats) } : {}),
        ...(chance(random, 0.15) ? { enum: ['a', 'b'] } : {}),
        ...(chance(random, 0.25) ? { default: pick(random, ['a', '', 'toolong-for-it']) } : {}),
        ...rule('string'),
        ...nullable,
      };
    case 'integer':
    case 'number':
      return {
        type,
        ...(chance(random, 0.2) ? { minimum: pick(random, [0, 1, -1.5]), ...(chance(random, 0.3) ? { exclusiveMinimum: true } : {}) } : {}),
        ...(chance(random, 0.2)
          ? { maximum: pick(random, [10, 100, 5.5]), ...(chance(random, 0.3) ? { exclusiveMaximum: true } : {}) }
          : {}),
        ...(chance(random, 0.1) ? { multipleOf: pick(random, [2, 0.5, 3]) } : {}),
        ...(chance(random, 0.15) ? { format: pick(random, ['int32', 'int64', 'float', 'double', 'x']) } : {}),
        ...(chance(random, 0.1) ? { enum: [1, 2, 3] } : {}),
        ...(chance(random, 0.2) ? { default: pick(random, [1, 0, 200]) } : {}),
        ...rule(type),
        ...nullable,
      };
    default:
      return { type, ...(chance(random, 0.2) ? { default: true } : {}), ...rule('boolean'), ...nullable };
  }
}
function objectSchema(random: Random, depth: number): any {
  const properties: Record<string, unknown> = {};
  for (let count = pick(random, [1, 2, 3, 4]); count > 0; count--) properties[pick(random, names)] = schemaOf(random, depth - 1);
  const known = Object.keys(properties);
  return {
    type: 'object',
    properties,
    ...(chance(random, 0.25) ? { required: [pick(random, known)] } : {}),
    ...(chance(random, 0.12) ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    ...(chance(random, 0.08) ? { default: {} } : {}),
    ...(chance(random, 0.08) ? { 'x-kubernetes-map-type': pick(random, ['atomic', 'granular']) } : {}),
    ...(chance(random, 0.06) ? { anyOf: [{ required: [known[0]] }, { required: ['b'] }] } : {}),
    ...(chance(random, 0.05) ? { oneOf: [{ properties: { [known[0]!]: { enum: ['a'] } } }, { required: ['size'] }] } : {}),
    ...(chance(random, 0.04) ? { not: { required: ['list'] } } : {}),
  };
}
function arraySchema(random: Random, depth: number): any {
  const limits = { ...(chance(random, 0.3) ? { maxItems: pick(random, [2, 5]) } : {}), ...(chance(random, 0.12) ? { minItems: 1 } : {}) };
  const what = random.next();
  if (what < 0.3) return { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': pick(random, ['set', 'atomic']), ...limits };
  if (what < 0.6) {
    const items = {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        port: { type: 'integer', ...(chance(random, 0.4) ? { default: 80 } : {}) },
        ...(chance(random, 0.5) ? { a: schemaOf(random, depth - 2) } : {}),
      },
    };
    return {
      type: 'array',
      items,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': chance(random, 0.3) ? ['name', 'port'] : ['name'],
      ...limits,
    };
  }
  return { type: 'array', items: schemaOf(random, depth - 1), ...limits };
}

const oddSchemaParts: readonly object[] = [
  { type: 'x' },
  { type: '' },
  { type: ['string'] },
  { $ref: '#/a' },
  { items: [{ type: 'string' }] },
  { additionalProperties: false },
  { additionalProperties: true },
  { uniqueItems: true },
  { uniqueItems: false },
  { 'x-kubernetes-list-type': 'map' },
  { 'x-kubernetes-list-map-keys': ['a'] },
  { 'x-kubernetes-list-type': 'x' },
  { 'x-kubernetes-map-type': 'x' },
  { 'x-kubernetes-preserve-unknown-fields': false },
  { 'x-kubernetes-embedded-resource': true },
  { 'x-kubernetes-int-or-string': true },
  { default: null },
  { default: { a: 1 } },
  { definitions: {} },
  { patternProperties: { a: {} } },
  { dependencies: { a: ['b'] } },
  { additionalItems: true },
  { id: 'x' },
  { $schema: 'x' },
  { externalDocs: { url: 'x' } },
  { example: 1 },
  { title: 't', description: 'd' },
  { allOf: [{ type: 'string' }] },
  { allOf: [{ description: 'x' }] },
  { anyOf: [{ properties: { z: { type: 'string' } } }] },
  { not: { default: 1 } },
  { oneOf: [{ nullable: true }] },
  { enum: [] },
  { enum: ['a', 'a'] },
  { required: ['a', 'a'] },
  { required: [] },
  { minimum: 5, maximum: 1 },
  { maxLength: -1 },
  { multipleOf: 0 },
  { pattern: '(' },
  { format: 'x' },
  { nullable: true, enum: ['a'] },
  { properties: { metadata: { type: 'object', properties: { name: { type: 'string', pattern: 'a' }, labels: { type: 'object' } } } } },
  { properties: { kind: { type: 'integer' } } },
  { properties: { '': { type: 'string' } } },
  { properties: { a: {} } },
  { properties: { a: null } },
  { unknown: 1 },
];
/** A schema that has something odd somewhere. */
function withOdd(random: Random, given: any): any {
  const schema = given ?? {};
  const down: ((value: any) => any)[] = [];
  for (const [name, part] of Object.entries(schema.properties ?? {}))
    down.push(() => ({ ...schema, properties: { ...schema.properties, [name]: withOdd(random, part) } }));
  if (schema.items && !Array.isArray(schema.items)) down.push(() => ({ ...schema, items: withOdd(random, schema.items) }));
  if (typeof schema.additionalProperties === 'object')
    down.push(() => ({ ...schema, additionalProperties: withOdd(random, schema.additionalProperties) }));
  if (down.length > 0 && chance(random, 0.7)) return pick(random, down)(schema);
  return { ...schema, ...pick(random, oddSchemaParts) };
}

const strings = [
  'a',
  'b',
  'bad',
  '',
  'abcdefghijklmnop',
  '1',
  '50%',
  '192.0.2.1',
  '2026-01-02',
  '2026-01-02T15:04:05Z',
  'a@example.com',
  '11111111-1111-1111-1111-111111111111',
  '1m',
  'ü',
  'AAEC',
  'http://a/b',
  '::1',
  '10.0.0.0/8',
  'A b',
];
const anything: readonly unknown[] = [
  null,
  true,
  1,
  '<raw 1.5>',
  'x',
  [],
  {},
  [1],
  { a: 'b' },
  '<raw 1e3>',
  '<raw 9223372036854775808>',
  '<raw 1.0>',
  -1,
];
/** A value of a schema, mostly a valid one. */
function valueOf(random: Random, schema: any): unknown {
  if (chance(random, 0.06)) return pick(random, anything);
  if (schema.nullable && chance(random, 0.3)) return null;
  if (schema['x-kubernetes-int-or-string']) return pick<unknown>(random, [1, 'a', '5%', '<raw 1.5>', 0]);
  switch (schema.type) {
    case 'string':
      return schema.enum && chance(random, 0.7) ? pick(random, schema.enum) : pick(random, strings);
    case 'integer':
      return pick<unknown>(random, [0, 1, 2, 3, 5, 11, -1, '<raw 1.0>', 4294967296, '<raw 1e2>']);
    case 'number':
      return pick<unknown>(random, [0, 1, '<raw 1.5>', '<raw 2.50>', -3, '<raw 1e100>', '<raw 1e21>', '<raw 0.000001>', '<raw 1E-7>']);
    case 'boolean':
      return chance(random, 0.5);
    case 'array':
      return Array.from({ length: pick(random, [0, 1, 1, 2, 3]) }, () => valueOf(random, schema.items ?? {}));
    case 'object': {
      const value: Record<string, unknown> = {};
      for (const [name, part] of Object.entries<any>(schema.properties ?? {}))
        if (chance(random, schema.required?.includes(name) ? 0.93 : 0.6)) value[name] = valueOf(random, part);
      if (typeof schema.additionalProperties === 'object')
        for (let count = pick(random, [0, 1, 2, 3]); count > 0; count--)
          value[pick(random, ['k', 'l', 'm', 'bad'])] = valueOf(random, schema.additionalProperties);
      if (chance(random, 0.12)) value[pick(random, ['unknown', 'z'])] = pick(random, anything);
      return value;
    }
    default:
      return pick(random, anything);
  }
}

function definition(random: Random, schema: any, more: object = {}): any {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.$NS.example.com', labels: { scenario: '$NS' } },
    spec: {
      group: '$NS.example.com',
      scope: 'Namespaced',
      names: {
        plural: 'things',
        kind: 'Thing',
        ...(chance(random, 0.3) ? { shortNames: ['th$NS'], singular: 'thing', listKind: 'Things' } : {}),
      },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more }],
    },
  };
}
const rootSchema = (random: Random): any => ({
  type: 'object',
  properties: {
    spec: objectSchema(random, 3),
    ...(chance(random, 0.6) ? { status: objectSchema(random, 2) } : {}),
    ...(chance(random, 0.1) ? { metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 8 } } } } : {}),
  },
  ...(chance(random, 0.1) ? { 'x-kubernetes-validations': validationsOf(random, 'object') } : {}),
  ...(chance(random, 0.08) ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
});

const oddDefinitions: readonly (readonly Edit[])[] = [
  [{ path: ['spec', 'scope'], value: 'x' }],
  [{ path: ['spec', 'group'], value: 'x.example.com' }],
  [{ path: ['metadata', 'name'], value: 'x.$NS.example.com' }],
  [{ path: ['spec', 'names', 'plural'], value: 'Things' }],
  [{ path: ['spec', 'names', 'kind'] }],
  [{ path: ['spec', 'versions', 0, 'storage'], value: false }],
  [{ path: ['spec', 'versions', 0, 'served'] }],
  [{ path: ['spec', 'versions', 0, 'name'], value: 'V1' }],
  [{ path: ['spec', 'versions', 0, 'schema'] }],
  [{ path: ['spec', 'versions', 1], value: { name: 'v1', served: true, storage: false } }],
  [
    {
      path: ['spec', 'versions', 1],
      value: { name: 'v2beta1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
    },
  ],
  [{ path: ['spec', 'versions'], value: [] }],
  [{ path: ['spec', 'conversion'], value: { strategy: 'Webhook' } }],
  [{ path: ['spec', 'conversion'], value: { strategy: 'x' } }],
  [
    {
      path: ['spec', 'conversion'],
      value: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://127.0.0.1/x' } } },
    },
  ],
  [{ path: ['spec', 'conversion'], value: { strategy: 'None', webhook: { conversionReviewVersions: [] } } }],
  [{ path: ['spec', 'preserveUnknownFields'], value: true }],
  [{ path: ['spec', 'names', 'shortNames'], value: ['A', 'a b'] }],
  [{ path: ['spec', 'names', 'categories'], value: ['All', ''] }],
  [{ path: ['spec', 'versions', 0, 'deprecated'], value: true }],
  [{ path: ['spec', 'versions', 0, 'deprecationWarning'], value: 'x' }],
  [
    {
      path: ['spec', 'versions', 0, 'additionalPrinterColumns'],
      value: [
        { name: 'A', type: 'x', jsonPath: 'a' },
        { name: '', type: 'date', jsonPath: '.spec.a', format: 'x', priority: -1 },
      ],
    },
  ],
  [
    {
      path: ['spec', 'versions', 0, 'selectableFields'],
      value: [{ jsonPath: '.spec.a' }, { jsonPath: '.spec.a' }, { jsonPath: '.spec.list[0]' }, { jsonPath: '.metadata.name' }],
    },
  ],
  [
    {
      path: ['spec', 'versions', 0, 'subresources'],
      value: { scale: { specReplicasPath: '.a', statusReplicasPath: '.spec.b', labelSelectorPath: '.x' } },
    },
  ],
  [{ path: ['spec', 'versions', 0, 'subresources'], value: { status: {}, scale: {} } }],
  [{ path: ['metadata', 'annotations'], value: { 'api-approved.kubernetes.io': 'x' } }],
  [
    { path: ['spec', 'group'], value: 'example.k8s.io' },
    { path: ['metadata', 'name'], value: 'things.example.k8s.io' },
  ],
  [{ path: ['status'], value: { storedVersions: ['v9'], conditions: [] } }],
];
/** CustomResourceDefinitions with schemas and rules of every form, tried only. */
export const definitions: Source = {
  name: 'definitions',
  scenario(seed) {
    const random = seededRandom(seed);
    const steps = Array.from({ length: 5 }, (): Step => {
      let schema = rootSchema(random);
      while (chance(random, 0.4)) schema = withOdd(random, schema);
      const value = definition(random, schema);
      const edits = chance(random, 0.3) ? pick(random, oddDefinitions) : [];
      return {
        method: 'POST',
        path: ask(
          '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
          'dryRun=All',
          pick(random, ['', '', 'fieldValidation=Strict', 'fieldValidation=Ignore']),
        ),
        body: {
          from: 'nothing',
          edits: [
            { path: ['apiVersion'], value: value.apiVersion },
            ...['kind', 'metadata', 'spec'].map((key) => ({ path: [key], value: structuredClone(value[key]) })),
            ...edits,
          ],
        },
      };
    });
    return { name: `definitions ${seed}`, steps };
  },
};

const apiVersion = '$NS.example.com/v1';
const collection = '/apis/$NS.example.com/v1/namespaces/$NS/things';
/** Objects of a definition that was just made: created, updated, patched, applied, listed. */
export const custom: Source = {
  name: 'custom',
  scenario(seed) {
    const random = seededRandom(seed);
    const schema = rootSchema(random);
    const object = (name: string) => ({
      apiVersion,
      kind: 'Thing',
      metadata: { name, labels: { scenario: '$NS' } },
      ...(valueOf(random, schema) as object),
    });
    const validation = () => pick(random, ['', '', 'fieldValidation=Strict', 'fieldValidation=Ignore', 'fieldValidation=Warn']);
    const crd = definition(random, schema, {
      ...(chance(random, 0.6) ? { subresources: { status: {} } } : {}),
      ...(chance(random, 0.5)
        ? {
            additionalPrinterColumns: [
              {
                name: 'A',
                type: pick(random, ['string', 'integer', 'date', 'boolean', 'number']),
                jsonPath: pick(random, [
                  '.spec.a',
                  '.spec.list',
                  '.spec.deep.a',
                  '.metadata.creationTimestamp',
                  '.spec.list[0]',
                  '.spec.list[*].name',
                  '.status.a',
                ]),
              },
            ],
          }
        : {}),
    });
    const ready = '/apis/$NS.example.com/v1';
    const steps: Step[] = [
      post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd, { label: 'crd' }),
      { ...get(ready), needs: 'crd', until: 200 },
      { ...get(collection), until: 200 },
    ];
    for (const name of ['a', 'b', 'c'])
      steps.push(post(ask(collection, validation(), chance(random, 0.1) ? 'dryRun=All' : ''), object(name), { label: name }));
    steps.push(
      post(collection, { apiVersion, kind: 'Thing', metadata: { name: 'one', labels: { scenario: '$NS' } }, spec: {} }, { label: 'one' }),
    );
    for (let index = 0; index < 6; index++) {
      const name = pick(random, ['a', 'b', 'one']);
      const { metadata, ...rest } = object(name) as any;
      const path = ask(`${collection}/${name}${crd.spec.versions[0].subresources && chance(random, 0.2) ? '/status' : ''}`, validation());
      const what = random.next();
      if (what < 0.3) steps.push({ method: 'PUT', path, body: { from: name, edits: editsBetween({}, rest).map((edit) => edit) } });
      else if (what < 0.5) steps.push(patch('merge', path, rest));
      else if (what < 0.85)
        steps.push(
          patch('apply', ask(path, `fieldManager=${pick(random, ['me', 'you'])}`, chance(random, 0.4) ? 'force=true' : ''), {
            ...rest,
            metadata,
          }),
        );
      else if (what < 0.92)
        steps.push(
          patch('json', path, [{ op: 'add', path: '/spec/a', value: valueOf(random, schema.properties.spec.properties?.a ?? {}) }]),
        );
      else if (what < 0.96) steps.push(patch('strategic', path, rest));
      else steps.push(put(path, { ...rest, metadata }));
    }
    steps.push(
      get(collection, pick(random, [undefined, tableHeaders, partialListHeaders, protobufHeaders])),
      get(collection, tableHeaders),
      get(`${collection}/one`),
    );
    if (chance(random, 0.3))
      steps.push(get(ask(collection, 'watch=true&timeoutSeconds=1&resourceVersion=<<one.metadata.resourceVersion>>')));
    steps.push(remove(`${collection}/one`), remove('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.$NS.example.com'));
    return { name: `custom ${seed}`, steps };
  },
};
export { json };
