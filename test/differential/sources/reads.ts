import { type Random, seededRandom } from '../../../src/base/random.ts';
import type { AnyKind } from '../../../src/api/kind.ts';
import { chance, pick, type Source, type Step } from '../scenario.ts';
import {
  ask,
  collectionOf,
  everywhere,
  get,
  isFarReaching,
  itemOf,
  nameOf,
  partialHeaders,
  partialListHeaders,
  patch,
  pickKind,
  post,
  protobufHeaders,
  remove,
  tableHeaders,
} from './kinds.ts';
import { validVariant } from './objects.ts';

const own = 'labelSelector=scenario%3D$NS';
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
const fieldSelectors = [
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
const others = [
  'limit=1',
  'limit=2',
  'limit=0',
  'limit=-1',
  'limit=x',
  'continue=x',
  'limit=1&continue=<<page.metadata.continue>>',
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
const includes = ['', '', 'includeObject=None', 'includeObject=Metadata', 'includeObject=Object', 'includeObject=x'];
const accepts = [
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
const encoded = (text: string) => encodeURIComponent(text).replaceAll('%24NS', '$NS');

function reading(random: Random, kind: AnyKind, item: string): Step {
  const headers = headersOf(random);
  if (chance(random, 0.25))
    return get(
      ask(item, chance(random, 0.3) ? pick(random, [...versions, ...others]) : '', headers === tableHeaders ? pick(random, includes) : ''),
      headers,
    );
  const selector = chance(random, 0.3) ? `labelSelector=${encoded(`scenario=$NS,${pick(random, labelSelectors)}`)}` : own;
  const place = kind.scope === 'Namespaced' && chance(random, 0.2) ? everywhere(kind) : collectionOf(kind);
  return get(
    ask(
      place,
      selector,
      chance(random, 0.25) ? `fieldSelector=${encoded(pick(random, fieldSelectors))}` : '',
      chance(random, 0.3) ? pick(random, versions) : '',
      chance(random, 0.35) ? pick(random, others) : '',
      headers === tableHeaders ? pick(random, includes) : '',
    ),
    headers,
  );
}

function madeObjects(random: Random, kind: AnyKind): { readonly steps: Step[]; readonly item: string; readonly other: string } {
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
  return { steps: [post(at, one, { label: 'one' }), post(at, two, { label: 'two' })], item: itemOf(kind, one), other: itemOf(kind, two) };
}

/** Reads of every form: one, lists, selectors, options, tables, partial metadata, protobuf. */
export const reads: Source = {
  name: 'reads',
  scenario(seed) {
    const random = seededRandom(seed);
    const kind = pickKind(random);
    const { steps, item } = madeObjects(random, kind);
    steps.push(get(ask(collectionOf(kind), own, 'limit=1'), undefined), { ...get(ask(collectionOf(kind), own, 'limit=1')), label: 'page' });
    for (let index = 0; index < 10; index++) steps.push(reading(random, kind, item));
    return { name: `reads ${seed}`, steps };
  },
};

const watchOptions = [
  '',
  '',
  '',
  'allowWatchBookmarks=true',
  'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
  'sendInitialEvents=true',
  'sendInitialEvents=false&resourceVersionMatch=NotOlderThan',
  'limit=1',
  'resourceVersionMatch=Exact',
  'resourceVersionMatch=NotOlderThan',
  'continue=x',
  'sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
  'pretty=true',
  'watch=false',
];
/** Watches from a version on, over what happened since. */
export const watches: Source = {
  name: 'watches',
  scenario(seed) {
    const random = seededRandom(seed);
    const kind = pickKind(random);
    const { steps, item, other } = madeObjects(random, kind);
    steps.push(
      patch('merge', item, { metadata: { labels: { tier: 'other' }, annotations: { a: 'b' } } }),
      patch('merge', item, { metadata: { labels: { tier: 'one' }, annotations: { a: null } } }),
    );
    if (!isFarReaching(kind)) steps.push(remove(other));
    for (let index = 0; index < 2; index++) {
      const headers = pick(random, [
        undefined,
        undefined,
        tableHeaders,
        partialHeaders,
        protobufHeaders,
        { accept: pick(random, accepts) },
      ]);
      const since = pick(random, [
        'resourceVersion=<<one.metadata.resourceVersion>>',
        'resourceVersion=<<two.metadata.resourceVersion>>',
        'resourceVersion=<<one.metadata.resourceVersion>>',
        '',
        'resourceVersion=0',
        'resourceVersion=x',
      ]);
      const selector = chance(random, 0.4)
        ? `labelSelector=${encoded(`scenario=$NS,${pick(random, ['tier=one', 'tier=other', 'tier in (one,two)', 'tier!=other'])}`)}`
        : own;
      const field = chance(random, 0.25)
        ? `fieldSelector=${encoded(pick(random, [`metadata.name=${decodeURIComponent(item.split('/').at(-1)!)}`, ...fieldSelectors]))}`
        : '';
      const place = chance(random, 0.15) ? item : collectionOf(kind);
      steps.push(
        get(
          ask(
            place,
            'watch=true&timeoutSeconds=1',
            since,
            selector,
            field,
            pick(random, watchOptions),
            headers === tableHeaders ? pick(random, includes) : '',
          ),
          headers,
        ),
      );
    }
    return { name: `watches ${seed}`, steps };
  },
};

const propagations = ['Foreground', 'Background', 'Orphan', 'x', ''];
function deleteOptions(random: Random): unknown {
  const options: Record<string, unknown> = {
    kind: 'DeleteOptions',
    apiVersion: pick(random, ['v1', 'v1', 'meta.k8s.io/v1', 'apps/v1', 'v2']),
  };
  if (chance(random, 0.5)) options.propagationPolicy = pick(random, propagations);
  if (chance(random, 0.15)) options.orphanDependents = chance(random, 0.5);
  if (chance(random, 0.3)) options.gracePeriodSeconds = pick<unknown>(random, [0, 1, 30, -1, 'x', null, 9999999999]);
  if (chance(random, 0.3))
    options.preconditions = pick<unknown>(random, [
      { uid: 'x' },
      { uid: '<<one.metadata.uid>>' },
      { resourceVersion: '1' },
      { resourceVersion: '<<one.metadata.resourceVersion>>' },
      {},
      null,
      'x',
    ]);
  if (chance(random, 0.15)) options.dryRun = pick<unknown>(random, [['All'], ['x'], [], 'All', ['All', 'All']]);
  if (chance(random, 0.1)) options.unknown = 1;
  if (chance(random, 0.05)) options.ignoreStoreReadErrorWithClusterBreakingPotential = chance(random, 0.5);
  return options;
}
const deleteQueries = [
  '',
  '',
  '',
  'propagationPolicy=Foreground',
  'propagationPolicy=x',
  'gracePeriodSeconds=0',
  'gracePeriodSeconds=x',
  'gracePeriodSeconds=-1',
  'dryRun=All',
  'dryRun=x',
  'orphanDependents=true',
  'orphanDependents=x',
  'orphanDependents=true&propagationPolicy=Orphan',
  'unknown=1',
];

/** Deletions with every option, of one and of many. */
export const deletes: Source = {
  name: 'deletes',
  scenario(seed) {
    const random = seededRandom(seed);
    const kind = pickKind(random);
    const { steps, item } = madeObjects(random, kind);
    if (chance(random, 0.4))
      steps.push(
        patch('merge', item, {
          metadata: { finalizers: pick<unknown>(random, [['example.com/a'], ['foregroundDeletion'], ['orphan', 'example.com/b'], ['a']]) },
        }),
      );
    for (let index = 0; index < 4; index++) {
      const isMany = chance(random, 0.25) && kind.verbs.includes('deletecollection');
      const path = isMany
        ? ask(
            collectionOf(kind),
            chance(random, 0.8) ? own : `labelSelector=${encoded('scenario=$NS,tier=one')}`,
            pick(random, [...deleteQueries, 'limit=1', 'fieldSelector=metadata.name%3Done', 'fieldSelector=x%3Dy', 'labelSelector=a%20b']),
          )
        : ask(item, pick(random, deleteQueries));
      const headers = chance(random, 0.1)
        ? pick(random, [tableHeaders, partialHeaders, protobufHeaders, { accept: pick(random, accepts) }])
        : undefined;
      steps.push(remove(path, chance(random, 0.6) ? deleteOptions(random) : undefined, headers && { headers }));
    }
    steps.push(
      get(item),
      patch('merge', item, { metadata: { finalizers: null } }),
      get(item),
      remove(item),
      get(ask(collectionOf(kind), own)),
    );
    return { name: `deletes ${seed}`, steps };
  },
};
export { nameOf };
