import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatusError } from '../../api/status.ts';
import { loadKinds } from '../../kinds/catalog.node.ts';
import { decodeBody, valueOf } from '../lib/decoding.ts';
import { createKindIndex } from '../kind-index.ts';
import type { Format } from '../negotiate.ts';
import { parseBody, type Purpose } from './body.ts';

const kinds = createKindIndex(await loadKinds());
const configMap = kinds.byKind('', 'ConfigMap', 'v1')!;
const object: Purpose = { type: 'object', kind: configMap };
const parse = (text: string, format: Format = 'json', purpose: Purpose = object) =>
  parseBody(kinds, Buffer.from(text, 'latin1'), format, purpose);
/** As a create reads it. */
const decode = (text: string, format: Format = 'json') => decodeBody(configMap, parse(text, format), {}, () => undefined);
const refused = (run: () => unknown, message: string, text: string) =>
  assert.throws(run, { code: 400, reason: 'BadRequest', message }, text);

const meta = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const unrecognized = 'the object provided is unrecognized (must be of type ConfigMap): ';
const notOne = 'cannot be handled as a ConfigMap: ';
const scheme = 'in scheme "pkg/runtime/scheme.go:111"';

test('JSON that is no object of the kind is refused in the words of upstream', () => {
  const messages: Readonly<Record<string, string>> = {
    '': `${unrecognized}couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`,
    x: `${unrecognized}couldn't get version/kind; json parse error: invalid character 'x' looking for beginning of value (78)`,
    '[1]': `${unrecognized}couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${meta} (5b315d)`,
    '{"kind":5}': `${unrecognized}couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":5})`,
    '{"kind":"Foo"}': `Foo in version "v1" ${notOne}no kind "Foo" is registered for version "v1" ${scheme}`,
    '{"apiVersion":"a/b/c"}': `${unrecognized}unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})`,
    '{"apiVersion":"apps/v1"}': `ConfigMap in version "v1" ${notOne}no kind "ConfigMap" is registered for version "apps/v1" ${scheme}`,
    '{"kind":"Pod"}': `Pod in version "v1" ${notOne}converting (v1.Pod) to (core.ConfigMap): unknown conversion`,
    '{"kind":"PodList"}': `PodList in version "v1" ${notOne}converting (v1.PodList) to (core.ConfigMap): unknown conversion`,
    '{"kind":"WatchEvent"}': `WatchEvent in version "v1" ${notOne}converting (v1.WatchEvent) to (core.ConfigMap): unknown conversion`,
    '{"kind":"Pod","spec":1}': `Pod in version "v1" ${notOne}json: cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec`,
    '{"metadata":5}': `ConfigMap in version "v1" ${notOne}json: cannot unmarshal number into Go struct field ConfigMap.metadata of type v1.ObjectMeta`,
    '{"data":{"a":1}}': `ConfigMap in version "v1" ${notOne}json: cannot unmarshal number into Go struct field ConfigMap.data of type string`,
    '{"metadata":{"generation":1e3}}': `ConfigMap in version "v1" ${notOne}json: cannot unmarshal number 1e3 into Go struct field ObjectMeta.metadata.generation of type int64`,
    '{"binaryData":{"a":"!!"}}': `ConfigMap in version "v1" ${notOne}illegal base64 data at input byte 0`,
  };
  for (const [text, message] of Object.entries(messages)) refused(() => decode(text), message, text);
  assert.deepEqual(decode('null').metadata, {});
});
test('so is YAML', () => {
  refused(
    () => decode('- a', 'yaml'),
    `${unrecognized}couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${meta} (2d2061)`,
    '- a',
  );
  assert.throws(() => decode('a: *b', 'yaml'), {
    code: 400,
    message: /^the object provided is unrecognized \(must be of type ConfigMap\): yaml: .* \(613a202a62\)$/,
  });
  refused(
    () => decode('metadata: 5\ndata: 4', 'yaml'),
    `ConfigMap in version "v1" ${notOne}json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string`,
    'the order of the text does not count',
  );
  assert.deepEqual(decode('', 'yaml').metadata, {});
});
test('so is protobuf', () => {
  const messages: Readonly<Record<string, string>> = {
    '': `${unrecognized}empty data (<empty>)`,
    k8s: `${unrecognized}provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (6b3873)`,
    'k8s\0': `${unrecognized}empty body (6b387300)`,
    'k8s\0\x0a\x09\x0a\x02v1\x12\x03Foo\x12\x00': `Foo in version "v1" ${notOne}no kind "Foo" is registered for version "v1" ${scheme}`,
    'k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x02\x0a\x05': `ConfigMap in version "v1" ${notOne}unexpected EOF`,
    'k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x02\x08\x01': `ConfigMap in version "v1" ${notOne}proto: wrong wireType = 0 for field ObjectMeta`,
  };
  for (const [text, message] of Object.entries(messages)) refused(() => decode(text, 'protobuf'), message, text);
  // An envelope that does not say its kind holds what is wanted.
  assert.equal(decode('k8s\0\x12\x05\x0a\x03\x0a\x01x', 'protobuf').metadata.name, 'x');
});
test('patches and options have words of their own', () => {
  const patch = (type: 'json' | 'merge' | 'strategic' | 'apply', text: string) => () =>
    valueOf(parse(text, type === 'apply' ? 'yaml' : 'json', { type: 'patch', patch: type }));
  const map = 'json: cannot unmarshal array into Go value of type map[string]interface {}';
  refused(patch('merge', '[]'), `error decoding patch: ${map}`, 'merge');
  refused(patch('strategic', '[]'), map, 'strategic');
  refused(patch('apply', '- a'), `error decoding YAML: error unmarshaling JSON: while decoding JSON: ${map}`, 'apply');
  refused(patch('json', 'x'), "error decoding patch: invalid character 'x' looking for beginning of value", 'json');
  assert.deepEqual(patch('apply', '')(), {});
  refused(
    () => parse('x', 'json', { type: 'options' }),
    "couldn't get version/kind; json parse error: invalid character 'x' looking for beginning of value",
    'options',
  );
});
test('a body of any bytes is read or refused with a Status', () => {
  const purposes: readonly Purpose[] = [object, { type: 'options' }, { type: 'patch', patch: 'merge' }, { type: 'patch', patch: 'apply' }];
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => Buffer.concat([Buffer.from('k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap', 'latin1'), bytes])),
  );
  fc.assert(
    fc.property(body, fc.constantFrom<Format>('json', 'yaml', 'protobuf'), fc.constantFrom(...purposes), (bytes, format, purpose) => {
      try {
        const read = parseBody(kinds, Buffer.from(bytes), format, purpose);
        if (purpose.type === 'object') decodeBody(configMap, read, {}, () => undefined);
      } catch (error) {
        assert.ok(error instanceof StatusError, String((error as Error).stack));
      }
    }),
    { numRuns: 3000 },
  );
});

test('of keys that stand twice the first that cannot be read is told, and null takes back only what can be nothing', () => {
  const deployment = kinds.byKind('apps', 'Deployment', 'v1')!;
  const read = (text: string): any => parse(text, 'json', { type: 'object', kind: deployment }).value;
  assert.deepEqual(read('{"metadata":{"name":"a","labels":{"x":"y"}},"metadata":null}'), { metadata: { name: 'a', labels: { x: 'y' } } });
  assert.deepEqual(read('{"metadata":{"name":"a","name":null,"labels":{},"labels":null}}'), { metadata: { name: 'a', labels: null } });
  assert.deepEqual(read('{"spec":{"replicas":1,"replicas":null,"paused":true,"paused":null}}'), { spec: { replicas: null, paused: true } });
  assert.deepEqual(read('{"spec":[],"spec":0}'), { spec: [] });
  assert.deepEqual(read('{"spec":{"replicas":1},"spec":{"replicas":2,"paused":true}}'), { spec: { replicas: 2, paused: true } });
  assert.throws(() => read('{"kind":true,"kind":0}'), /cannot unmarshal bool into Go struct field \.kind/);
});
test('bytes may come as a list of numbers', () => {
  assert.deepEqual((decode('{"binaryData":{"a":[104,105],"b":[]}}') as any).binaryData, { a: 'aGk=', b: '' });
  assert.throws(
    () => decode('{"binaryData":{"a":[256]}}'),
    /cannot unmarshal number 256 into Go struct field ConfigMap.binaryData of type uint8/,
  );
  const many = 1_000_000;
  const long = (decode(`{"binaryData":{"a":[${'0,'.repeat(many - 1)}0]}}`) as any).binaryData.a;
  assert.equal(long.length, Math.ceil(many / 3) * 4);
});

test('values of patches that nobody reads may be numbers that no float holds', () => {
  const read = (patch: 'json' | 'merge' | 'strategic', isLenient: boolean) => {
    const text = patch === 'json' ? '[{"value":1e999}]' : '{"a":1e999}';
    return valueOf(parse(text, 'json', { type: 'patch', patch, isLenient })) as any;
  };
  for (const patch of ['json', 'merge', 'strategic'] as const)
    assert.throws(() => read(patch, false), { code: 400, message: /cannot unmarshal number 1e999/ });
  assert.throws(() => read('strategic', true), { code: 400 });
  assert.equal(read('json', true)[0].value.text, '1e999');
  assert.equal(read('merge', true).a.text, '1e999');
});
