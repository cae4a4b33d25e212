import { type Random, seededRandom } from '../../../src/base/random.ts';
import type { AnyKind } from '../../../src/api/kind.ts';
import { chance, pick, type Source, type Step } from '../scenario.ts';
import {
  ask,
  collectionOf,
  everywhere,
  get,
  itemOf,
  nameOf,
  partialHeaders,
  partialListHeaders,
  patch,
  pickKind,
  post,
  protobufHeaders,
  put,
  tableHeaders,
} from './kinds.ts';
import { validVariant } from './objects.ts';

/** Of what others made nothing is to be seen. */
export const own = 'labelSelector=scenario%3D$NS';
const labelSelectors = [
  'a',
  '!a',
  'a=b',
  'a==b',
  'a!=b',
  'a in (b,c)',
  'a notin (b)',
  'a in ()',
  'a in (b',
  'a>1',
  'a<x',
  'a=b,c',
  ',',
  'a=',
  '=b',
  'a b',
  'A/b/c=d',
  'a=b c',
  '-=1',
  'tier in (one,two),tier',
  'tier=one',
  'tier notin (one)',
  '!tier',
  'a=ü',
  'a==',
  'a exists',
  'in in (in)',
  'a=b,',
  'a,,b',
];
export const fieldSelectors = [
  'metadata.name=one',
  'metadata.name!=one',
  'metadata.namespace=$NS',
  'metadata.name==two',
  'status.phase=Running',
  'spec.nodeName=',
  'spec.nodeName=n',
  'x=y',
  'metadata.name',
  'metadata.name=a,metadata.name=b',
  'metadata.labels.a=b',
  '=',
  ',',
  'metadata.name=a\\,b',
  'metadata.name=a\\',
  'type=Opaque',
  'involvedObject.name=a',
  'reason!=x',
  'spec.unschedulable=true',
  'status.successful=0',
  'spec.restartPolicy=Always',
  'metadata.name in (one)',
  '!metadata.name',
  'spec.type=ClusterIP',
  'metadata.name=one=two',
  'status.podIP=',
  'spec.clusterIP!=None',
  'spec.signerName=a',
  'regarding.name=a',
  'spec.nodeName=n,spec.driver=gpu.example.com',
];
const versions = [
  'resourceVersion=0&limit=1',
  'resourceVersion=0&resourceVersionMatch=NotOlderThan&limit=1',
  'resourceVersion=<<two.metadata.resourceVersion>>&limit=1',
  'resourceVersion=<<one.metadata.resourceVersion>>&resourceVersionMatch=Exact&limit=1',
  'resourceVersion=00',
  'resourceVersion=+1',
  'resourceVersion=1.0',
  'resourceVersionMatch=',
  'resourceVersion=0',
  'resourceVersion=1',
  'resourceVersion=x',
  'resourceVersion=-1',
  'resourceVersion=',
  'resourceVersionMatch=Exact',
  'resourceVersionMatch=NotOlderThan',
  'resourceVersion=0&resourceVersionMatch=NotOlderThan',
  'resourceVersion=0&resourceVersionMatch=Exact',
  'resourceVersion=1&resourceVersionMatch=x',
  'resourceVersion=99999999999999',
  'resourceVersion=<<two.metadata.resourceVersion>>&resourceVersionMatch=Exact',
  'resourceVersion=<<two.metadata.resourceVersion>>&resourceVersionMatch=NotOlderThan',
  'resourceVersion=18446744073709551616',
  'resourceVersion=01',
];
/** Tokens that no server gives: of another version, a place outside, no revision. */
const tokens = [
  { v: 'meta.k8s.io/v1', rv: 1, start: 'a\u0000' },
  { v: 'meta.k8s.io/v1', rv: -1, start: 'a\u0000' },
  { v: 'meta.k8s.io/v1', rv: 0, start: 'a\u0000' },
  { v: 'meta.k8s.io/v1', rv: -1, start: '' },
  { v: 'meta.k8s.io/v1', rv: -1, start: '../a\u0000' },
  { v: 'meta.k8s.io/v1', rv: -1, start: 'a//b' },
  { v: 'meta.k8s.io/v2', rv: -1, start: 'a' },
  { v: 'meta.k8s.io/v1', rv: 'x', start: 'a' },
  { v: 'meta.k8s.io/v1', rv: 1.5, start: 'a' },
  { v: 'meta.k8s.io/v1', rv: 99999999999, start: 'a' },
  [],
  null,
].map((token) => `continue=${Buffer.from(JSON.stringify(token)).toString('base64url')}`);
const others = [
  'limit=1',
  'limit=2',
  'limit=0',
  'limit=-1',
  'limit=x',
  'continue=x',
  'limit=1&continue=<<page.metadata.continue>>',
  'continue=<<page.metadata.continue>>',
  'continue=<<page.metadata.continue>>&resourceVersion=0',
  'continue=<<page.metadata.continue>>&resourceVersion=1',
  'continue=<<page.metadata.continue>>&resourceVersionMatch=Exact&resourceVersion=1',
  ...tokens,
  'continue=%3D',
  'continue=',
  'pretty=true',
  'pretty=false',
  'timeoutSeconds=1',
  'timeoutSeconds=x',
  'watch=false',
  'watch=0',
  'unknown=1',
  'sendInitialEvents=true',
  'sendInitialEvents=false',
  'allowWatchBookmarks=true',
  'labelSelector=',
  'fieldSelector=',
  'limit=99999999999999999999',
  'shardSelector=x',
  'watch=x',
  'limit=1.5',
  'limit=1&limit=2',
];
export const includes = ['', '', 'includeObject=None', 'includeObject=Metadata', 'includeObject=Object', 'includeObject=x'];
export const accepts = [
  'application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io',
  'application/yaml;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=APIGroupList;v=v1;g=meta.k8s.io',
  'application/json;q=0,application/yaml',
  'application/json;sv=v1',
  '*/*;as=Table;v=v1;g=meta.k8s.io',
  'application/*;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json',
  'application/yaml',
  '*/*',
  'application/*',
  '',
  'text/html',
  'application/json;q=0.1, application/yaml;q=0.9',
  'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
  'application/json;as=Table;v=v2;g=meta.k8s.io',
  'application/json;as=x;v=v1;g=meta.k8s.io',
  'application/yaml;as=Table;v=v1;g=meta.k8s.io',
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;pretty=1',
  'application/cbor',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io',
  'application/json; charset=utf-8',
  'x',
  ',',
  'application/json;as=Table;g=meta.k8s.io',
  'text/*',
  'application/vnd.kubernetes.protobuf,application/json',
  'application/apply-patch+yaml',
  'application/cbor-seq',
  'application/json;profile=nothing',
];

/** Subresources that can be read without a node. */
const readable = new Set(['status', 'scale', 'approval', 'ephemeralcontainers', 'resize']);

const headersOf = (random: Random) =>
  pick(random, [
    undefined,
    undefined,
    undefined,
    tableHeaders,
    tableHeaders,
    partialListHeaders,
    partialHeaders,
    protobufHeaders,
    { accept: pick(random, accepts) },
  ]);
export const encoded = (text: string) => encodeURIComponent(text).replaceAll('%24NS', '$NS');

/** Fields of the kind, with values that an object of it has or lacks; or any. */
export function fieldSelectorOf(random: Random, kind: AnyKind, object: any): string {
  const own = kind.strategy.selectableFields;
  if (own === undefined || chance(random, 0.4)) return pick(random, fieldSelectors);
  const term = () => {
    const field = pick(random, ['metadata.name', 'metadata.namespace', ...Object.keys(own)]);
    const stored = field.split('.').reduce((value, part) => value?.[part], object);
    const value = pick(random, [String(stored ?? ''), String(stored ?? ''), '', 'x', 'true', '0']);
    return `${field}${pick(random, ['=', '=', '==', '!='])}${value.replaceAll(/[\\,=]/g, '\\$&')}`;
  };
  return Array.from({ length: pick(random, [1, 1, 2, 3]) }, term).join(',');
}

/** What writes answer, in every form; nothing is kept of them. */
function trying(random: Random, kind: AnyKind, item: string, object: any): Step {
  const headers = headersOf(random) ?? tableHeaders;
  const dry = (path: string) => ask(path, 'dryRun=All', headers === tableHeaders ? pick(random, includes) : '');
  const labels = { ...object.metadata.labels, tier: pick(random, ['one', 'other', '-']) };
  return pick(random, [
    () => patch(pick(random, ['merge', 'strategic'] as const), dry(item), { metadata: { labels } }, { headers }),
    () =>
      patch('apply', ask(dry(item), 'fieldManager=me', 'force=true'), { ...object, metadata: { ...object.metadata, labels } }, { headers }),
    () => put(dry(item), { ...object, metadata: { ...object.metadata, labels } }, { headers }),
    () => post(dry(collectionOf(kind)), { ...object, metadata: { ...object.metadata, name: `${nameOf(object)}x` } }, { headers }),
    () => post(dry(collectionOf(kind)), object, { headers }),
  ])();
}

function reading(random: Random, kind: AnyKind, item: string, object: any): Step {
  const headers = headersOf(random);
  if (chance(random, 0.12)) return trying(random, kind, item, object);
  if (chance(random, 0.25)) {
    const subresource = chance(random, 0.25) ? pick(random, [...kind.subresources.filter((one) => readable.has(one)), 'x']) : undefined;
    return get(
      ask(
        subresource === undefined ? item : `${item}/${subresource}`,
        chance(random, 0.3) ? pick(random, [...versions, ...others]) : '',
        headers === tableHeaders ? pick(random, includes) : '',
      ),
      headers,
    );
  }
  const selector = chance(random, 0.3) ? `labelSelector=${encoded(`scenario=$NS,${pick(random, labelSelectors)}`)}` : own;
  const place = kind.scope === 'Namespaced' && chance(random, 0.2) ? everywhere(kind) : collectionOf(kind);
  return get(
    ask(
      place,
      selector,
      chance(random, 0.25) ? `fieldSelector=${encoded(fieldSelectorOf(random, kind, object))}` : '',
      chance(random, 0.3) ? pick(random, versions) : '',
      chance(random, 0.35) ? pick(random, others) : '',
      headers === tableHeaders ? pick(random, includes) : '',
    ),
    headers,
  );
}

export interface Made {
  readonly steps: Step[];
  readonly item: string;
  readonly other: string;
  /** The first of them, as it was sent. */
  readonly object: any;
}
/** Two objects, to be found by their labels. */
export function madeObjects(random: Random, kind: AnyKind): Made {
  const one = validVariant(random, kind, 'one');
  const two = validVariant(random, kind, 'two');
  for (const [object, tier] of [
    [one, 'one'],
    [two, 'two'],
  ] as const)
    object.metadata.labels = { ...object.metadata.labels, tier };
  if (kind.kind === 'CustomResourceDefinition' || kind.kind === 'APIService' || kind.kind === 'IPAddress')
    two.metadata.name = one.metadata.name;
  const at = collectionOf(kind);
  return {
    steps: [post(at, one, { label: 'one' }), post(at, two, { label: 'two' })],
    item: itemOf(kind, one),
    other: itemOf(kind, two),
    object: one,
  };
}

/** Reads of every form: one, lists, selectors, options, tables, partial metadata, protobuf. */
export const reads: Source = {
  name: 'reads',
  scenario(seed) {
    const random = seededRandom(seed);
    const kind = pickKind(random);
    const { steps, item, object } = madeObjects(random, kind);
    steps.push(get(ask(collectionOf(kind), own, 'limit=1'), undefined), { ...get(ask(collectionOf(kind), own, 'limit=1')), label: 'page' });
    for (let index = 0; index < 10; index++) steps.push(reading(random, kind, item, object));
    return { name: `reads ${seed}`, steps };
  },
};
