import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatYaml, parseYaml, parseYamlBody } from './yaml.ts';

/** What sigs.k8s.io/yaml writes. */
const scalars: readonly (readonly [unknown, string])[] = [
  ['yes', '"yes"'],
  ['1.0', '"1.0"'],
  ['0x1F', '"0x1F"'],
  ['~', '"~"'],
  ['', '""'],
  [' lead', "' lead'"],
  ['x: y', "'x: y'"],
  ['- a', "'- a'"],
  ['#b', "'#b'"],
  ['2020-01-02', '"2020-01-02"'],
  ['1_000', '"1_000"'],
  ['012', '"012"'],
  ['null', '"null"'],
  ['True', '"True"'],
  ['1e3', '"1e3"'],
  ['.inf', '".inf"'],
  ['y', '"y"'],
  ['=', '='],
  ['<<', '<<'],
  ["it's", "it's"],
  ['"q"', `'"q"'`],
  ['a #b', "'a #b'"],
  ['a:', "'a:'"],
  ['@at', "'@at'"],
  ['a\tb', '"a\\tb"'],
  ['a\u0007', '"a\\a"'],
  ['👍', '"\\U0001F44D"'],
  ['ünï', 'ünï'],
  ['two\nlines\n', '|\n  two\n  lines'],
  ['two\nlines', '|-\n  two\n  lines'],
  ['\nlead', '|2-\n\n  lead'],
  ['trail \nx', '"trail \\nx"'],
  [' indented\nx\n', '|2\n   indented\n  x'],
  ['a\n\n\n', '|+\n  a\n\n'],
  [
    'a text that goes on and on so that a line is folded somewhere near the eightieth column of the output',
    'a text that goes on and on so that a line is folded somewhere near the eightieth\n  column of the output',
  ],
  [1e21, '1e+21'],
  [1e-7, '1e-07'],
  [123456789012345680000, '1.2345678901234568e+20'],
  [-1.5, '-1.5'],
  [true, 'true'],
  [null, 'null'],
  [[], '[]'],
  [{}, '{}'],
];
test('scalars are quoted and folded as go-yaml does it', () => {
  for (const [value, text] of scalars) assert.equal(formatYaml({ a: value }), `a: ${text}\n`);
});
test('keys go by their numbers, lists stand under their keys', () => {
  assert.equal(formatYaml({ a10: 1, a2: 2, a1: 3, Z: 4, _: 5, n: 6 }), '_: 5\nZ: 4\na1: 3\na2: 2\na10: 1\n"n": 6\n');
  assert.equal(
    formatYaml({ list: [[1, [2]], { a: [], b: { c: 1 } }, {}, [], null] }),
    'list:\n- - 1\n  - - 2\n- a: []\n  b:\n    c: 1\n- {}\n- []\n- null\n',
  );
  assert.equal(formatYaml([]), '[]\n');
  assert.equal(formatYaml('x'), 'x\n');
});

const documents: readonly (readonly [string, unknown])[] = [
  [
    "a: yes\nb: 0x1F\nc: 1_000\nd: 012\ne: ~\nf: 1e3\ng: .5\nj: 0o7\nk: On\nm: '1'",
    { a: true, b: 31, c: 1000, d: 10, e: null, f: 1000, g: 0.5, j: 7, k: true, m: '1' },
  ],
  ['h: 2020-01-02\nl: 1:20\nn:', { false: null, h: '2020-01-02', l: '1:20' }],
  ['a: &x [1]\nb: *x', { a: [1], b: [1] }],
  ['base: &b {a: 1, b: 2}\nc: {<<: *b, b: 3}', { base: { a: 1, b: 2 }, c: { a: 1, b: 3 } }],
  ['a: !!str 5\nb: !!int "7"\nc: !foo x', { a: '5', b: 7, c: 'x' }],
  ['1: a\n1.5: b\ntrue: c\n"x": d', { 1: 'a', 1.5: 'b', true: 'c', x: 'd' }],
  ['a: |\n  x\n   y\nb: >-\n  c\n  d', { a: 'x\n y\n', b: 'c d' }],
  ['a: !!binary aGk=', { a: 'hi' }],
  ['a: "\\x41\\u00e9\\n"', { a: 'Aé\n' }],
];
test('documents are read as go-yaml reads them', () => {
  for (const [text, value] of documents) assert.deepEqual(parseYaml(text), [value], text);
  assert.deepEqual(parseYaml('---\na: 1\n---\n---\nb: 2\n'), [{ a: 1 }, { b: 2 }]);
  assert.deepEqual(Object.keys(parseYaml('__proto__: {a: 1}')[0] as object), ['__proto__']);
});
test('a body is one document; keys that stand twice are a problem for strict readers only', () => {
  assert.deepEqual(parseYamlBody('a: 1\n---\nb: ['), { value: { a: 1 }, problems: [] });
  assert.deepEqual(parseYamlBody(''), { value: null, problems: [] });
  assert.deepEqual(parseYamlBody('a: 1\nb:\n  c: 1\n  c: 2\n'), {
    value: { a: 1, b: { c: 2 } },
    problems: ['yaml: unmarshal errors:\n  line 4: key "c" already set in map'],
  });
});
test('a mark of the byte order in front says nothing', () => {
  assert.deepEqual(parseYamlBody('\ufeff{}').value, {});
  assert.throws(() => parseYamlBody('{} \ufeff'), /control characters are not allowed/);
});
test('what is no YAML is refused with its line', () => {
  for (const text of ['a: [1', 'a: *b', '{a: b: c', 'a: "x', '%', 'a: !!binary "!"'])
    assert.throws(() => parseYamlBody(text), /^Error: /, text);
  assert.throws(() => parseYamlBody('a: .inf'), { message: 'json: unsupported value: +Inf' });
  assert.throws(() => parseYamlBody('null: x'), /unsupported map key/);
});

test('half a character is no character', () => {
  for (const text of ['"\\ud83d\\ude00"', '{"a":"\\udfff"}', '"\\\\\\uD800"'])
    assert.throws(() => parseYamlBody(text), { message: 'yaml: found invalid Unicode character escape code' }, text);
  for (const text of ["'\\ud800'", 'a\\ud800', '"\\\\ud800"', '"\\u00e4"']) assert.equal(typeof parseYamlBody(text).value, 'string', text);
});

test('aliases that multiply are refused, and take no time', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let at = 1; at < 12; at++) lines.push(`a${at}: &a${at} [${Array.from({ length: 9 }, () => `*a${at - 1}`).join(', ')}]`);
  assert.throws(() => parseYamlBody(lines.join('\n')), /too large once its aliases are followed/);
});
test('nesting without end is refused', () => {
  for (const text of ['['.repeat(20_000), '{a: '.repeat(20_000), `${'- '.repeat(20_000)}a`])
    assert.throws(() => parseYamlBody(text), Error);
});

test('any JSON comes back from its YAML; any text is read or refused', () => {
  // sigs.k8s.io/yaml writes a key `<<` without quotes, and then does not read what it wrote: neither do we.
  assert.equal(formatYaml({ '<<': false }), '<<: false\n');
  assert.throws(() => parseYaml('<<: false\n'), /cannot merge mappings/);
  assert.deepEqual(parseYaml('"<<": false\n'), [{ '<<': false }]);
  const json = fc.jsonValue().filter((value) => !/"(__proto__|<<)":/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(json, (value) => {
      const wanted = JSON.parse(JSON.stringify(value)) as unknown;
      assert.deepEqual(parseYaml(formatYaml(wanted))[0] ?? null, wanted);
    }),
    { numRuns: 500 },
  );
  const pieces = [
    'a',
    ': ',
    '- ',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '"',
    "'",
    '|',
    '>',
    '&x ',
    '*x',
    '!!str ',
    '!',
    '? ',
    '#',
    '---\n',
    '...',
    '%',
    '<<',
    '1',
    '~',
    '\t',
    '\u2028',
    'é',
    '\0',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 25 }), (parts) => {
      try {
        parseYamlBody(parts.join(''));
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof TypeError), String((error as Error).stack));
      }
    }),
    { numRuns: 3000 },
  );
});
test('what contains itself, or is too deep, is refused', () => {
  for (const text of ['a: &x [*x]', 'a: &x\n  b: *x', '&x [[*x]]', 'a: b\nc: &x a: &y[b,*y]\n', '- &x [a, {b: *x}]'])
    assert.throws(() => parseYamlBody(text), { name: 'Error', message: /^yaml: anchor '[xy]' value contains itself$/ }, text);
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.throws(() => parseYamlBody(nested(600)), { name: 'Error', message: /maxDepth \(500\)/ });
  parseYamlBody(nested(400));
  assert.throws(() => parseYamlBody(`a: &a ${nested(400)}\nb: ${'['.repeat(400)}*a${']'.repeat(400)}`), {
    name: 'Error',
    message: /max depth/,
  });
});
test('a number of any length is read at once', () => {
  assert.deepEqual(parseYaml(`a: ${'9'.repeat(2_000_000)}x`)[0], { a: `${'9'.repeat(2_000_000)}x` });
  assert.throws(() => parseYaml(`- .inf`));
  assert.deepEqual(parseYaml(`a: 0x${'0'.repeat(2_000_000)}1`)[0], { a: 1 });
});

test('control characters are refused', () => {
  assert.throws(() => parseYamlBody('a: "\u007f"'), /^Error: yaml: control characters are not allowed$/);
  assert.deepEqual(parseYamlBody('a: "\u0085é🙂"').value, { a: '\u0085é🙂' });
});

test('what is wrong behind a key that stands twice is refused as elsewhere', () => {
  assert.throws(() => parseYamlBody('a: 1\na: 2\nb: !!int\n'), { name: 'Error', message: /^yaml: line \d+: cannot resolve/ });
  assert.deepEqual(parseYamlBody('a: 1\na: 2\n'), {
    value: { a: 2 },
    problems: ['yaml: unmarshal errors:\n  line 2: key "a" already set in map'],
  });
});
