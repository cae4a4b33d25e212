import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Accepted,
  accepted,
  acceptedPage,
  bodyFormat,
  checkOffered,
  isStreamed,
  notStreamed,
  type Endpoint,
  objectTypes,
  patchFormat,
  whenAccepted,
} from './negotiate.ts';

const json = 'application/json';
const yaml = 'application/yaml';
const protobuf = 'application/vnd.kubernetes.protobuf';
const form = (name: string, version = 'v1', group = 'meta.k8s.io') => `;as=${name};v=${version};g=${group}`;
/** 'protobuf', 'json Table v1', or 'none'. */
function shown(result: Accepted | undefined): string {
  if (result === undefined) return 'none';
  const { format, as, version, pretty } = result;
  return [format, ...(as === undefined ? [] : [as, version]), ...(pretty ? ['pretty'] : [])].join(' ');
}
const asked = (accept: string, endpoint: Endpoint = 'resource') => shown(whenAccepted({ accept }, {}, endpoint));

test('the media type that a client likes best of those that are there', () => {
  const wanted: Readonly<Record<string, string>> = {
    '': 'json',
    '*/*': 'json',
    'application/*': 'json',
    [json]: 'json',
    [yaml]: 'yaml',
    [protobuf]: 'protobuf',
    'text/plain': 'none',
    'text/html, */*': 'json',
    [`${protobuf}, ${json}`]: 'protobuf',
    [`${json};q=0.1, ${yaml}`]: 'yaml',
    [`${json};q=0.1, ${yaml};q=0.2, ${protobuf};q=0.3`]: 'protobuf',
    // Upstream's order is none that is the same from both sides: what is exact goes before a wildcard that stands before it.
    [`*/*, ${yaml};q=0.5`]: 'yaml',
    [`${yaml};q=0.5, */*`]: 'json',
    [`${json};charset=utf-8`]: 'json',
    [`${json};sv=v1`]: 'json',
    [`${json};sv=v2`]: 'none',
    [`${json};pretty=1`]: 'json pretty',
    [`${json};stream=watch`]: 'json',
    [`${yaml};stream=watch`]: 'none',
    'application/cbor': 'none',
    application: 'none',
    ';;,,/': 'none',
  };
  for (const [accept, result] of Object.entries(wanted)) assert.equal(asked(accept), result, accept);
});
test('other forms, where there are any', () => {
  const wanted: readonly (readonly [string, Endpoint, string])[] = [
    [json + form('Table'), 'resource', 'json Table v1'],
    [json + form('Table', 'v1beta1'), 'resource', 'json Table v1beta1'],
    [yaml + form('Table'), 'resource', 'yaml Table v1'],
    [protobuf + form('Table'), 'resource', 'none'],
    [`${protobuf + form('Table')},${json}`, 'resource', 'json'],
    [protobuf + form('PartialObjectMetadataList'), 'resource', 'protobuf PartialObjectMetadataList v1'],
    [json + form('Table', 'v2'), 'resource', 'none'],
    [json + form('Table', 'v1', 'x.io'), 'resource', 'none'],
    [json + form('Other'), 'resource', 'none'],
    [json + form('Table'), 'unlisted', 'none'],
    [json + form('Table'), 'plain', 'none'],
    [`${json + form('Table')},${json}`, 'unlisted', 'json'],
    [protobuf, 'custom', 'none'],
    [protobuf + form('PartialObjectMetadata'), 'custom', 'protobuf PartialObjectMetadata v1'],
    [`${protobuf},${json}`, 'custom', 'json'],
    [json, 'discovery', 'none'],
    [json + form('APIGroupDiscoveryList', 'v2', 'apidiscovery.k8s.io'), 'discovery', 'json'],
    [json + form('APIGroupDiscoveryList', 'v2beta1', 'apidiscovery.k8s.io'), 'discovery', 'none'],
  ];
  for (const [accept, endpoint, result] of wanted) assert.equal(asked(accept, endpoint), result, `${endpoint}: ${accept}`);
});
test('people get JSON that they can read', () => {
  const pretty = (agent: string, query: Record<string, string[]> = {}) => whenAccepted({ 'user-agent': agent }, query, 'plain')!.pretty;
  for (const agent of ['curl/8.5.0', 'Wget/1.21', 'Mozilla/5.0 (X11)']) assert.equal(pretty(agent), true, agent);
  assert.equal(pretty('kubectl/v1.36.3'), false);
  assert.equal(pretty('curl/8', { pretty: ['false'] }), false);
  assert.equal(pretty('curl/8', { pretty: [''] }), true);
  for (const value of ['1', 'true', 'T']) assert.equal(pretty('x', { pretty: [value] }), true, value);
  assert.equal(pretty('x', { pretty: ['yes'] }), false);
});
test('what cannot be given is refused in the words of upstream', () => {
  const types = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
  const refused = { code: 406, reason: 'NotAcceptable', message: `only the following media types are accepted: ${types}` };
  assert.throws(() => accepted({ accept: 'text/plain' }, {}, 'resource'), refused);
  assert.throws(() => checkOffered('text/plain', objectTypes), {
    code: 406,
    message: `406: Not Acceptable\n\nAvailable representations: ${types}`,
  });
  // The router knows no types in part.
  assert.throws(() => checkOffered('application/*', objectTypes), { code: 406 });
  for (const accept of [undefined, '', '*/*', `text/plain, ${json};q=0.1`]) checkOffered(accept, objectTypes);
  assert.equal(isStreamed(accepted({ accept: yaml }, {}, 'resource')), false);
  assert.equal(
    notStreamed().message,
    'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
  );
});
test('bodies and patches say what they are', () => {
  for (const [type, format] of [
    ['', 'json'],
    [json, 'json'],
    ['APPLICATION/JSON; charset=utf-8', 'json'],
    [yaml, 'yaml'],
    [protobuf, 'protobuf'],
  ] as const)
    assert.equal(bodyFormat(type), format, type);
  const types = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
  for (const type of ['application/cbor', 'text/plain', '*/*', 'json', 'application/json; charset', 'application/merge-patch+json'])
    assert.throws(
      () => bodyFormat(type),
      {
        code: 415,
        reason: 'UnsupportedMediaType',
        message: `the body of the request was in an unknown format - accepted media types include: ${types}`,
      },
      type,
    );
  assert.deepEqual(patchFormat('application/apply-patch+yaml', 'resource'), { type: 'apply', format: 'yaml' });
  assert.equal(patchFormat('application/strategic-merge-patch+json;charset=utf-8', 'resource').type, 'strategic');
  assert.throws(() => patchFormat(json, 'resource'), { code: 415, message: '415: Unsupported Media Type' });
  assert.throws(() => patchFormat('application/strategic-merge-patch+json', 'custom'), {
    code: 415,
    message:
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
  });
});

test('pages for people may be had as objects', () => {
  const page = (name: string, version = 'v1beta1') => form(name, version, 'config.k8s.io');
  const rows: readonly [string, string][] = [
    ['', 'text'],
    [' ', 'text'],
    ['*/*', 'text'],
    ['text/*', 'text'],
    [`${json}, text/plain;q=0.5`, 'text'],
    [`${json}${page('Statusz')}, text/plain`, 'json v1beta1'],
    [`${yaml}${page('Statusz', 'v1alpha1')};pretty=1`, 'yaml v1alpha1 pretty'],
    [`application/*${page('Statusz')}`, 'json v1beta1'],
    ...[json, 'application/*', 'text/html', 'application/cbor', `${json}${page('Flagz')}`, `${json}${page('Statusz', 'v1')}`].map(
      (header): [string, string] => [header, 'none'],
    ),
    [`text/plain${page('Statusz')}`, 'none'],
    [`${protobuf}${page('Statusz')}`, 'none'],
    [`${json}${form('Table')}`, 'none'],
  ];
  for (const [accept, expected] of rows) {
    const ask = () => acceptedPage({ accept }, {}, 'Statusz');
    if (expected === 'none') {
      const message = 'only the following media types are accepted: application/json, application/yaml, text/plain';
      assert.throws(ask, { code: 406, message }, accept);
      continue;
    }
    const got = ask();
    assert.equal(got === 'text' ? got : `${got.format} ${got.version}${got.pretty ? ' pretty' : ''}`, expected, accept);
  }
});
