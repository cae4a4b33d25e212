import type { RuleMaker } from '../rule.ts';

/** An object goes only when nobody holds it any more: with its last finalizer, by the write that takes that off. */
export const finalizers: RuleMaker = () => ({
  onChange(change, judged) {
    const { before, after, key } = change;
    const held: readonly string[] = before?.metadata.finalizers ?? [];
    if (after !== undefined || held.length === 0) return undefined;
    if (held.length > 1) return `${key} went while ${held.join(' and ')} held it`;
    const released = judged.callers(change).some(({ call }) => call.verb === 'update' || call.verb === 'patch');
    return released ? undefined : `${key} went while ${held[0]} held it`;
  },
});
