import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { StatusError, unknownError } from '../../api/status.ts';
import type { WatchEvent } from '../../client/call.ts';
import { addedEvent, errorEvent } from './watch-events.ts';

/** A change of one object, as every watcher of its kind sees it. */
export interface Change {
  readonly revision: number;
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  /** The new object; on a delete the last one, with the revision of the delete. */
  readonly object: ApiObject;
  readonly deleted: boolean;
  readonly previous: ApiObject | undefined;
  /** The key held something before. */
  readonly hadPrevious: boolean;
  /** The events that watchers get of it, each made once: which one depends on the watcher's selection. */
  events: { ADDED?: WatchEvent; MODIFIED?: WatchEvent; DELETED?: WatchEvent };
}

export interface WatcherOptions {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** Which objects; absent: all. */
  readonly match?: ((object: ApiObject) => boolean) | undefined;
  readonly bookmarks: boolean;
  /** As which the objects are shown. */
  readonly kind: AnyKind;
  /** Shows a stored object as another served version of it. Must give the same result for the same object. */
  readonly convert?: ((object: ApiObject) => ApiObject) | undefined;
  /** What `convert` must be given first, where it needs others' help. */
  readonly prepare?: ((objects: readonly ApiObject[]) => Promise<void>) | undefined;
  readonly queueMax: number;
}

/**
 * One watch: a queue of events with one reader. A reader that falls more than `queueMax` live events behind is cut: its
 * stream ends after what was queued, and it resumes from there. The events it begins with do not count.
 */
export class Watcher implements AsyncIterable<WatchEvent> {
  readonly options: WatcherOptions;
  #queue: Queued[] = [];
  #live = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  #onEnd: (() => void) | undefined;
  /** Set when the reader was too slow. */
  cut = false;

  constructor(options: WatcherOptions) {
    this.options = options;
  }
  get ended(): boolean {
    return this.#ended;
  }
  /** Runs `run` once, when the watch ends from either side. */
  onEnd(run: () => void): void {
    const before = this.#onEnd;
    this.#onEnd = () => {
      before?.();
      run();
    };
    if (this.#ended) this.#finish();
  }
  begin(events: readonly Queued[]): void {
    if (events.length > 0) this.#queue = this.#queue.concat(events);
    this.#signal();
  }
  push(event: Queued): void {
    if (this.#ended) return;
    if (this.#live >= this.options.queueMax) {
      this.cut = true;
      this.end();
      return;
    }
    this.#live++;
    this.#queue.push(event);
    this.#signal();
  }
  /** What this watcher sees of a change, if anything: an object may enter or leave its selection. */
  offer(change: Change): void {
    const event = this.options.prepare === undefined ? this.#eventOf(change) : pinned(change);
    if (event !== undefined) this.push(event);
  }
  #eventOf(change: Change): WatchEvent | undefined {
    const { match, convert } = this.options;
    if (match === undefined && convert === undefined) {
      return sharedEvent(change, change.deleted ? 'DELETED' : change.hadPrevious ? 'MODIFIED' : 'ADDED');
    }
    const shown = convert ?? same;
    const fits = (object: ApiObject | undefined) => object !== undefined && (match === undefined || match(shown(object)));
    const was = fits(change.previous);
    const is = !change.deleted && fits(change.object);
    if (!was && !is) return undefined;
    const type = is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED';
    // What left the selection is shown as it was there: only that has been prepared.
    if (type === 'DELETED' && !change.deleted && convert !== undefined)
      return { type, object: atRevision(shown(change.previous!), change.revision) };
    const event = sharedEvent(change, type);
    const object = shown(event.object);
    return object === event.object ? event : { type, object };
  }
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal();
    this.#finish();
  }
  #finish(): void {
    const run = this.#onEnd;
    this.#onEnd = undefined;
    run?.();
  }
  #signal(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
  /**
   * Everything queued; waits until there is something, and then until `turn` says so: more may come meanwhile. undefined: the watch has
   * ended. One caller at a time.
   */
  async next(turn?: () => Promise<void>): Promise<readonly WatchEvent[] | undefined> {
    for (;;) {
      if (this.#queue.length > 0) {
        const batch = this.#queue;
        this.#queue = [];
        this.#live = 0;
        const events = this.options.prepare === undefined ? (batch as WatchEvent[]) : await this.#converted(batch, this.options.prepare);
        if (events.length > 0) return events;
        continue;
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await turn?.();
    }
  }
  /** When the conversion fails the reader is told, and the watch ends. */
  async #converted(batch: readonly Queued[], prepare: NonNullable<WatcherOptions['prepare']>): Promise<readonly WatchEvent[]> {
    try {
      await prepare(
        batch.flatMap((queued) => (isChange(queued) ? [queued.object, ...(queued.previous === undefined ? [] : [queued.previous])] : [])),
      );
      return batch.flatMap((queued) => (isChange(queued) ? (this.#eventOf(queued) ?? []) : queued));
    } catch (error) {
      this.end();
      return [errorEvent(error instanceof StatusError ? error.toStatus() : unknownError(String(error)).toStatus())];
    }
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent, void, undefined> {
    try {
      for (let batch = await this.next(); batch !== undefined; batch = await this.next()) yield* batch;
    } finally {
      this.end();
    }
  }
}

/** What waits in a watcher: events, or changes that become events once they are converted. */
export type Queued = WatchEvent | Change;
const isChange = (queued: Queued): queued is Change => 'revision' in queued;
/** A change whose objects stay the same ones while they are converted. */
function pinned({ revision, key, namespace, name, object, deleted, previous, hadPrevious }: Change): Change {
  return { revision, key, namespace, name, object, deleted, previous, hadPrevious, events: {} };
}
/** An object that is there when a watch begins, as a change. */
export const presentChange = (key: string, object: ApiObject): Change => ({
  revision: 0,
  key,
  namespace: '',
  name: '',
  object,
  deleted: false,
  previous: undefined,
  hadPrevious: false,
  events: {},
});

const same = (object: ApiObject): ApiObject => object;

function sharedEvent(change: Change, type: 'ADDED' | 'MODIFIED' | 'DELETED'): WatchEvent {
  const made = change.events[type];
  if (made !== undefined) return made;
  let event: WatchEvent;
  if (type === 'ADDED') event = addedEvent(change.object);
  else if (type === 'DELETED' && !change.deleted) event = { type, object: left(change) };
  else event = { type, object: change.object };
  change.events[type] = event;
  return event;
}
/** An object that left a selection is shown as it last was in it, at the revision of the change. */
function left(change: Change): ApiObject {
  return atRevision(change.previous ?? change.object, change.revision);
}
const atRevision = (object: ApiObject, revision: number): ApiObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
});
