/** Nothing that users write makes the engine throw or hang. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { environment, schemaType, types as t } from './index.ts';

const variables = { a: t.dyn, i: t.int, s: t.string, list: t.list(t.int), map: t.map(t.string, t.dyn) };
const env = environment({ variables });

const word = fc.constantFrom(
  ...[
    'a',
    'i',
    's',
    'list',
    'map',
    'x',
    'true',
    'null',
    '1',
    '-1',
    '2u',
    '1.5',
    "'b'",
    '"\\n"',
    "b'c'",
    "r'\\'",
    '9223372036854775807',
    'in',
  ],
  ...[
    '+',
    '-',
    '*',
    '/',
    '%',
    '==',
    '!=',
    '<',
    '>=',
    '&&',
    '||',
    '!',
    '?',
    ':',
    '.',
    ',',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '.?',
    '[?',
    '`',
    '\\',
  ],
  ...[
    'has(',
    'size(',
    'all(x, ',
    'exists_one(x, ',
    'map(x, ',
    '.filter(x, ',
    'dyn(',
    'optional.of(',
    'type(',
    'matches(',
    "'''",
    '//',
    'é',
    '\n',
  ],
);
const soup = fc.array(word, { maxLength: 30 }).map((words) => words.join(''));

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const part = tie('expression');
  const join = (...parts: readonly (string | fc.Arbitrary<string>)[]) =>
    fc.tuple(...parts.map((one) => (typeof one === 'string' ? fc.constant(one) : one))).map((texts) => texts.join(''));
  return {
    expression: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.constantFrom(
        'a',
        'i',
        's',
        'list',
        'map',
        '0',
        '1',
        '-1',
        '9223372036854775807',
        "'x'",
        "'1h'",
        "'é😀'",
        '1.5',
        '2u',
        'null',
        'true',
        '[]',
        '{}',
      ),
      join('(', part, fc.constantFrom('+', '-', '*', '/', '%', '==', '<', '&&', '||', ' in '), part, ')'),
      join('(', part, ' ? ', part, ' : ', part, ')'),
      join('[', part, ', ', part, ']'),
      join('{', part, ': ', part, '}'),
      join(part, '[', part, ']'),
      join(
        fc.constantFrom('!', '-', 'dyn', 'int', 'double', 'string', 'size', 'duration', 'timestamp', 'quantity', 'type'),
        '(',
        part,
        ')',
      ),
      join(part, fc.constantFrom('.all', '.exists', '.exists_one', '.map', '.filter'), '(x, ', part, ')'),
      join(part, fc.constantFrom('.matches', '.contains', '.format', '.find', '.split', '.join', '.orValue', '.indexOf'), '(', part, ')'),
      join(part, fc.constantFrom('.b', '.?b', '[?0]', '.size()', '.sum()', '.sort()', '.distinct()', '.flatten()', '.getHours()')),
    ),
  };
});
const bindings = {
  a: { b: [1, 'x', { c: null }], d: 1.5 },
  i: 3,
  s: 'text',
  list: [3, 1, 2],
  map: { x: 1, y: [] },
};

function run(text: string): void {
  const { program, failure } = env.compile(text);
  if (program === undefined) {
    assert.ok(failure.issues.length > 0 && failure.text.startsWith('ERROR: '), text);
    return;
  }
  const { min, max } = program.estimateCost();
  assert.ok(min >= 0 && max >= min, `${text}: ${min}..${max}`);
  const { value, error, cost } = program.evaluate(bindings, { costLimit: 20_000 });
  assert.ok((value === undefined) !== (error === undefined));
  assert.ok(cost >= 0);
}
const settings = { numRuns: 1_000, seed: 20_260 };

test('any text compiles or is complained about', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), run), settings);
  fc.assert(fc.property(soup, run), settings);
});
test('any expression runs to a value or an error', () => {
  fc.assert(fc.property(expression, run), settings);
});
test('deep and long expressions are refused', () => {
  for (const [open, close] of [
    ['(', ')'],
    ['[', ']'],
    ['!', ''],
    ['-', ''],
    ['{1:', '}'],
    ['f(', ')'],
    ['a.b(', ')'],
    ['true?1:', ''],
    ['a[', ']'],
  ] as const) {
    for (const depth of [100, 2_000, 50_000]) run(`${open.repeat(depth)}1${close.repeat(depth)}`);
  }
  for (const chain of ['1+', '1==', 'a.', 'a[0]', 'true&&', 'true||', 'a.b().']) run(`${chain.repeat(20_000)}a`);
  const found = env.compile(`'${'a'.repeat(200_000)}'`).failure;
  assert.match(found!.text, /expression code point size exceeds limit: size: 200002, limit 100000/);
});
test('patterns take time that grows with the text', () => {
  const { program } = env.compile("s.matches('^(a+)+$')");
  assert.equal(program!.evaluate({ s: `${'a'.repeat(50_000)}!` }, { costLimit: 1e9 }).value, false);
});
test('long literals and enumerations are read', () => {
  run(`b'\\n${'é'.repeat(99_000)}'`);
  assert.equal(schemaType({ type: 'string', enum: Array.from({ length: 200_000 }, (_, index) => `v${index}`) }, false)!.maxElements, 7);
});
