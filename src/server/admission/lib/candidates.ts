import type { AnyKind } from '../../../api/kind.ts';
import type { KindIndex, Operation } from '../../types.ts';
import { equivalentKinds } from './request-rules.ts';

type Work<T> = (operation: Operation, kind: AnyKind, subresource: string, equivalents: ReturnType<typeof equivalentKinds>) => readonly T[];

/** What could be about a request by its rules, worked out once for each operation and place. */
export class Candidates<T> {
  readonly #kinds: KindIndex;
  readonly #work: Work<T>;
  readonly #known = new Map<string, readonly T[]>();
  #kindsRevision = -1;

  constructor(kinds: KindIndex, work: Work<T>) {
    this.#kinds = kinds;
    this.#work = work;
  }
  /** The rules changed. */
  clear(): void {
    this.#known.clear();
  }
  of(operation: Operation, kind: AnyKind, subresource: string): readonly T[] {
    if (this.#kindsRevision !== this.#kinds.revision) {
      this.#kindsRevision = this.#kinds.revision;
      this.#known.clear();
    }
    const key = `${operation} ${kind.group}/${kind.version}/${kind.plural}/${subresource}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = this.#work(operation, kind, subresource, equivalentKinds(this.#kinds, kind, subresource));
      this.#known.set(key, found);
    }
    return found;
  }
}
