import type { Family, Metrics, Value } from '../base/metrics.ts';
import type { Store } from '../store/store.ts';
import type { KindCache } from './cache/kind-cache.ts';
import { resourceOfPrefix } from './cache/stored-object.ts';
import type { WatchCache } from './watch-cache.ts';

const place = ['group', 'resource'];
type Collect = (kind: KindCache, group: string, plural: string) => void;

/** What is read off the store and the watch cache when somebody looks, under upstream's names (k8s.io/apiserver storage/cacher/metrics, storage/etcd3/metrics). */
export function collectStore(metrics: Metrics, store: Store, cache: WatchCache): void {
  const parts = [collectObjects(metrics), collectCache(metrics, cache), collectReads(metrics)];
  const families = parts.flatMap(([own]) => own);
  const size = metrics.gauge('apiserver_storage_size_bytes', '[STABLE] Size of the store', ['storage_cluster_id']);
  metrics.collect(async () => {
    // Kinds come and go with their definitions.
    for (const family of families) family.clear();
    for (const kind of cache.kinds()) {
      const { group, plural } = resourceOfPrefix(kind.prefix);
      for (const [, collect] of parts) collect(kind, group, plural);
    }
    size.of('etcd-0').set(await store.size());
  });
}
type Part = readonly [families: readonly Family<Value>[], collect: Collect];

function collectObjects(metrics: Metrics): Part {
  const storage = metrics.gauge('apiserver_storage_objects', '[STABLE] Stored objects by resource', ['resource']);
  const resources = metrics.gauge('apiserver_resource_objects', '[ALPHA] Stored objects by group and resource', place);
  const bytes = metrics.gauge('apiserver_resource_size_estimate_bytes', '[ALPHA] Bytes of stored objects, together', place);
  return [
    [storage, resources, bytes],
    (kind, group, plural) => {
      storage.of(group === '' ? plural : `${plural}.${group}`).set(kind.size);
      resources.of(group, plural).set(kind.size);
      bytes.of(group, plural).set(kind.bytes);
    },
  ];
}

function collectCache(metrics: Metrics, cache: WatchCache): Part {
  const versions = metrics.gauge('apiserver_watch_cache_resource_version', '[ALPHA] How far the cache is', place);
  const capacities = metrics.gauge('watch_cache_capacity', '[ALPHA] Changes that the cache keeps', place);
  const loads = metrics.counter('apiserver_watch_cache_initializations_total', '[ALPHA] Times that all objects were read', place);
  const received = [
    metrics.counter('apiserver_storage_events_received_total', '[BETA] Changes that came from the store', place),
    metrics.counter('apiserver_watch_cache_events_received_total', '[ALPHA] Changes that the cache took in', place),
    metrics.counter('apiserver_watch_cache_events_dispatched_total', '[ALPHA] Changes that the cache gave to watches', place),
  ];
  return [
    [versions, capacities, loads, ...received],
    (kind, group, plural) => {
      versions.of(group, plural).set(cache.revision);
      capacities.of(group, plural).set(cache.capacity);
      loads.of(group, plural).set(kind.loads);
      for (const family of received) family.of(group, plural).set(kind.received);
    },
  ];
}

function collectReads(metrics: Metrics): Part {
  const counter = (name: string, help: string, labels = place) => metrics.counter(`apiserver_${name}`, `[ALPHA] ${help}`, labels);
  // Lists are answered without an index: 'index' is empty.
  const indexed = [...place, 'index'];
  const lists = counter('cache_list_total', 'Lists from the watch cache', indexed);
  const fetched = counter('cache_list_fetched_objects_total', 'Objects looked at for lists from the watch cache', indexed);
  const returned = counter('cache_list_returned_objects_total', 'Objects given by lists from the watch cache');
  const storage = [
    counter('storage_list_total', 'Lists from the store'),
    counter('storage_list_fetched_objects_total', 'Objects read for lists from the store'),
    counter('storage_list_evaluated_objects_total', 'Objects held against selectors for lists from the store'),
    counter('storage_list_returned_objects_total', 'Objects given by lists from the store'),
  ] as const;
  const consistent = counter('watch_cache_consistent_read_total', 'Lists of the newest state from the watch cache', [
    ...place,
    'success',
    'fallback',
  ]);
  const initial = counter('init_events_total', 'Events that watches began with');
  const cut = counter('terminated_watchers_total', 'Watches that were ended since their reader was too slow');
  return [
    [lists, fetched, returned, ...storage, consistent, initial, cut],
    ({ reads }, group, plural) => {
      if (reads.cacheLists > 0) {
        lists.of(group, plural, '').set(reads.cacheLists);
        fetched.of(group, plural, '').set(reads.cacheFetched);
        returned.of(group, plural).set(reads.cacheReturned);
      }
      const read = [reads.storageLists, reads.storageFetched, reads.storageEvaluated, reads.storageReturned];
      if (reads.storageLists > 0) for (const [index, family] of storage.entries()) family.of(group, plural).set(read[index]!);
      if (reads.consistentLists > 0) consistent.of(group, plural, 'true', 'false').set(reads.consistentLists);
      if (reads.consistentFailures > 0) consistent.of(group, plural, 'false', 'false').set(reads.consistentFailures);
      if (reads.initialEvents > 0) initial.of(group, plural).set(reads.initialEvents);
      if (reads.cutWatches > 0) cut.of(group, plural).set(reads.cutWatches);
    },
  ];
}
