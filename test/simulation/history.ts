import type { VirtualClock } from '../../src/base/clock.ts';
import type { Write } from '../../src/store/store.ts';

/** A change of one object, as the store took it in: the truth that everything else is judged by. */
export interface Change {
  readonly revision: number;
  readonly atMs: number;
  readonly key: string;
  /** 'core/pods', 'apps/deployments'. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** As stored: JSON without resourceVersion. Absent: there was none, there is none any more. */
  readonly before: any;
  readonly after: any;
}

/** Written every few seconds and of no interest to any rule. */
const unread = new Set(['coordination.k8s.io/leases']);
/** Counted only. */
const opaque = new Set(['core/events']);
const unreadable = { metadata: {} };

/** Splits '/core/pods/default/web' and '/core/nodes/n1'. */
function partsOf(key: string): Pick<Change, 'resource' | 'namespace' | 'name'> {
  const [, group = '', plural = '', ...rest] = key.split('/');
  return { resource: `${group}/${plural}`, namespace: rest.length > 1 ? rest[0]! : '', name: rest.at(-1)! };
}
const decode = (value: Uint8Array): any => JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));

/** Everything that was ever written, and what is there now. */
export class History {
  readonly changes: Change[] = [];
  readonly #clock: VirtualClock;
  readonly #byResource = new Map<string, Change[]>();
  readonly #live = new Map<string, Map<string, any>>();
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }
  subscribe(listener: (change: Change) => void): void {
    this.#listeners.add(listener);
  }
  record(revision: number, writes: readonly Write[]): void {
    for (const write of writes) this.#record(revision, write);
  }
  #record(revision: number, write: Write): void {
    const { key } = write;
    const parts = partsOf(key);
    if (unread.has(parts.resource)) return;
    const live = this.#live.get(parts.resource) ?? new Map<string, any>();
    this.#live.set(parts.resource, live);
    const after = write.type !== 'put' ? undefined : opaque.has(parts.resource) ? unreadable : decode(write.value);
    const change: Change = {
      revision,
      atMs: this.#clock.monotonic(),
      key,
      ...parts,
      before: live.get(key),
      after,
    };
    if (after === undefined && change.before === undefined) return;
    if (after === undefined) live.delete(key);
    else live.set(key, after);
    this.changes.push(change);
    const own = this.#byResource.get(parts.resource) ?? [];
    this.#byResource.set(parts.resource, own);
    own.push(change);
    for (const listener of this.#listeners) listener(change);
  }
  /** Changes of one resource, in order. */
  of(resource: string): readonly Change[] {
    return this.#byResource.get(resource) ?? [];
  }
  /** What is there now; of one namespace, or of all. */
  list(resource: string, namespace?: string): readonly any[] {
    const all = [...(this.#live.get(resource)?.values() ?? [])];
    return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  }
  get(resource: string, namespace: string, name: string): any {
    const path = namespace === '' ? name : `${namespace}/${name}`;
    return this.#live.get(resource)?.get(`/${resource}/${path}`);
  }
  resources(): readonly string[] {
    return [...this.#live.keys()];
  }
}
