import { decodeObject } from '../../api/decode.ts';
import type { AnyKind } from '../../api/kind.ts';
import { VirtualClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';

/** For tests of kinds: an object as the server makes it from JSON. */
export function made(kind: AnyKind, json: Readonly<Record<string, unknown>>): any {
  const metadata = { name: 'a', ...(kind.scope === 'Namespaced' ? { namespace: 'default' } : {}), ...(json.metadata as object) };
  const { object } = decodeObject(kind, { ...json, metadata });
  kind.strategy.defaults?.(object);
  return object;
}
/** As `made`, and prepared for creation. */
export function created(kind: AnyKind, json: Readonly<Record<string, unknown>>): any {
  const object = made(kind, json);
  kind.strategy.prepareForCreate?.(object, {
    clock: new VirtualClock(),
    identity: { user: 'tester', groups: [] },
    random: seededRandom(1),
  });
  return object;
}
/** What validation says, a line an error. */
export function problems(kind: AnyKind, object: unknown, old?: unknown, subresource = ''): string[] {
  const context = { subresource, ...(old === undefined ? {} : { old }) };
  return [...(kind.strategy.validate?.(object, context) ?? [])].map((error) => `${error.path}: ${error.text}`);
}
/** The cells of a table's row, by column. */
export function cells(kind: AnyKind, object: unknown, nowMs: number, wide = false): Record<string, unknown> {
  const columns = (kind.strategy.columns ?? []).filter((column) => wide || (column.priority ?? 0) === 0);
  return Object.fromEntries(columns.map((column) => [column.name, column.value(object, nowMs)]));
}
