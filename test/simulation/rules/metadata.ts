import type { RuleMaker } from '../rule.ts';

/** What no write may do to the metadata of an object. */
export const metadata: RuleMaker = () => ({
  onChange({ before, after, key }) {
    if (after === undefined) return undefined;
    const controllers = (after.metadata.ownerReferences ?? []).filter(({ controller }: any) => controller === true);
    if (controllers.length > 1) return `${key} has ${controllers.length} controllers`;
    if (before === undefined) return undefined;
    const [old, now] = [before.metadata, after.metadata];
    if (old.uid !== now.uid) return `${key} changed its uid`;
    if (old.creationTimestamp !== now.creationTimestamp) return `${key} changed its time of creation`;
    if (old.deletionTimestamp !== undefined && now.deletionTimestamp === undefined) return `${key} was being deleted and is not any more`;
    return (now.generation ?? 0) < (old.generation ?? 0) ? `${key} fell from generation ${old.generation} to ${now.generation}` : undefined;
  },
});
