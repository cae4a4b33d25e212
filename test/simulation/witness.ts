import type { AnyKind } from '../../src/api/kind.ts';
import { parseLabelSelector } from '../../src/api/selector.ts';
import { StatusError } from '../../src/api/status.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import type { WatchEvent } from '../../src/client/call.ts';
import type { Client } from '../../src/client/client.ts';
import type { Change, History } from './history.ts';

/** What a witness follows. */
export interface Selection {
  readonly kind: AnyKind;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}
type Expected = { readonly type: WatchEvent['type']; readonly change: Change };

const pageSize = 3;
const pauseMs = 700;
/** Longest time that a witness follows one watch before it breaks it and resumes. */
const longestWatchMs = 180_000;
const uidOf = (object: any) => object?.metadata.uid;

/**
 * Follows a kind as a careful client would, over a good network, and compares everything it is told with the truth: events are in
 * order, unique, none is left out, of the right type, resumable from any of them; bookmarks never run ahead; lists are of one revision,
 * page by page. (The promises of etcd's watches, and those that the API adds.)
 */
export class Witness {
  readonly name: string;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #history: History;
  readonly #selection: Selection;
  readonly #matches: (object: any) => boolean;
  readonly #resource: string;
  readonly #report: (problem: string) => void;
  /** Changes before this one have been accounted for. */
  #cursor = 0;
  #seen = 0;
  events = 0;

  constructor(
    selection: Selection,
    world: {
      readonly client: Client;
      readonly clock: Clock;
      readonly random: Random;
      readonly history: History;
      report(problem: string): void;
    },
  ) {
    const { kind, namespace, labelSelector, fieldSelector } = selection;
    this.#selection = selection;
    this.#client = world.client;
    this.#clock = world.clock;
    this.#random = world.random;
    this.#history = world.history;
    this.name = `watch of ${kind.plural} ${namespace ?? ''} ${labelSelector ?? ''} ${fieldSelector ?? ''}`.trim();
    this.#report = (problem) => world.report(`${this.name}: ${problem}`);
    this.#resource = `${kind.group === '' ? 'core' : kind.group}/${kind.plural}`;
    const labels = labelSelector === undefined ? undefined : parseLabelSelector(labelSelector);
    const [field = '', value = ''] = (fieldSelector ?? '').split('=');
    const read = (object: any) => field.split('.').reduce((part: any, name) => part?.[name], object) ?? '';
    this.#matches = (object) =>
      object !== undefined &&
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (labels === undefined || labels.matches(object.metadata.labels)) &&
      (field === '' || read(object) === value);
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let listed = false;
    while (!signal.aborted) {
      try {
        if (!listed) await this.#list();
        listed = true;
        await this.#watch(signal);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        if (error.code === 410) listed = false;
        else if (error.code !== 503) this.#report(`unexpected answer: ${error.message}`);
      }
      await this.#clock.sleep(pauseMs * (1 + this.#random.int(8)), signal).catch(() => undefined);
    }
  }
  /** Nothing is owed once all has come to rest. */
  judgeEnd(): void {
    const next = this.#next();
    if (next !== undefined) this.#report(`${next.type} of ${next.change.key} at revision ${next.change.revision} was never sent`);
  }

  async #list(): Promise<void> {
    const found: any[] = [];
    let token: string | undefined;
    let revision = '';
    do {
      const page = await this.#client.list(this.#selection.kind, {
        ...this.#scope(),
        limit: pageSize,
        ...(token ? { continue: token } : {}),
      });
      if (revision !== '' && page.metadata.resourceVersion !== revision)
        this.#report(`a list began at revision ${revision} and went on at ${page.metadata.resourceVersion}`);
      revision = page.metadata.resourceVersion ?? '';
      found.push(...page.items);
      token = page.metadata.continue;
    } while (token);
    this.#moveTo(Number(revision), found);
  }
  /** Checks a list against the truth of its revision, and goes on from there. */
  #moveTo(revision: number, found: readonly any[]): void {
    if (revision < this.#seen) this.#report(`a list is of revision ${revision}, after ${this.#seen} was seen`);
    const changes = this.#history.of(this.#resource);
    const truth = new Map<string, string>();
    this.#cursor = changes.findIndex((change) => change.revision > revision);
    if (this.#cursor < 0) this.#cursor = changes.length;
    for (const { key, after } of changes.slice(0, this.#cursor)) {
      if (this.#matches(after)) truth.set(key, uidOf(after));
      else truth.delete(key);
    }
    const expected = [...truth.values()].sort().join(' ');
    const given = found.map(uidOf).sort().join(' ');
    if (expected !== given) this.#report(`a list at revision ${revision} has ${found.length} objects where ${truth.size} were there`);
    this.#seen = revision;
  }
  #scope() {
    const { namespace, labelSelector, fieldSelector } = this.#selection;
    return { ...(namespace && { namespace }), ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
  }
  async #watch(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    using _ = this.#clock.setTimer(1 + this.#random.int(longestWatchMs), () => over.abort());
    const events = await this.#client.watch(this.#selection.kind, {
      ...this.#scope(),
      resourceVersion: String(this.#seen),
      allowWatchBookmarks: true,
      signal: AbortSignal.any([signal, over.signal]),
    });
    for await (const event of events) {
      if (event.type === 'ERROR') throw StatusError.from(event.object as never);
      this.#check(event);
      if (over.signal.aborted) return;
    }
  }
  /** The next event that this client must be sent. */
  #next(): Expected | undefined {
    const changes = this.#history.of(this.#resource);
    for (; this.#cursor < changes.length; this.#cursor++) {
      const change = changes[this.#cursor]!;
      const [was, is] = [this.#matches(change.before), this.#matches(change.after)];
      if (was || is) return { type: is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED', change };
    }
    return undefined;
  }
  #check({ type, object }: WatchEvent): void {
    const revision = Number(object.metadata.resourceVersion);
    const next = this.#next();
    if (type === 'BOOKMARK') {
      if (next !== undefined && next.change.revision <= revision)
        this.#report(`a bookmark says ${revision}, but ${next.type} of ${next.change.key} at ${next.change.revision} was not sent`);
      if (revision < this.#seen) this.#report(`a bookmark says ${revision}, after ${this.#seen} was seen`);
      this.#seen = Math.max(this.#seen, revision);
      return;
    }
    this.events++;
    const said = `${type} of ${object.metadata.namespace ?? ''}/${object.metadata.name} at ${revision}`;
    if (next === undefined) this.#report(`${said} was sent, but there is nothing new`);
    else {
      const { change } = next;
      const same =
        next.type === type &&
        change.revision === revision &&
        change.name === object.metadata.name &&
        uidOf(change.after ?? change.before) === object.metadata.uid;
      if (!same) this.#report(`${said} was sent where ${next.type} of ${change.key} at ${change.revision} was due`);
      this.#cursor++;
    }
    this.#seen = revision;
  }
}
