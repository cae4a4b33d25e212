import type { RuleMaker } from '../rule.ts';

/** Nothing is left in a namespace that went, nothing appears in one that is not there, and those that are deleted end. */
export const namespaces: RuleMaker = () => ({
  onChange({ resource, before, after, key, namespace, name }, { history }) {
    if (namespace !== '' && before === undefined && after !== undefined && history.get('core/namespaces', '', namespace) === undefined)
      return `${key} appeared in a namespace that is not there`;
    if (resource !== 'core/namespaces' || after !== undefined) return undefined;
    for (const kind of history.resources()) {
      const left = history.list(kind, name);
      if (left.length > 0 && kind !== 'core/events') return `${key} went and left ${left.length} ${kind}, ${left[0].metadata.name} first`;
    }
    return undefined;
  },
  atEnd({ history }) {
    const ending = history.list('core/namespaces').filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    return ending.length > 0 ? `${ending.map(({ metadata }) => metadata.name)} does not end` : undefined;
  },
});
