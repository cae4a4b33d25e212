import type { AnyKind } from '../../api/kind.ts';
import { type FieldError, fieldError, invalid, StatusError } from '../../api/status.ts';
import type { CallOptions } from '../../client/call.ts';
import type { KindCache } from '../cache/kind-cache.ts';
import { prefixOf } from '../cache/stored-object.ts';
import { addedEvent, bookmarkEvent, errorEvent } from '../cache/watch-events.ts';
import { presentChange, type Queued, Watcher } from '../cache/watcher.ts';
import { selectionOf } from '../lib/selection.ts';
import type { Engine } from './engine.ts';
import { parseFieldSelector, parseLabelSelector } from '../../api/selector.ts';
import { parseRevision, prepared } from './list.ts';

/** Live events that may wait for a slow reader before it is cut. */
const queueMax = 2_000;
const minTimeoutSeconds = 1_800;
/** The last bookmark comes this long before the server ends a watch. */
const lastBookmarkMs = 2_000;

/** Starts a watch. It ends when the signal aborts, its time is over, its reader is too slow, or the server closes. */
export async function watch(
  engine: Engine,
  kind: AnyKind,
  namespace: string | undefined,
  options: CallOptions,
  signal: AbortSignal | undefined,
): Promise<Watcher> {
  checkWatchOptions(options);
  const selection = selectionOf(kind, namespace, options);
  const prefix = prefixOf(engine.conversions.storedKind(kind));
  const watcher = new Watcher({
    namespace: selection.namespace,
    name: selection.name,
    match: selection.match,
    bookmarks: options.allowWatchBookmarks === true,
    kind,
    convert: engine.conversions.view(kind),
    prepare: engine.conversions.prepare(kind),
    queueMax,
  });
  const asked = parseRevision(options.resourceVersion);
  const initial = options.sendInitialEvents ?? (asked === undefined || asked === 0);
  if (initial || asked === undefined || asked === 0) {
    if (asked !== undefined && asked > 0 && !(await comes(engine, watcher, asked))) return watcher;
    const scoped = selection.namespace === undefined ? prefix : `${prefix}${selection.namespace}/`;
    const cache = await warmed(engine, kind, scoped, initial);
    const from = engine.cache.revision;
    if (initial) {
      const events = presentEvents(watcher, cache, scoped);
      cache.reads.initialEvents += events.length;
      if (watcher.options.bookmarks) events.push(bookmarkEvent(kind, from, true));
      watcher.begin(events);
    }
    cache.attach(watcher, from);
  } else await engine.cache.watchFrom(prefix, watcher, asked);
  endInTime(engine, watcher, options.timeoutSeconds);
  const onAbort = () => watcher.end();
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  watcher.onEnd(() => signal?.removeEventListener('abort', onAbort));
  return watcher;
}

/** The cache of the kind. With `initial`, what is in it is converted already, in slices. */
export async function warmed(engine: Engine, kind: AnyKind, scoped: string, initial = true): Promise<KindCache> {
  const prefix = prefixOf(engine.conversions.storedKind(kind));
  const cache = await engine.cache.fresh(prefix);
  if (!initial || engine.conversions.view(kind) === undefined) return cache;
  await prepared(engine, kind, [...cache.range(scoped)]);
  return await engine.cache.fresh(prefix);
}
/** ADDED for everything present. */
export function presentEvents(watcher: Watcher, cache: KindCache, scoped: string): Queued[] {
  const { convert, match, prepare } = watcher.options;
  const events: Queued[] = [];
  for (const { entry, object: stored } of cache.range(scoped)) {
    if (prepare !== undefined) {
      events.push(presentChange(entry.key, stored));
      continue;
    }
    const object = convert?.(stored) ?? stored;
    if (match === undefined || match(object)) events.push(addedEvent(object));
  }
  return events;
}

/** Whether a revision is there soon; who asked for everything since then is told on the stream when not. */
async function comes(engine: Engine, watcher: Watcher, revision: number): Promise<boolean> {
  try {
    await engine.cache.atLeast(revision);
    return true;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    watcher.begin([errorEvent(error.toStatus())]);
    watcher.end();
    return false;
  }
}

function endInTime(engine: Engine, watcher: Watcher, timeoutSeconds: number | undefined): void {
  const seconds = timeoutSeconds || minTimeoutSeconds * (1 + engine.random.next());
  const bookmarkMs = seconds * 1000 - lastBookmarkMs;
  if (bookmarkMs <= 0) {
    const end = engine.clock.setTimer(seconds * 1000, () => watcher.end());
    watcher.onEnd(() => end.cancel());
    return;
  }
  let timer = engine.clock.setTimer(bookmarkMs, () => {
    engine.cache.bookmark(watcher);
    timer = engine.clock.setTimer(seconds * 1000 - bookmarkMs, () => watcher.end());
  });
  watcher.onEnd(() => timer.cancel());
}

/** What a watch is refused for before anybody looks at how it would be written. */
export function checkWatch(kind: AnyKind, namespace: string | undefined, options: CallOptions): void {
  checkWatchOptions(options);
  selectionOf(kind, namespace, options);
  parseRevision(options.resourceVersion);
}
function checkWatchOptions(options: CallOptions): void {
  const errors: FieldError[] = [];
  const forbid = (why: string) => errors.push(fieldError.forbidden('resourceVersionMatch', why));
  const match: string | undefined = options.resourceVersionMatch;
  if (options.sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    forbid('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (match) {
    if (options.sendInitialEvents === undefined) {
      forbid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    }
    if (match !== 'NotOlderThan') errors.push(fieldError.notSupported('resourceVersionMatch', match, ['NotOlderThan']));
    if (options.continue) forbid('resourceVersionMatch is forbidden when continue is provided');
  }
  // Such a watch is made one with initial events, which demands a match.
  const isDefaulted = !match && options.sendInitialEvents === undefined && [undefined, '', '0'].includes(options.resourceVersion);
  if (isDefaulted && options.continue) forbid('resourceVersionMatch is forbidden when continue is provided');
  if (errors.length === 0) return;
  parseLabelSelector(options.labelSelector ?? '');
  parseFieldSelector(options.fieldSelector ?? '');
  throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}
