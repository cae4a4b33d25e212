import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Deployment } from '../../kinds/apps/deployment.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { Service } from '../../kinds/core/service.ts';
import { ClusterRole } from '../../kinds/rbac/cluster-role.ts';
import { decodeShape } from '../decode.ts';
import { type Field, type JsonValue, list, string } from '../schema.ts';
import { isEmpty, leaf, node, recursiveDifference, toFieldsV1, union } from './field-set.ts';
import { newFieldsText } from './new-fields.ts';
import { compare, rootField, UnkeyedItem } from './typed.ts';

/** A list that somebody said is empty. */
const { saidEmpty } = decodeShape({ name: '', fields: { saidEmpty: list(1, string(0)) } }, { saidEmpty: [] }) as any;
const scalars: Readonly<Record<string, readonly JsonValue[]>> = { string: ['', 'a', 'TCP'], bool: [true, false] };
/** Values of a field, right ones for the most part. */
function valueOf(field: Field, depth: number): fc.Arbitrary<JsonValue> {
  const right = (): fc.Arbitrary<JsonValue> => {
    if (field.type === 'object') {
      if (depth === 0) return fc.constant({});
      const { fields = {}, additional } = field.shape!;
      const known = Object.entries(fields).map(([name, of]) => [name, fc.option(valueOf(of, depth - 1), { nil: undefined, freq: 3 })]);
      return fc
        .tuple(fc.record(Object.fromEntries(known)), fc.boolean())
        .map(([value, more]) => (more && additional === undefined ? { ...value, unknown: { a: 1 } } : value)) as fc.Arbitrary<JsonValue>;
    }
    if (field.type === 'map') return fc.dictionary(fc.constantFrom('a', 'f:b', '"', 'é'), valueOf(field.of!, depth));
    if (field.type === 'list') {
      const items = fc.array(valueOf(field.of!, depth), { maxLength: 3 });
      return fc.oneof({ weight: 5, arbitrary: items }, { weight: 1, arbitrary: fc.constant(saidEmpty) });
    }
    if (field.type === 'any' || field.type === 'either') return fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
    return fc.constantFrom(...(scalars[field.type] ?? [0, 1, 'x']));
  };
  return fc.oneof({ weight: 30, arbitrary: right() }, { weight: 1, arbitrary: fc.constantFrom<JsonValue>(null, 'odd', [], {}) });
}
const unowned = node(false, [
  ['f:kind', leaf],
  ['f:metadata', node(false, [['f:name', leaf], ['f:uid', leaf]])], // biome-ignore format: one line each
  ['f:status', leaf],
  ['f:spec', node(false, [['f:replicas', leaf]])],
]);

for (const kind of [Pod, Deployment, Service, ClusterRole])
  test(`the text of what is new in a ${kind.kind} is that of the comparison with nothing`, () => {
    const root = rootField(kind as never);
    const general = (value: JsonValue) => {
      const { added, modified } = compare(root, {}, value);
      const set = recursiveDifference(union(added, modified), unowned);
      return isEmpty(set) ? '' : JSON.stringify(toFieldsV1(set));
    };
    const told = (work: () => string) => {
      try {
        return work();
      } catch (error) {
        assert.ok(error instanceof UnkeyedItem);
        return 'unkeyed';
      }
    };
    fc.assert(
      fc.property(valueOf(root, 4), (value) => {
        fc.pre(typeof value === 'object' && value !== null && !Array.isArray(value));
        const expected = told(() => general(value));
        assert.equal(
          told(() => newFieldsText(root, value, {}, unowned)),
          expected,
        );
      }),
      { numRuns: 300, seed: 1 },
    );
  });
