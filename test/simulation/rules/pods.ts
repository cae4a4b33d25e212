import type { RuleMaker } from '../rule.ts';

const ended = (phase: string | undefined) => phase === 'Succeeded' || phase === 'Failed';

/** A pod runs on one node for all its life, once. */
export const pods: RuleMaker = () => ({
  onChange({ resource, before, after, key }) {
    if (resource !== 'core/pods' || before === undefined || after === undefined) return undefined;
    if (before.spec.nodeName && after.spec.nodeName !== before.spec.nodeName)
      return `${key} moved from ${before.spec.nodeName} to ${after.spec.nodeName}`;
    const [old, now] = [before.status?.phase, after.status?.phase];
    if (ended(old) && now !== old) return `${key} went from ${old} to ${now}`;
    return old === 'Running' && now === 'Pending' ? `${key} went from Running to Pending` : undefined;
  },
});
