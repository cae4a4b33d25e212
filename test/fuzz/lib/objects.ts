import type { Random } from '../../../src/base/random.ts';
import type { AnyKind } from '../../../src/api/kind.ts';
import type { ApiObject } from '../../../src/api/meta.ts';
import { reviewKinds, storedKinds, validObject } from '../../differential/sources/kinds.ts';
import { changed, rootField, validVariant } from '../../differential/sources/objects.ts';
import { pickMood, valueOf } from '../../differential/sources/values.ts';
import { pick } from './mutate.ts';

export const kinds: readonly AnyKind[] = [...storedKinds, ...reviewKinds];
const named = <T>(object: T): T => JSON.parse(JSON.stringify(object).replaceAll('$NS', 'ns').replaceAll('$IP', '5'));

export const validOf = (kind: AnyKind): ApiObject => named(validObject(kind, 'one'));

/** An object of the kind: as it should be, changed a little, or filled with anything. */
export function objectOf(random: Random, kind: AnyKind): any {
  const turn = random.int(8);
  if (turn === 0) return validOf(kind);
  const base = validVariant(random, kind, 'one');
  if (turn < 6) return named(changed(random, kind, base));
  const filled = valueOf(random, rootField(kind), '', pickMood(random), 7) as object;
  return named({ ...filled, apiVersion: base.apiVersion, kind: base.kind, ...(turn === 6 ? { metadata: base.metadata } : {}) });
}
export const pickKind = (random: Random): AnyKind => pick(random, kinds);
