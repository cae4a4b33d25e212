import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { objectMeta } from '../meta.ts';
import { unknownFields } from '../unknown-fields.ts';
import { pruneDefaults } from './check-defaults.ts';
import { Correlation } from './correlation.ts';
import { dropNulls, withDefaults } from './defaults.ts';
import { coerceEmbedded, validateEmbedded } from './embedded.ts';
import { fieldErrorsOf } from './field-errors.ts';
import { formatCheck } from './formats.ts';
import type { JsonSchema } from './json-schema.ts';
import { validateListTypes } from './list-types.ts';
import { prune } from './prune.ts';
import { validateValue } from './validate.ts';

/** What k8s.io/apiextensions-apiserver 0.36.3 made of generated schemas and objects; one case a line. Errors are in order of their text. */
const cases = readFileSync(join(import.meta.dirname, 'testdata/verdicts.jsonl'), 'utf8')
  .trim()
  .split('\n');

for (const [index, line] of cases.entries()) {
  test(`verdict ${index + 1} is upstream's`, () => {
    const { schema: given, new: object, old, ...expected } = JSON.parse(line);
    const schema: JsonSchema = pruneDefaults(given);
    const unknown = unknownFields(objectMeta, object.metadata).map((path) => `metadata.${path}`);
    const found: string[] = [];
    const embedded: string[] = [];
    const pruned = dropNulls(
      prune(object, schema, true, (path) => found.push(path)),
      schema,
    );
    const shown = withDefaults(coerceEmbedded(pruned, schema, { note: (path) => embedded.push(path) }), schema);
    const correlation = old === undefined ? undefined : new Correlation(shown, old, schema);
    const oldIsFaulty = old !== undefined && [...validateListTypes(schema, old)].length > 0;
    const errors = [
      ...fieldErrorsOf(validateValue(schema, shown, { correlation })),
      ...validateEmbedded(shown, schema),
      ...(oldIsFaulty ? [] : validateListTypes(schema, shown)),
    ];
    assert.deepEqual(errors.map(({ type, path, text }) => `${type} ${path} ${text}`).sort(), expected.errors.sort());
    assert.deepEqual(shown, expected.object);
    assert.deepEqual([...unknown, ...found.sort(), ...embedded.sort()], expected.unknown ?? []);
  });
}

test('what has nothing to prune or fill in is the same object', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { a: { type: 'string', default: 'x' } } } },
  };
  const object = { apiVersion: 'a/v1', kind: 'A', metadata: { name: 'a' }, spec: { a: 'y' } };
  assert.equal(withDefaults(coerceEmbedded(dropNulls(prune(object, schema, true), schema), schema), schema), object);
});

test('__proto__ is a field like any other', () => {
  const schema: JsonSchema = { type: 'object', properties: { spec: { type: 'object', additionalProperties: { type: 'string' } } } };
  const object = JSON.parse('{"spec":{"__proto__":null,"a":"b"}}');
  assert.equal(JSON.stringify(dropNulls(object, schema)), '{"spec":{"a":"b"}}');
  assert.equal(JSON.stringify(prune(JSON.parse('{"spec":{"__proto__":"x"}}'), schema, true)), '{"spec":{"__proto__":"x"}}');
});

test('mail addresses', () => {
  const isMail = formatCheck('email');
  for (const text of ['a@b', 'Bob <a@b.c>', '"a b"@c', 'a@[1.2.3.4]', 'a@b (x (y))', 'team: a@b;', ' a@b ']) assert.ok(isMail(text), text);
  for (const text of ['a', '@b', 'a@', '(x) a@b', 'a..b@c', 'a@b c', '<a@b', 'a@[x]', 'a, b@c', '""@b']) assert.ok(!isMail(text), text);
});

test('formats', () => {
  const takes: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
    mac: [
      ['00:00:5e:00:53:01', '00005e005301', '0000.5e00.5301'],
      ['00:00:5e:00:53', '0:0:0:0:0:0'],
    ],
    'date-time': [
      ['2024-02-29T23:59:59.5Z', '2024-01-01t00:00:00+01:00'],
      ['2023-02-29T00:00:00Z', '2024-01-01 00:00:00Z', '2024-01-01T24:00:00Z'],
    ],
    duration: [
      ['1h30m', '2 days', '3weeks'],
      ['5', 'soon'],
    ],
    hostname: [
      ['example.com', 'bücher.example', 'a'],
      ['-a.com', 'a..b', 'a.'],
    ],
    cidr: [
      ['10.0.0.0/8', '::/0'],
      ['10.0.0.0', '10.0.0.0/33'],
    ],
    uri: [
      ['http://x/y?z', '/a', 'mailto:x'],
      ['x', '', 'http://a b/'],
    ],
    'k8s-short-name': [
      ['a-b', 'a'],
      ['A', 'a.b', '-a'],
    ],
  };
  for (const [format, [right, wrong]] of Object.entries(takes)) {
    for (const text of right) assert.ok(formatCheck(format)(text), `${format} ${text}`);
    for (const text of wrong) assert.ok(!formatCheck(format)(text), `${format} ${text}`);
  }
});
test('a duration is told from a long number at once', () => {
  const isDuration = formatCheck('duration');
  for (const text of ['1'.repeat(200_000), `${'1 '.repeat(100_000)}!`, `1${' '.repeat(200_000)}!`]) assert.equal(isDuration(text), false);
  for (const text of [`${'0'.repeat(100_000)}2 days`, '3d', 'a 9223372036854775807 weeks', '1h5'])
    assert.ok(isDuration(text), text.slice(-20));
  for (const text of ['9223372036854775808 days', `${'9'.repeat(1_000_000)} days`]) assert.equal(isDuration(text), false);
});
