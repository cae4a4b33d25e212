import { controllerUser, type Judged, type RuleMaker } from '../rule.ts';

/** uids of everything that is there and stays. */
function* staying({ history }: Judged): Generator<string> {
  for (const resource of history.resources())
    for (const { metadata } of history.list(resource)) if (metadata.deletionTimestamp === undefined) yield metadata.uid;
}
const collector = controllerUser('generic-garbage-collector');

/** The garbage collector takes nothing that somebody owns who is there; and leaves nothing whose owners are all gone. */
export const garbage: RuleMaker = () => ({
  onChange(change, judged) {
    const { before, after, key } = change;
    if (before === undefined || before.metadata.deletionTimestamp !== undefined) return undefined;
    if (after !== undefined && after.metadata.deletionTimestamp === undefined) return undefined;
    const callers = judged.callers(change);
    if (callers.length === 0 || callers.some(({ user }) => user !== collector)) return undefined;
    const owners: readonly any[] = before.metadata.ownerReferences ?? [];
    const present = new Set(staying(judged));
    const kept = owners.find(({ uid }) => present.has(uid));
    return kept === undefined ? undefined : `${key} was collected, but its owner ${kept.kind} ${kept.name} is there`;
  },
  atEnd(judged) {
    const { history } = judged;
    const present = new Set(history.resources().flatMap((resource) => history.list(resource).map(({ metadata }) => metadata.uid)));
    for (const resource of history.resources()) {
      for (const { metadata } of history.list(resource)) {
        const owners: readonly any[] = metadata.ownerReferences ?? [];
        if (owners.length > 0 && owners.every(({ uid }) => !present.has(uid)))
          return `${resource} ${metadata.name} is left over: all its owners are gone`;
      }
    }
    return undefined;
  },
});
