import type { ApiObject } from '../../api/meta.ts';
import type { WatchEvent } from '../../client/call.ts';
import type { StoreEvent } from '../../store/store.ts';
import { decodeEntry, forgetObject, objectOf, withResourceVersion } from './stored-object.ts';
import type { Change } from './watcher.ts';

/**
 * A change as the store tells it. While it is new its objects are shared by all who look at it; `cool` lets go of them, and who
 * looks later decodes them anew: the past costs its stored bytes and no more.
 */
export class StoredChange implements Change {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly deleted: boolean;
  readonly revision: number;
  events: { ADDED?: WatchEvent; MODIFIED?: WatchEvent; DELETED?: WatchEvent } = {};
  readonly #event: StoreEvent;
  #isCool = false;
  #last: ApiObject | undefined;

  constructor(event: StoreEvent, prefix: string) {
    const path = event.key.slice(prefix.length);
    const slash = path.indexOf('/');
    this.#event = event;
    this.key = event.key;
    this.revision = event.revision;
    this.deleted = event.type === 'delete';
    this.namespace = slash < 0 ? '' : path.slice(0, slash);
    this.name = path.slice(slash + 1);
  }
  get #before() {
    return this.deleted ? (this.#event.previous ?? this.#event.entry) : this.#event.previous;
  }
  get previous(): ApiObject | undefined {
    const before = this.#before;
    if (before === undefined) return undefined;
    return this.#isCool ? decodeEntry(before) : objectOf(before);
  }
  get object(): ApiObject {
    if (!this.deleted) return this.#isCool ? decodeEntry(this.#event.entry) : objectOf(this.#event.entry);
    if (this.#last !== undefined) return this.#last;
    const last = withResourceVersion(this.previous!, String(this.revision));
    if (!this.#isCool) this.#last = last;
    return last;
  }
  /** Whether there was something under the key. */
  get hadPrevious(): boolean {
    return this.#before !== undefined;
  }
  cool(): void {
    this.#isCool = true;
    this.#last = undefined;
    this.events = {};
    const before = this.#before;
    if (before !== undefined) forgetObject(before);
  }
}
