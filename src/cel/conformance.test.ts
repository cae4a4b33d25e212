/**
 * The conformance suites of cel-spec (npm @bufbuild/cel-spec, Apache-2.0), but for what Kubernetes has no use of: protobuf messages and
 * enums, expressions that are run unchecked, and libraries that it does not switch on (math, block).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tests as checking } from '@bufbuild/cel-spec/testdata/checking.js';
import { tests as comprehension } from '@bufbuild/cel-spec/testdata/comprehension.js';
import { tests as conformance } from '@bufbuild/cel-spec/testdata/conformance.js';
import { tests as parsing } from '@bufbuild/cel-spec/testdata/parsing.js';
import type { Overload } from './api.ts';
import { plainEnvironment } from './environment.ts';
import { bindingsLibrary, encodersLibrary } from './library/extensions.ts';
import { optionalsLibrary } from './library/optionals.ts';
import { stringsLibraryVersion3 } from './library/strings.ts';
import { twoVariablesLibrary } from './library/two-variables.ts';
import * as t from './types.ts';
import { ArrayList, Bytes, type CelValue, Double, EntryMap, TypeValue, Uint, equal, toInt } from './values.ts';

interface Original {
  readonly name?: string;
  readonly expr: string;
  readonly value?: Json;
  readonly evalError?: unknown;
  readonly anyEvalErrors?: unknown;
  readonly typedResult?: { readonly result?: Json; readonly deducedType?: Json };
  readonly typeEnv?: readonly Json[];
  readonly bindings?: Readonly<Record<string, { readonly value: Json }>>;
  readonly container?: string;
  readonly disableCheck?: boolean;
  readonly disableMacros?: boolean;
  readonly checkOnly?: boolean;
}
interface Json {
  readonly [key: string]: any;
}
interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Original; readonly type?: string; readonly ast?: string; readonly error?: string }[];
}

const types: Readonly<Record<string, t.CelType>> = {
  BOOL: t.bool,
  INT64: t.int,
  UINT64: t.uint,
  DOUBLE: t.double,
  STRING: t.string,
  BYTES: t.bytes,
  TIMESTAMP: t.timestamp,
  DURATION: t.duration,
  ANY: t.any,
};
function typeOf(json: Json): t.CelType {
  if (json.primitive !== undefined) return types[json.primitive]!;
  if (json.wellKnown !== undefined) return types[json.wellKnown]!;
  if (json.wrapper !== undefined) return t.wrapper(types[json.wrapper]!);
  if ('null' in json) return t.nullType;
  if ('dyn' in json) return t.dyn;
  if (json.listType !== undefined) return t.list(typeOf(json.listType.elemType ?? { dyn: {} }));
  if (json.mapType !== undefined) return t.map(typeOf(json.mapType.keyType), typeOf(json.mapType.valueType));
  if (json.abstractType !== undefined) return t.opaque(json.abstractType.name, ...(json.abstractType.parameterTypes ?? []).map(typeOf));
  if (json.typeParam !== undefined) return t.param(json.typeParam);
  if (json.type !== undefined) return t.typeOfType(Object.keys(json.type).length === 0 ? undefined : typeOf(json.type));
  throw new Error(`type ${JSON.stringify(json)}`);
}
const overloadOf = (json: Json): Overload => ({
  id: json.overloadId,
  args: (json.params ?? []).map(typeOf),
  result: typeOf(json.resultType),
  member: json.isInstanceFunction === true,
  call: () => null,
});
const specialNumbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};
function valueOf(json: Json): CelValue {
  if ('nullValue' in json) return null;
  if (json.boolValue !== undefined) return json.boolValue;
  if (json.int64Value !== undefined) return toInt(BigInt(json.int64Value));
  if (json.uint64Value !== undefined) return new Uint(BigInt(json.uint64Value));
  if (json.doubleValue !== undefined) return new Double(specialNumbers[json.doubleValue] ?? Number(json.doubleValue));
  if (json.stringValue !== undefined) return json.stringValue;
  if (json.bytesValue !== undefined) return new Bytes(Uint8Array.from(atob(json.bytesValue), (char) => char.charCodeAt(0)));
  if (json.listValue !== undefined) return new ArrayList((json.listValue.values ?? []).map(valueOf));
  if (json.mapValue !== undefined) {
    return new EntryMap((json.mapValue.entries ?? []).map((entry: Json) => [valueOf(entry.key), valueOf(entry.value)] as const));
  }
  if (json.typeValue !== undefined) return new TypeValue(t.object(json.typeValue));
  throw new Error(`value ${JSON.stringify(json)}`);
}

const libraries = [stringsLibraryVersion3, optionalsLibrary, twoVariablesLibrary, bindingsLibrary, encodersLibrary];
const withMessages =
  /TestAllTypes|google\.protobuf|NestedEnum|GlobalEnum|objectValue|enumValue|messageType|NestedTestAllTypes|RepeatedTestAllTypes/;
const notKubernetes = new Set(['math_ext', 'block_ext', 'proto2', 'proto2_ext', 'proto3', 'enums']);

function run(original: Original): void {
  const variables = Object.fromEntries(
    (original.typeEnv ?? []).filter((decl) => decl.ident !== undefined).map((decl) => [decl.name, typeOf(decl.ident.type)]),
  );
  const language = { validated: false, escapedIdentifiers: true, container: original.container ?? '' };
  const functions = Object.fromEntries(
    (original.typeEnv ?? [])
      .filter((decl) => decl.function !== undefined)
      .map((decl) => [decl.name, decl.function.overloads.map(overloadOf)]),
  );
  const environment = plainEnvironment([...libraries, { name: 'declared', functions }], { variables }, language);
  const { program, failure } = environment.compile(original.expr);
  const wantsError = original.evalError !== undefined || original.anyEvalErrors !== undefined;
  if (failure !== undefined) {
    assert.ok(wantsError, failure.text);
    return;
  }
  const deduced = original.typedResult?.deducedType;
  if (deduced !== undefined) assert.equal(t.formatType(program.outputType), t.formatType(typeOf(deduced)));
  if (original.checkOnly === true) return;
  const bindings = Object.fromEntries(Object.entries(original.bindings ?? {}).map(([name, bound]) => [name, valueOf(bound.value)]));
  const { value, error } = program.evaluate(bindings);
  if (wantsError) {
    assert.ok(error !== undefined, `gives ${String(value)}`);
    return;
  }
  assert.equal(error, undefined);
  const wanted = original.value ?? original.typedResult?.result ?? { boolValue: true };
  const expected = valueOf(wanted);
  if (expected instanceof Double && Number.isNaN(expected.value)) assert.ok(value instanceof Double && Number.isNaN(value.value));
  else if (expected instanceof Double) assert.ok(value instanceof Double && Object.is(value.value, expected.value));
  else
    assert.ok(
      equal(value!, expected) === true,
      `gives ${JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? `${one}` : one))}`,
    );
}

function* all(suite: Suite, path: string): Generator<{ readonly path: string; readonly original: Original; readonly suite: string }> {
  for (const one of suite.tests ?? [])
    yield { path: `${path}/${one.original.name ?? one.original.expr}`, original: one.original, suite: path };
  for (const one of suite.suites ?? []) yield* all(one, path === '' ? one.name : `${path}/${one.name}`);
}
function applies({ original, suite }: { readonly original: Original; readonly suite: string }): boolean {
  if (notKubernetes.has(suite.split('/')[0]!) || original.disableCheck === true || original.disableMacros === true) return false;
  return !withMessages.test(JSON.stringify(original));
}

/** What cel-go 0.26 with Kubernetes' options does otherwise than these suites want, by the beginning of the test's path. */
const otherwise: readonly (readonly [string, string])[] = [
  ['string_ext/format', 'the suite is for version 4 of the library, Kubernetes has version 2'],
  ['string_ext/value_errors/indexof_out_of_range', 'as above: -1 until version 4'],
  ['string_ext/value_errors/lastindexof_out_of_range', 'as above: -1 until version 4'],
  ['comparisons/lt_literal/not_lt_dyn_int_big_lossy_double', 'whole numbers beside doubles are compared as doubles'],
  ['fields/map_fields/map_bad_key_type', 'constant keys are looked at when the program is made'],
  ['fields/qualified_identifier_resolution/map_value_repeat_key', 'the last of equal keys in a literal counts'],
  ['type_deductions/legacy_nullable_types/null_assignable_to_abstract_parameter_candidate', 'the list is one of nulls'],
  ['optionals/optionals/map_null_entry_no_such_key', 'asking for a field of what has none is no error'],
  ['optionals/optionals/map_present_key_invalid_field', 'as above'],
];
const isOtherwise = (path: string) => otherwise.some(([prefix]) => path.startsWith(prefix));

test('conformance', () => {
  const wrong: string[] = [];
  let count = 0;
  for (const one of all(conformance as Suite, '')) {
    if (!applies(one) || isOtherwise(one.path)) continue;
    count++;
    try {
      run(one.original);
    } catch (error) {
      wrong.push(`${one.path}: ${one.original.expr}: ${(error as Error).message}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(count > 1000);
});

const string = { args: [t.string], result: t.string, call: () => '' };
/** What cel-go's own tests, which these are, declare. */
const declared = {
  variables: { is: t.string, ii: t.int, iu: t.uint, iz: t.bool, ib: t.bytes, id: t.double, ix: t.nullType },
  functions: {
    fg_s: [{ ...string, id: 'fg_s_0', args: [] }],
    fi_s_s: [{ ...string, id: 'fi_s_s_0', member: true }],
  },
};
for (const suite of [checking, comprehension, parsing] as Suite[]) {
  test(`types of ${suite.name}`, () => {
    const language = { validated: false, escapedIdentifiers: true };
    const environment = plainEnvironment(
      [...libraries.slice(0, -1), { name: 'declared', functions: declared.functions }],
      declared,
      language,
    );
    const wrong: string[] = [];
    for (const { original, type, error } of suite.tests!) {
      if (withMessages.test(JSON.stringify([original, type, error]))) continue;
      const { program, failure } = environment.compile(original.expr);
      // Names of single tests are not told.
      if (type !== undefined && failure?.issues.some(({ message }) => message.startsWith('undeclared'))) continue;
      if (type !== undefined && program === undefined) wrong.push(`${original.expr}: ${failure.text}`);
      if (type !== undefined && program !== undefined && t.formatType(program.outputType) !== type) {
        wrong.push(`${original.expr}: ${t.formatType(program.outputType)}, not ${type}`);
      }
      const told = error?.replaceAll('ERROR: :', 'ERROR: <input>:');
      // Some of these tests set lower limits, or switch escaped identifiers off.
      if (told?.includes('limit exceeded') || told?.includes('unsupported syntax')) continue;
      if (told?.includes('Syntax error') && failure?.text !== told) wrong.push(`${original.expr}: ${failure?.text}\nnot ${told}`);
    }
    assert.deepEqual(wrong, []);
  });
}
