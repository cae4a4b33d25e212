import { type Random, seededRandom } from '../../../src/base/random.ts';
import { chance, pick, type Source, type Step } from '../scenario.ts';
import { ask, collectionOf, get, partialHeaders, patch, pickKind, protobufHeaders, remove, tableHeaders } from './kinds.ts';
import { accepts, encoded, madeObjects, own } from './reads.ts';

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
      { uid: '<<one.metadata.uid>>', resourceVersion: '<<one.metadata.resourceVersion>>' },
      { uid: '', resourceVersion: '' },
      { resourceVersion: 'x' },
      { uid: null },
      { unknown: 1 },
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
  'dryRun=All&dryRun=All',
  'dryRun=',
  'propagationPolicy=Orphan&gracePeriodSeconds=0',
  'propagationPolicy=',
  'orphanDependents=false',
  'orphanDependents=false&propagationPolicy=Foreground',
  'gracePeriodSeconds=99999999999',
  'gracePeriodSeconds=',
  'preconditions=x',
  'pretty=true',
  'resourceVersion=1',
  'timeout=20s',
  'ignoreStoreReadErrorWithClusterBreakingPotential=true',
  'ignoreStoreReadErrorWithClusterBreakingPotential=x',
];
const collectionQueries = [
  'limit=1',
  'limit=1&continue=x',
  'limit=x',
  'fieldSelector=metadata.name%3Done',
  'fieldSelector=x%3Dy',
  'labelSelector=a%20b',
  'resourceVersion=0',
  'resourceVersion=x',
  'resourceVersion=1&resourceVersionMatch=Exact',
  'resourceVersionMatch=NotOlderThan',
  'watch=true',
  'sendInitialEvents=true',
];

/** With options in any format, whatever the body's type is said to be. */
function deleting(random: Random, path: string, headers: Step['headers']): Step {
  const more = headers && { headers };
  if (chance(random, 0.4)) return remove(path, undefined, more);
  if (chance(random, 0.1)) {
    const type = pick(random, ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'text/plain', 'x', '']);
    const text = pick(random, [
      '',
      '{}',
      'null',
      '[]',
      '{',
      '{"kind":"DeleteOptions"}',
      'kind: DeleteOptions',
      '{"kind":"Pod","apiVersion":"v1"}',
    ]);
    return { method: 'DELETE', path, headers: { ...headers, ...(type === '' ? {} : { 'content-type': type }) }, body: { text } };
  }
  const options = deleteOptions(random);
  if (!chance(random, 0.3)) return remove(path, options, more);
  const format = pick(random, ['yaml', 'protobuf'] as const);
  // What protobuf can say of them.
  const whole = {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy: pick(random, propagations),
    gracePeriodSeconds: random.int(2),
  };
  return { method: 'DELETE', path, body: { value: format === 'yaml' ? options : whole, format }, ...more };
}

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
            pick(random, [...deleteQueries, ...collectionQueries]),
          )
        : ask(item, pick(random, deleteQueries));
      const headers = chance(random, 0.1)
        ? pick(random, [tableHeaders, partialHeaders, protobufHeaders, { accept: pick(random, accepts) }])
        : undefined;
      steps.push(deleting(random, path, headers));
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
