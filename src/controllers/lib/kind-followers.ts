import { type AnyKind, kindId } from '../../api/kind.ts';
import type { Informer, InformerFactory, InformerHandler } from '../../client/informer.ts';

interface Follower {
  readonly informer: Informer;
  readonly stop: () => void;
}

/** Follows all objects of kinds that come and go. */
export class KindFollowers {
  readonly #informers: InformerFactory;
  readonly #handlerOf: (kind: AnyKind) => InformerHandler;
  readonly #followers = new Map<string, Follower>();

  constructor(informers: InformerFactory, handlerOf: (kind: AnyKind) => InformerHandler) {
    this.#informers = informers;
    this.#handlerOf = handlerOf;
  }
  /** Begins with what is new and ends what is gone, or was made anew under other names. */
  update(kinds: readonly AnyKind[]): void {
    const served = new Map(kinds.map((kind) => [kindId(kind), kind]));
    for (const [id, { informer, stop }] of this.#followers) {
      const kind = served.get(id);
      const isSame = kind?.plural === informer.kind.plural && kind.scope === informer.kind.scope;
      // Informers are shared: another reader may have ended this one, and begun with the next.
      if (isSame && this.#informers.of(kind) === informer) continue;
      stop();
      if (!isSame) this.#informers.end(informer);
      this.#followers.delete(id);
    }
    for (const [id, kind] of served) {
      if (this.#followers.has(id)) continue;
      const informer = this.#informers.of(kind);
      this.#followers.set(id, { informer, stop: informer.subscribe(this.#handlerOf(kind)) });
    }
  }
  /** Resolves when all that is followed now has been seen once. */
  async synced(): Promise<void> {
    await Promise.all([...this.#followers.values()].map(({ informer }) => informer.synced));
  }
  close(): void {
    for (const { stop } of this.#followers.values()) stop();
    this.#followers.clear();
  }
}
