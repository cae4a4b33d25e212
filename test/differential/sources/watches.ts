import { seededRandom } from '../../../src/base/random.ts';
import { chance, pick, type Source } from '../scenario.ts';
import {
  ask,
  collectionOf,
  everywhere,
  get,
  isFarReaching,
  partialHeaders,
  partialListHeaders,
  patch,
  pickKind,
  protobufHeaders,
  remove,
  tableHeaders,
} from './kinds.ts';
import { accepts, encoded, fieldSelectorOf, includes, madeObjects, own } from './reads.ts';

const watchOptions = [
  '',
  '',
  '',
  'allowWatchBookmarks=true',
  'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
  'sendInitialEvents=true',
  'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=0',
  'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=<<two.metadata.resourceVersion>>',
  'sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
  'sendInitialEvents=true&resourceVersionMatch=Exact',
  'sendInitialEvents=x',
  'allowWatchBookmarks=x',
  'limit=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
  'timeoutSeconds=x',
  'shardSelector=x',
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
    const { steps, item, other, object } = madeObjects(random, kind);
    steps.push(
      patch('merge', item, { metadata: { labels: { tier: 'other' }, annotations: { a: 'b' } } }),
      patch('merge', item, { metadata: { labels: { tier: 'one' }, annotations: { a: null } } }),
    );
    if (!isFarReaching(kind)) steps.push(remove(other));
    for (let index = 0; index < 3; index++) {
      const headers = pick(random, [
        undefined,
        undefined,
        tableHeaders,
        partialHeaders,
        partialListHeaders,
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
        ? `fieldSelector=${encoded(pick(random, [`metadata.name=${decodeURIComponent(item.split('/').at(-1)!)}`, fieldSelectorOf(random, kind, object)]))}`
        : '';
      const plain = chance(random, 0.15)
        ? item
        : kind.scope === 'Namespaced' && chance(random, 0.15)
          ? everywhere(kind)
          : collectionOf(kind);
      // How watches were asked for before there was a parameter.
      const place = chance(random, 0.1) ? plain.replace(/^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)/, '$1/watch') : plain;
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
