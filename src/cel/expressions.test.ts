/** What cel-go 0.26 with k8s.io/apiserver 0.36.3 makes of expressions: issues, types, estimated and run-time costs, values, errors. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { goQuote } from '../api/go-text.ts';
import { environment } from './environment.ts';
import { QuantityValue } from './library/quantities.ts';
import { schemaType } from './schema-types.ts';
import { schemaValue } from './schema-values.ts';
import { plainDouble } from './strings.ts';
import { goText, timestampText } from './text.ts';
import * as t from './types.ts';
import {
  Bytes,
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Double,
  Duration,
  OpaqueValue,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from './values.ts';

interface Facts {
  readonly expression: string;
  readonly issues?: string;
  readonly type?: string;
  /** Estimated least and most, and what the evaluation took. */
  readonly cost?: readonly number[];
  readonly instantiation?: string;
  readonly error?: string;
  readonly value?: string;
}
const [first, ...lines] = readFileSync(join(import.meta.dirname, 'testdata/expressions.jsonl'), 'utf8')
  .trim()
  .split('\n');
const { schema, self, variables } = JSON.parse(first!);

/** Values as literals, entries of maps in order. */
function literal(value: CelValue): string {
  if (typeof value === 'string') return goQuote(value);
  if (value === null) return 'null';
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Double) return doubleLiteral(value.value);
  if (value instanceof Bytes) return `b"${[...value.value].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`;
  if (value instanceof Timestamp) return `timestamp("${timestampText(new Timestamp(value.seconds, value.nanos, 0))}")`;
  if (value instanceof Duration) return `duration("${plainDouble(Number(value.nanos) / 1e9)}s")`;
  if (value instanceof TypeValue) return `type(${value.type.name})`;
  if (value instanceof Optional) return value.value === undefined ? 'optional.none()' : `optional.of(${literal(value.value)})`;
  if (value instanceof CelList) return `[${[...value].map(literal).join(', ')}]`;
  if (value instanceof CelMap) {
    const entries = [...value.keys()].map((key) => `${literal(key)}: ${literal(value.find(key)!)}`);
    return `{${entries.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join(', ')}}`;
  }
  if (value instanceof CelError) return `err(${value.message})`;
  if (value instanceof QuantityValue) return `quantity(${plainDouble(Number(value.nanos) / 1e9)})`;
  if (value instanceof OpaqueValue) {
    const name = value.type.name.split('.').at(-1)!;
    return name === 'NamedFormat' ? `format(${(value as OpaqueValue & { name: string }).name})` : `${name.toLowerCase()}(${value.text()})`;
  }
  return goText(value);
}
function doubleLiteral(value: number): string {
  if (!Number.isFinite(value)) return `double("${value}")`;
  const text = plainDouble(value);
  return text.includes('.') ? text : `${text}.0`;
}

const plain = environment({
  variables: {
    ...{ d: t.dyn, i: t.int, u: t.uint, f: t.double, s: t.string, b: t.bool, li: t.list(t.int), ls: t.list(t.string) },
    ...{ msi: t.map(t.string, t.int), msd: t.map(t.string, t.dyn), ld: t.list(t.dyn) },
  },
});
const withSchema = environment({ variables: { self: schemaType(schema)! } });
const bindings = { ...variables, u: new Uint(BigInt(variables.u)), f: new Double(variables.f), self: schemaValue(self, schema) };

function factsOf(expression: string): Facts {
  const env = /\bself\b/.test(expression) ? withSchema : plain;
  const { program, failure } = env.compile(expression);
  if (failure !== undefined) return { expression, issues: failure.text };
  const type = t.typeText(program.outputType);
  const { min, max } = program.estimateCost();
  if (program.instantiationError !== undefined) return { expression, type, cost: [min, max], instantiation: program.instantiationError };
  const { value, error, cost } = program.evaluate(bindings);
  const outcome = error === undefined ? { value: literal(value) } : { error: error.message };
  return { expression, type, cost: [min, max, cost], ...outcome };
}

for (const line of lines) {
  const expected: Facts = JSON.parse(line);
  test(expected.expression, () => assert.deepEqual(factsOf(expected.expression), expected));
}
