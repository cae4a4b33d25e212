import { sameJson } from '../../../base/equal.ts';
import type { Reinvocation } from '../../types.ts';

/** What a plugin that asks others remembers between the first time and the second. */
export class Rounds {
  /** Those that want to be asked again when somebody after them changes the object. */
  readonly invoked = new Set<string>();
  readonly again = new Set<string>();
  /** The object as the plugin left it. */
  last: unknown;

  static of({ memory }: Reinvocation, plugin: string): Rounds {
    const rounds = (memory.get(plugin) as Rounds | undefined) ?? new Rounds();
    memory.set(plugin, rounds);
    return rounds;
  }
  begin({ isReinvocation }: Reinvocation, object: unknown): void {
    if (isReinvocation && !sameJson(this.last, object)) this.changed();
  }
  changed(): void {
    for (const id of this.invoked) this.again.add(id);
    this.invoked.clear();
  }
}
